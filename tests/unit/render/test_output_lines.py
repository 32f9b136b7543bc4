"""Nothing that a step prints can steer the terminal."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.render.output_lines import TAIL_LIMIT, Lines, harmless_line

CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

# Bytes that mean something to a terminal or to UTF-8, far more often than chance would bring them.
TOUCHY = st.one_of(
    st.sampled_from([b"\x1b", b"[", b"]", b"P", b"\\", b"\x07", b"m", b"3", b";", b"(", b"B"]),
    st.sampled_from([b"\r", b"\n", b"\r\n", b"\t", b" ", b"text", b"\xf0\x9f", b"\xff", b"\xc2\x9b"]),
    st.sampled_from(["é".encode(), "日".encode(), "🚀".encode()]),
)
OUTPUT = st.one_of(st.binary(max_size=80), st.lists(TOUCHY, max_size=30).map(b"".join))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"", ""),
        (b"plain", "plain"),
        (b"a\tb", "a\tb"),
        (b"windows\r", "windows"),
        (b"windows\r\r", "windows"),
        (b"10 %\r20 %\r30 %", "30 %"),
        (b"10 %\r20 %\r", "20 %"),
        (b"99 %\r\x1b[K", ""),
        (b"\x1b[1;31mred\x1b[0m text", "red text"),
        (b"\x1b[?25lhidden cursor\x1b[2 q", "hidden cursor"),
        (b"\x1b]0;title\x07text", "text"),
        (b"\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1bPdevice\x1b\\text", "text"),
        (b"\x1b(B\x1b[mtput", "tput"),
        (b"\x1bcreset\x1b7\x1b8", "reset"),
        (b"\x1b[31", "\\x1b[31"),
        (b"\x1b]0;never ended", "\\x1b]0;never ended"),
        (b"\x1b]0;a\x1b[31mb", "\\x1b]0;ab"),
        (b"bell\x07 null\x00", "bell\\x07 null\\x00"),
        (b"\xc2\x9b31m", "\\x9b31m"),
        (b"caf\xc3\xa9 \xff", "café \ufffd"),
        ("a\u202eb".encode(), "a\\u202eb"),
    ],
)
def test_line_shows_what_a_terminal_would_end_up_with(line: bytes, shown: str) -> None:
    assert harmless_line(line) == shown


@given(OUTPUT)
def test_no_control_character_but_the_tab_ever_gets_through(data: bytes) -> None:
    lines = Lines()
    for line in [*lines.feed(data), *lines.flush(), harmless_line(data)]:
        assert not CONTROL.search(line)


@given(OUTPUT, st.lists(st.integers(0, 200), max_size=8))
def test_lines_do_not_depend_on_how_the_output_arrives(data: bytes, cuts: list[int]) -> None:
    whole = Lines()
    expected = [*whole.feed(data), *whole.flush()]
    pieces = Lines()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    found = [
        line for start, end in itertools.pairwise(places) for line in pieces.feed(data[start:end])
    ] + pieces.flush()
    assert found == expected


def test_incomplete_lines_wait_for_their_end() -> None:
    lines = Lines()
    assert lines.feed(b"one\ntw") == ["one"]
    assert lines.feed(b"o\n\nthree") == ["two", ""]
    assert lines.flush() == ["three"]
    assert lines.flush() == []


def test_what_only_resets_colors_at_the_end_is_no_line() -> None:
    lines = Lines()
    assert lines.feed(b"text\n\x1b[0m") == ["text"]
    assert lines.flush() == []


def test_a_line_that_is_too_long_comes_in_parts_without_loss() -> None:
    lines = Lines()
    data = b"x" * (2 * TAIL_LIMIT + 10)
    assert lines.feed(data[:TAIL_LIMIT]) == []
    parts = lines.feed(data[TAIL_LIMIT:])
    assert [len(part) for part in parts] == [TAIL_LIMIT, TAIL_LIMIT]
    assert lines.flush() == ["x" * 10]


@pytest.mark.parametrize("char", ["é", "日", "🚀"])
@pytest.mark.parametrize("shift", range(4))
def test_a_cut_never_goes_through_a_character(char: str, shift: int) -> None:
    text = "x" * shift + char * TAIL_LIMIT
    lines = Lines()
    assert "".join([*lines.feed(text.encode()), *lines.flush()]) == text


@pytest.mark.parametrize("sequence", [b"\x1b[1;31m", b"\x1b]0;title\x1b\\", b"\x1bPx\x1b\\", b"\x1b(B"])
@pytest.mark.parametrize("before", range(1, 12))
def test_a_cut_never_goes_through_an_escape_sequence(sequence: bytes, before: int) -> None:
    lines = Lines()
    data = b"x" * (TAIL_LIMIT - before) + sequence + b"y" * 20
    assert "".join([*lines.feed(data), *lines.flush()]) == "x" * (TAIL_LIMIT - before) + "y" * 20


def test_a_sequence_that_never_ends_is_shown_and_not_kept() -> None:
    lines = Lines()
    assert lines.feed(b"\x1b]" + b"x" * TAIL_LIMIT) == ["\\x1b]" + "x" * (TAIL_LIMIT - 2)]


def test_bytes_that_are_not_utf8_are_cut_too() -> None:
    lines = Lines()
    parts = lines.feed(b"\x80" * (TAIL_LIMIT + 1))
    assert parts == ["\ufffd" * (TAIL_LIMIT - 3)]


def test_a_progress_bar_without_line_ends_is_not_kept() -> None:
    lines = Lines()
    found = [line for percent in range(2000) for line in lines.feed(b"working ... %d\r" % percent)]
    assert found == []
    assert lines.flush() == ["working ... 1999"]
