"""What sets a terminal back when nobody else can."""

from __future__ import annotations

import os
import pty
import signal
import termios
from collections.abc import Iterator
from typing import Any

import pytest

from wfopt.cli.guard import Guard, stand_apart, watch


@pytest.fixture
def fd() -> Iterator[int]:
    """A terminal."""
    master, fd = pty.openpty()
    yield fd
    os.close(master)
    os.close(fd)


def changed(fd: int) -> tuple[list[Any], list[Any]]:
    """Change how a terminal is set; return how it was and how it is."""
    before = termios.tcgetattr(fd)
    wanted = [*before]
    wanted[3] &= ~termios.ECHO
    termios.tcsetattr(fd, termios.TCSANOW, wanted)
    return before, termios.tcgetattr(fd)


@pytest.mark.parametrize(
    ("said", "ours", "restored"), [(b"", True, True), (b".", True, False), (b"", False, False)]
)
def test_sets_back_what_nobody_else_has_changed(said: bytes, ours: bool, restored: bool, fd: int) -> None:
    before, now = changed(fd)
    reader, writer = os.pipe()
    os.write(writer, said)
    os.close(writer)
    watch(fd, reader, before, now if ours else before)
    os.close(reader)
    assert termios.tcgetattr(fd) == (before if restored else now)


@pytest.mark.parametrize("dismissed", [True, False])
def test_it_goes_when_it_is_dismissed_or_left_alone(dismissed: bool, fd: int) -> None:
    before, now = changed(fd)
    guard = Guard(fd, before, now)
    if dismissed:
        guard.dismiss()
    else:
        os.close(guard.writer)
        os.waitpid(guard.pid, 0)
    with pytest.raises(ChildProcessError):
        os.waitpid(guard.pid, 0)
    assert termios.tcgetattr(fd) == (now if dismissed else before)


def test_without_room_for_a_process_nothing_stays_open(fd: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", fork)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(BlockingIOError):
        Guard(fd, [], [])
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize(
    ("fd", "reader", "closed"),
    [(0, 12, [(1, 12), (13, 65536)]), (5, 3, [(0, 3), (4, 5), (6, 65536)]), (0, 1, [(2, 65536)])],
)
def test_it_keeps_two_descriptors_and_hears_nothing(
    fd: int, reader: int, closed: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ranges: list[tuple[int, int]] = []
    ignored: set[int] = set()
    monkeypatch.setattr(os, "closerange", lambda low, high: ranges.append((low, high)))
    monkeypatch.setattr(os, "setpgid", lambda *_: None)
    monkeypatch.setattr(signal, "signal", lambda number, _: ignored.add(number))
    monkeypatch.setattr(signal, "set_wakeup_fd", lambda _: None)
    stand_apart(fd, reader)
    assert ranges == closed
    assert {signal.SIGINT, signal.SIGHUP, signal.SIGTTOU, signal.SIGTSTP} < ignored
