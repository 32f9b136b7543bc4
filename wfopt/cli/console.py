"""Where a command writes, and how colorful."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO, cast

from wfopt.cli.descriptors import discard
from wfopt.dataclass import dataclass
from wfopt.render.paint import Paint

COMPLETE_VARIABLE = "_WFOPT_COMPLETE"
"""What the shell's function sets when it asks for completions."""


class SafeStream(io.TextIOBase):
    """A text stream that goes silent when nobody reads it any more, as behind `| head`.

    Attributes:
        trouble: why something could not be written, such as a full disk; "" if all is well or nobody
            reads any more.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream
        self.trouble = ""

    def write(self, text: str) -> int:
        if self._stream is not None:
            try:
                self._stream.write(text)
            except (OSError, ValueError) as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._give_up(error)

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def _give_up(self, error: OSError | ValueError) -> None:
        """Write nowhere from now on; the interpreter's own flush at exit must not fail either."""
        if isinstance(error, OSError) and error.errno not in (errno.EPIPE, errno.EBADF):
            self.trouble = error.strerror or str(error)
        stream, self._stream = self._stream, None
        if stream is not None:
            with suppress(OSError, ValueError):
                discard(stream.fileno())


@dataclass(frozen=True, slots=True)
class Console:
    """The streams of a command.

    Attributes:
        out: stdout, for the result.
        log: stderr, for everything about the run.
        paint: how lines on stderr are colored.
        color_out: whether stdout may be colored.
        width: columns of the terminal.
        environ: the process environment.
        held: the workspaces that the runs around this process hold, separated as in `PATH`.
    """

    out: TextIO
    log: TextIO
    paint: Paint
    color_out: bool
    width: int
    environ: Mapping[str, str]
    held: str = ""


def console_for(environ: Mapping[str, str], held: str = "") -> Console:
    """Return the console of this process; `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` are honored."""
    return Console(
        out=_stream(sys.stdout),
        log=_stream(sys.stderr),
        paint=Paint(color=_colored(sys.stderr, environ)),
        color_out=_colored(sys.stdout, environ),
        width=_width(environ),
        environ=environ,
        held=held,
    )


def _stream(stream: TextIO | None) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return cast("TextIO", SafeStream(stream))


def _colored(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return stream is not None and stream.isatty() and environ.get("TERM") != "dumb"


def _width(environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    # At most four digits: Python refuses to convert thousands of them.
    if columns.isdecimal() and len(columns) <= 4 and 20 <= int(columns) <= 1000:
        return int(columns)
    try:
        return os.get_terminal_size(2).columns
    except OSError:
        return 100
