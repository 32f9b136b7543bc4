"""Commands on a terminal of their own, as a person would start them."""

from __future__ import annotations

import os
import pty
import re
import selectors
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

_TAKE_TERMINAL = 'tty=$1; shift; exec "$@" <"$tty" 2>"$tty"'
_KEYS = {signal.SIGINT: b"\x03", signal.SIGQUIT: b"\x1c"}
_OPEN_SEQUENCE = re.compile(rb"\x1b(?:\[[0-9;?]*)?\Z")
_COLOR = re.compile(rb"\x1b\[([0-9;]*)m")


class Terminal:
    """A pseudo-terminal with a command on it; stdout may be a pipe instead.

    Attributes:
        said: what the command has written to the terminal.
    """

    def __init__(
        self, words: Sequence[str], cwd: Path, env: Mapping[str, str], *, pipe: bool = False
    ) -> None:
        self.said = b""
        self._master, self._slave = pty.openpty()
        os.set_blocking(self._master, False)
        self._before = termios.tcgetattr(self._slave)
        # The leader of a new session that opens a terminal gets it as its own.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _TAKE_TERMINAL, "sh", os.ttyname(self._slave), *words],
            cwd=cwd,
            env={"TERM": "xterm-256color", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipe else self._slave,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.pipe = self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for fd in (self._master, self._slave):
            os.close(fd)
        if self.pipe is not None:
            self.pipe.close()

    @property
    def started(self) -> bool:
        """Whether the command itself runs by now, and not the shell that gives it the terminal."""
        try:
            return Path(f"/proc/{self._process.pid}/comm").read_text(encoding="utf-8") != "sh\n"
        except OSError:
            return True

    @property
    def over(self) -> bool:
        """Whether the command has ended."""
        return self._process.poll() is not None

    def signal(self, number: signal.Signals, *, key: bool = False) -> None:
        """Send a signal, with `key` by pressing the key for it."""
        if key and number in _KEYS:
            os.write(self._master, _KEYS[number])
        else:
            self._process.send_signal(number)

    def watch(
        self, seconds: float, until: Callable[[], bool] = lambda: False, *, drain: bool = False
    ) -> bool:
        """Read along for so long, or until something has happened; return whether it has.

        The pipe is read with `drain` only.
        """
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._master, selectors.EVENT_READ)
            if drain and self.pipe is not None:
                selector.register(self.pipe, selectors.EVENT_READ)
            while not (happened := until()) and time.monotonic() < end:
                for key, _ in selector.select(0.01):
                    data = os.read(key.fd, 1 << 16)
                    if key.fd == self._master:
                        self.said += data
                    elif not data:
                        selector.unregister(key.fileobj)
        return happened

    def ended(self, seconds: float, *, drain: bool = False) -> int | None:
        """Return the status within so many seconds, or None."""
        self.watch(seconds, lambda: self.over, drain=drain)
        with suppress(BlockingIOError):
            while data := os.read(self._master, 1 << 16):
                self.said += data
        return self._process.poll()

    def trouble(self) -> str:
        """Return in which state a command that has ended has left the terminal; "" if all is well."""
        if termios.tcgetattr(self._slave) != self._before:
            return "the terminal's settings have changed"
        for off, on in (
            (b"\x1b[?25l", b"\x1b[?25h"),
            (b"\x1b[?1049h", b"\x1b[?1049l"),
            (b"\x1b[?7l", b"\x1b[?7h"),
        ):
            if self.said.rfind(off) > self.said.rfind(on):
                return f"{off!r} was not taken back"
        colors = _COLOR.findall(self.said)
        if _OPEN_SEQUENCE.search(self.said) or (colors and colors[-1] not in (b"", b"0")):
            return f"an open sequence at the end: {self.said[-60:]!r}"
        return ""
