"""A few lines at the bottom of a terminal that are drawn again and again, while text scrolls above them.

Between two writes the terminal is as a shell left it: the cursor, never hidden, stands at the start of the
line below the lines, and no color or mode is on. So whatever ends the program, there is nothing to restore.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import TextIO

from wfopt.dataclass import dataclass
from wfopt.render.cells import text_width

MOST_HELD = 1 << 16
"""So many characters may wait for the next frame."""

_COLOR = re.compile("\x1b\\[[0-9;]*m")

# Synchronized output: a terminal that knows it shows nothing half drawn.
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
# Of a line that is wider than it was thought to be the end is lost, and not the place of all lines.
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_ERASE_LINE, _ERASE_BELOW = "\x1b[K", "\x1b[J"


@dataclass(frozen=True, slots=True)
class Size:
    """How large a terminal is, in characters."""

    columns: int
    lines: int


class Screen(io.TextIOBase):
    """The lines, and a stream for the text above them.

    While there are lines, text waits until they are drawn again, unless there is much of it: all goes out in
    one write for each frame. Text is given in whole lines.

    Args:
        stream: the terminal.
        size: how large it is; it may change at any time.
        may_draw: whether the terminal is for this program to draw on, and not somebody else's just now.

    Attributes:
        size: as above.
    """

    def __init__(self, stream: TextIO, size: Callable[[], Size], may_draw: Callable[[], bool]) -> None:
        self.size = size
        self._stream = stream
        self._may_draw = may_draw
        self._drawn: tuple[str, ...] = ()
        self._columns = 0
        self._held: list[str] = []
        self._held_length = 0
        self._cursor_is_elsewhere = False

    def write(self, text: str) -> int:
        """Let text scroll above the lines."""
        if not self._drawn:
            self._stream.write(self._new_line(self.size()) + text if self._cursor_is_elsewhere else text)
            return len(text)
        self._held.append(text)
        self._held_length += len(text)
        if self._held_length > MOST_HELD:
            self.draw(self._drawn, self.size())
        return len(text)

    @property
    def is_drawn(self) -> bool:
        """Whether there are lines."""
        return bool(self._drawn)

    def flush(self) -> None:
        """Write what does not wait for the next frame."""
        if not self._drawn:
            self._stream.flush()

    def isatty(self) -> bool:
        return True

    def draw(self, lines: Sequence[str], size: Size) -> None:
        """Show these lines instead of those before, and the text that waits above them.

        Where the terminal is somebody else's just now, or has no room, there is only the text.
        """
        if not self._may_draw():
            lines = ()
            if self._drawn:
                self.forget()
        new = tuple(lines) if len(lines) < size.lines else ()
        text = self._take_held()
        is_resized = bool(self._drawn) and size.columns != self._columns
        if not text and new == self._drawn and not is_resized:
            return
        frame = self._new_line(size) + self._to_top(size)
        if text or is_resized:
            frame += _ERASE_BELOW + text
        if new:
            frame += _NO_WRAP + _changes(() if text or is_resized else self._drawn, new) + _WRAP
        self._stream.write(f"{_BEGIN}{frame}{_ERASE_BELOW}{_END}")
        self._stream.flush()
        self._drawn, self._columns = new, size.columns

    def clear(self) -> None:
        """Take the lines away and show the text that waits."""
        self.draw((), self.size())

    def forget(self) -> None:
        """Leave the lines as they are: others have written below them."""
        self._drawn = ()
        self._cursor_is_elsewhere = True

    def _take_held(self) -> str:
        text = "".join(self._held)
        self._held.clear()
        self._held_length = 0
        return text

    def _to_top(self, size: Size) -> str:
        """Return how to get from below the lines to the first of them."""
        if not self._drawn:
            return ""
        rows = len(self._drawn)
        if size.columns < self._columns:
            # A terminal that became narrower has broken them, as most terminals do.
            rows = sum(_rows(line, size.columns) for line in self._drawn)
        rows = min(rows, max(1, size.lines - 1))
        return f"\r\x1b[{rows}A"

    def _new_line(self, size: Size) -> str:
        """Return how to get to the start of a line, should somebody have left the cursor in the middle.

        As many spaces as a line has lead into the next line from everywhere but the start.
        """
        if not self._cursor_is_elsewhere:
            return ""
        self._cursor_is_elsewhere = False
        return " " * size.columns + "\r" + _ERASE_LINE


def _changes(old: Sequence[str], new: Sequence[str]) -> str:
    """Return the new lines; those that are the same in the same place are only passed over."""
    kept = [*old, *[None] * (len(new) - len(old))]
    return "".join(
        "\n" if line == before else f"{_ERASE_LINE}{line}\n"
        for line, before in zip(new, kept[: len(new)], strict=True)
    )


def _rows(line: str, columns: int) -> int:
    return max(1, -(-text_width(_COLOR.sub("", line)) // max(1, columns)))
