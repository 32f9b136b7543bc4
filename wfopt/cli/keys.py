"""Keys that are pressed while the live display is up.

The terminal is set to hand out keys at once, and not to show them, only while something is drawn and this
process is in its foreground; all else about it stays, so that Ctrl-C, Ctrl-Z and the like do what they always
do. Whoever takes the display away gives the terminal back, and a guard does so if this process is killed.
"""

from __future__ import annotations

import os
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from wfopt.cli.guard import Guard
from wfopt.render.live.choice import Move, Wish

_MOST_BYTES = 256
_LOCAL_FLAGS, _CHARACTERS = 3, 6
_SEQUENCES = {
    b"\x1b[A": Move.UP,
    b"\x1bOA": Move.UP,
    b"\x1b[B": Move.DOWN,
    b"\x1bOB": Move.DOWN,
}
_KEYS = {
    b"k": Move.UP,
    b"j": Move.DOWN,
    b"\t": Move.DOWN,
    b"\r": Move.FOLLOW,
    b"\n": Move.FOLLOW,
    b"q": Move.OFF,
    b"0": Move.OFF,
    b"\x1b": Move.OFF,
}
_LONGEST_SEQUENCE = 16


class Keys:
    """The keys of one terminal.

    Args:
        fd: a descriptor of it.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._before: list[Any] | None = None
        self._guard: Guard | None = None
        self._reader = -1

    @property
    def are_taken(self) -> bool:
        """Whether the terminal is set for keys, by this object."""
        return self._before is not None

    def take(self) -> None:
        """Set the terminal for keys, unless it is not for this process to do so."""
        if self._before is not None or not self._in_front():
            return
        with suppress(termios.error, OSError):
            before = termios.tcgetattr(self._fd)
            if not before[_LOCAL_FLAGS] & termios.ICANON:
                # Another program in the foreground reads keys.
                return
            ours = _for_keys(before)
            # Opened anew, since not to wait is a matter of the opening, which others share.
            self._reader = os.open(os.ttyname(self._fd), os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
            self._guard = Guard(self._fd, before, ours)
            self._before = before
            with _blocked(signal.SIGTTOU):
                termios.tcsetattr(self._fd, termios.TCSANOW, ours)

    def give_back(self) -> None:
        """Set the terminal as it was before, unless somebody else has it by now."""
        before, self._before = self._before, None
        if before is not None and self._in_front():
            with suppress(termios.error, OSError), _blocked(signal.SIGTTOU):
                termios.tcsetattr(self._fd, termios.TCSANOW, before)
        self._let_go()

    def look_again(self) -> None:
        """Find out whether the terminal is set for keys still, after a stop that could not be noticed."""
        with suppress(termios.error, OSError):
            if self._before is not None and termios.tcgetattr(self._fd)[_LOCAL_FLAGS] & termios.ICANON:
                self._before = None
                self._let_go()

    def pressed(self) -> list[Wish]:
        """Return what the keys mean that were pressed since the last time; never waits."""
        if self._before is None or not self._in_front():
            return []
        try:
            with _blocked(signal.SIGTTIN):
                return list(wishes(os.read(self._reader, _MOST_BYTES)))
        except OSError:
            return []

    def _let_go(self) -> None:
        if self._guard is not None:
            self._guard.dismiss()
            self._guard = None
        if self._reader >= 0:
            os.close(self._reader)
            self._reader = -1

    def _in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._fd) == os.getpgrp()
        except OSError:
            return False


def wishes(data: bytes) -> Iterator[Wish]:
    r"""Yield what keys mean; those that mean nothing are left out.

    >>> [each.value for each in wishes(b"j\x1b[Ax\r")]
    ['down', 'up', 'follow']
    """
    while data:
        size = _length(data)
        key, data = data[:size], data[size:]
        wish = _SEQUENCES.get(key) or _KEYS.get(key)
        if wish is not None:
            yield wish
        elif key.isdigit():
            yield int(key)


def _length(data: bytes) -> int:
    """Return how many bytes the first key takes."""
    if data[:1] != b"\x1b" or data[1:2] not in (b"[", b"O"):
        return 1
    for place, byte in enumerate(data[2:_LONGEST_SEQUENCE], start=3):
        if 0x40 <= byte <= 0x7E:
            return place
    return len(data)


def _for_keys(attributes: list[Any]) -> list[Any]:
    """Return how a terminal is to be set: what is typed comes at once and unseen.

    Reading waits as ever: a shell that was told that there is nothing would take it for the end.
    """
    changed = [*attributes]
    changed[_LOCAL_FLAGS] &= ~(termios.ICANON | termios.ECHO)
    changed[_CHARACTERS] = [*attributes[_CHARACTERS]]
    changed[_CHARACTERS][termios.VMIN], changed[_CHARACTERS][termios.VTIME] = 1, 0
    return changed


@contextmanager
def _blocked(signum: signal.Signals) -> Iterator[None]:
    """Let a signal not stop this process, should it just have lost the foreground."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signum])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
