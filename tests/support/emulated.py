"""A terminal in memory that understands what wfopt writes to one, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wfopt.render.cells import char_width

_TOKEN = re.compile(
    r"\x1b\[(?P<mode>\?\d+[hl])|\x1b\[(?P<count>[\d;]*)(?P<kind>[AKJm])|(?P<char>.)", re.DOTALL
)


@dataclass
class _Row:
    cells: list[str] = field(default_factory=list)
    goes_on: bool = False


class Emulated:
    r"""Shows what it is fed; a line feed is a carriage return, too.

    Whatever else than printable characters and the sequences that the live display needs makes `feed` fail.
    Like xterm, it erases the last character where a line is erased behind it. Of all that was scrolled out
    nothing is lost.

    Attributes:
        modes: the private modes that were set or reset, and whether they are set.
        styled: whether text that comes now would be colored.
    """

    def __init__(self, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        self.modes: dict[str, bool] = {}
        self.styled = False
        self._rows = [_Row()]
        self._x = self._y = self._top = 0

    @property
    def cursor(self) -> tuple[int, int]:
        """The column and the line of the cursor, counted from the first line ever."""
        return self._x, self._y

    @property
    def text(self) -> str:
        """All lines ever, without blanks at their ends and blank lines at the end of all."""
        lines = ["".join(row.cells).rstrip() for row in self._rows]
        while lines and not lines[-1]:
            lines.pop()
        return "".join(f"{line}\n" for line in lines)

    def feed(self, text: str) -> None:
        """Take in what is written to the terminal, in whole sequences."""
        for token in _TOKEN.finditer(text):
            if token["mode"]:
                self.modes[token["mode"][1:-1]] = token["mode"][-1] == "h"
            elif token["kind"]:
                self._control(token["kind"], token["count"])
            else:
                self._take(token["char"])

    def resize(self, columns: int, lines: int) -> None:
        """Change the size and break long lines anew, as most terminals do."""
        logical: list[list[str]] = [[]]
        place = 0
        for number, row in enumerate(self._rows):
            if number == self._y:
                place = len(logical) - 1
            logical[-1] += row.cells
            if not row.goes_on:
                logical.append([])
        self.columns, self.lines = columns, lines
        self._rows = []
        for number, cells in enumerate(logical[:-1]):
            if number == place:
                self._y = len(self._rows)
            for start in range(0, max(1, len(cells)), columns):
                end = start + columns
                self._rows.append(_Row(cells[start:end], goes_on=end < len(cells)))
        self._top = max(0, self._y - lines + 1)
        self._x = min(self._x, columns)

    def type(self, text: str) -> None:
        """Let somebody else write something, such as the echo of a key."""
        for char in text:
            self._take(char)

    def _control(self, kind: str, count: str) -> None:
        if kind == "A":
            self._y = max(self._top, self._y - int(count))
            self._x = min(self._x, self.columns - 1)
        elif kind == "m":
            self.styled = count not in ("", "0")
        else:
            del self._rows[self._y].cells[min(self._x, self.columns - 1) :]
            self._rows[self._y].goes_on = False
            if kind == "J":
                del self._rows[self._y + 1 :]

    def _take(self, char: str) -> None:
        if char == "\n":
            self._new_line()
        elif char == "\r":
            self._x = 0
        else:
            assert char.isprintable(), f"a terminal might do anything with {char!r}"
            self._show(char, char_width(char))

    def _new_line(self) -> None:
        self._y += 1
        self._x = 0
        if self._y == len(self._rows):
            self._rows.append(_Row())
        self._top = max(self._top, self._y - self.lines + 1)

    def _show(self, char: str, width: int) -> None:
        if self._x + width > self.columns:
            if self.modes.get("7", True):
                self._rows[self._y].goes_on = True
                self._new_line()
            else:
                self._x = self.columns - width
        cells = self._rows[self._y].cells
        cells += [" "] * (self._x - len(cells))
        if not width:
            if self._x:
                cells[self._x - 1] += char
            return
        cells[self._x : self._x + width] = [char, *[""] * (width - 1)]
        self._x += width
