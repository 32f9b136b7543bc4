"""Streams that survive their reader, and when they are colored."""

import io
import os
import sys
from typing import NoReturn

import pytest

from wfopt.cli.console import SafeStream, console_for


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_safe_stream_passes_text_on() -> None:
    target = io.StringIO()
    stream = SafeStream(target)
    assert stream.write("text") == 4
    stream.flush()
    assert target.getvalue() == "text"
    assert not stream.isatty()


@pytest.mark.parametrize("size", [1, 100_000])
def test_a_safe_stream_goes_silent_when_its_reader_is_gone(size: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as target:
        stream = SafeStream(target)
        assert stream.write("x" * size) == size
        stream.flush()
        assert stream.write("more") == 4
        stream.flush()
        assert not stream.isatty()


def test_a_safe_stream_over_a_closed_one_is_silent() -> None:
    target = io.StringIO()
    target.close()
    stream = SafeStream(target)
    assert stream.write("text") == 4
    stream.flush()


@pytest.mark.parametrize(
    ("environ", "terminal", "colored"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colors_follow_the_environment(
    environ: dict[str, str], terminal: bool, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Terminal() if terminal else io.StringIO())
    console = console_for(environ)
    assert console.color_out is colored
    assert console.paint.color is colored


@pytest.mark.parametrize(
    ("columns", "width"), [("77", 77), ("5", 100), ("wide", 100), ("", 100), ("²", 100), ("9" * 5000, 100)]
)
def test_the_width_comes_from_columns_within_reason(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_terminal(number: int) -> NoReturn:
        raise OSError

    monkeypatch.setattr(os, "get_terminal_size", no_terminal)
    assert console_for({"COLUMNS": columns}).width == width


def test_without_stdout_text_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    console = console_for({})
    with console.out:
        assert console.out.write("text") == 4
    assert not console.color_out


def test_characters_that_the_encoding_lacks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    console = console_for({})
    console.out.write("→")
    console.out.flush()
    assert raw.getvalue() == b"\\u2192"
