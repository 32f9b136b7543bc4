"""Standard descriptors that were closed, or that nobody reads."""

import os
from collections.abc import Iterator

import pytest

from wfopt.cli import descriptors
from wfopt.cli.descriptors import discard, discard_output, fill_standard


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


def test_what_is_discarded_does_not_arrive(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    discard(writer)
    os.write(writer, b"text")
    assert os.read(reader, 10) == b""


def test_both_outputs_are_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    discarded: list[int] = []
    monkeypatch.setattr(descriptors, "discard", discarded.append)
    discard_output()
    assert discarded == [1, 2]


def test_only_closed_descriptors_are_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def fstat(number: int) -> None:
        if number == 1:
            raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", fstat)
        patched.setattr(os, "open", lambda path, flags: opened.append(path))
        fill_standard()
    assert opened == [os.devnull]
