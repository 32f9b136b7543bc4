"""Keys on a terminal: how it is set for them, and how it is given back."""

from __future__ import annotations

import os
import pty
import signal
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from wfopt.cli.keys import Keys, wishes
from wfopt.render.live.choice import Move, Wish


@dataclass
class Line:
    """A terminal, its other side, and who is in its foreground."""

    master: int
    fd: int
    foreground: int

    @property
    def attributes(self) -> list[Any]:
        return termios.tcgetattr(self.fd)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A terminal in whose foreground this process is, as it believes."""
    master, fd = pty.openpty()
    made = Line(master, fd, os.getpgrp())
    monkeypatch.setattr("wfopt.cli.keys.os.tcgetpgrp", lambda _: made.foreground)
    yield made
    os.close(master)
    os.close(fd)


def has_keys(line: Line) -> bool:
    return not line.attributes[3] & (termios.ICANON | termios.ECHO)


@pytest.mark.parametrize(
    ("data", "meant"),
    [
        (b"", []),
        (b"jk\t", [Move.DOWN, Move.UP, Move.DOWN]),
        (b"\x1b[A\x1b[B\x1bOA\x1bOB", [Move.UP, Move.DOWN, Move.UP, Move.DOWN]),
        (b"\r\nq0", [Move.FOLLOW, Move.FOLLOW, Move.OFF, Move.OFF]),
        (b"19", [1, 9]),
        (b"\x1b", [Move.OFF]),
        (b"\x1bj", [Move.OFF, Move.DOWN]),
        (b"\x1b[1;5Aj", [Move.DOWN]),
        (b"\x1b[", []),
        (b"\x1b[12345678901234567890", []),
        (b"xyz \xff\xc3\xa9j", [Move.DOWN]),
    ],
)
def test_what_keys_mean(data: bytes, meant: list[Wish]) -> None:
    assert list(wishes(data)) == meant


def test_takes_the_terminal_and_gives_it_back(line: Line) -> None:
    before, keys = line.attributes, Keys(line.fd)
    assert (keys.are_taken, keys.pressed()) == (False, [])
    keys.take()
    keys.take()
    assert keys.are_taken
    assert has_keys(line)
    assert line.attributes[3] & termios.ISIG
    assert keys.pressed() == []
    os.write(line.master, b"j3")
    assert keys.pressed() == [Move.DOWN, 3]
    keys.give_back()
    keys.give_back()
    assert (keys.are_taken, line.attributes) == (False, before)


def test_takes_nothing_in_the_background(line: Line) -> None:
    before, keys = line.attributes, Keys(line.fd)
    line.foreground += 1
    keys.take()
    assert (keys.are_taken, line.attributes) == (False, before)


def test_leaves_the_terminal_to_whoever_has_it_by_now(line: Line) -> None:
    keys = Keys(line.fd)
    keys.take()
    ours = line.attributes
    os.write(line.master, b"j")
    line.foreground += 1
    assert keys.pressed() == []
    keys.give_back()
    assert (keys.are_taken, line.attributes) == (False, ours)


def test_takes_nothing_from_a_program_that_reads_keys_itself(line: Line) -> None:
    first, second = Keys(line.fd), Keys(line.fd)
    before = line.attributes
    first.take()
    second.take()
    assert (first.are_taken, second.are_taken) == (True, False)
    second.give_back()
    assert has_keys(line)
    first.give_back()
    assert line.attributes == before


def test_after_a_stop_it_may_be_set_anew(line: Line) -> None:
    before, keys = line.attributes, Keys(line.fd)
    keys.take()
    keys.look_again()
    assert keys.are_taken
    # What a shell does when a job stops.
    changed = [*before]
    changed[3] &= ~termios.ECHOE
    termios.tcsetattr(line.fd, termios.TCSANOW, changed)
    keys.look_again()
    assert not keys.are_taken
    keys.take()
    keys.give_back()
    assert line.attributes == changed


def test_a_terminal_that_is_gone_is_no_trouble(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = os.open(os.devnull, os.O_RDWR)
    keys = Keys(gone)
    keys.take()
    assert not keys.are_taken
    os.close(gone)
    taken = Keys(line.fd)
    taken.take()

    def fail(*_: object) -> None:
        raise termios.error(5, "input/output error")

    monkeypatch.setattr("wfopt.cli.keys.termios.tcgetattr", fail)
    monkeypatch.setattr("wfopt.cli.keys.termios.tcsetattr", fail)
    monkeypatch.setattr("wfopt.cli.keys.os.read", lambda *_: os.close(-1))
    os.write(line.master, b"j")
    taken.look_again()
    assert taken.pressed() == []
    taken.give_back()
    assert not taken.are_taken


def test_no_foreground_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    keys = Keys(reader)
    keys.take()
    assert not keys.are_taken
    os.close(reader)
    os.close(writer)


def test_signals_are_as_before(line: Line) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    keys = Keys(line.fd)
    keys.take()
    os.write(line.master, b"j")
    keys.pressed()
    keys.give_back()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
