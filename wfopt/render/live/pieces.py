"""Lines made of styled pieces, cut to the width of a terminal; the bars and curves in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from wfopt.dataclass import dataclass
from wfopt.render.cells import char_width, pad, text_width
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint, Style

Piece = tuple[str, Style | None]
"""Some text, and what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """The characters that are not letters.

    Attributes:
        full: a part of a bar that is done.
        empty: one that is not.
        curve: from the lowest to the highest value.
        dot: stands between parts of a line.
        more: where something is left out.
        dash: between the ends of an interval.
        mark: before something alarming.
        ascii_only: whether all else has to be ASCII, too.
    """

    full: str
    empty: str
    curve: str
    dot: str
    more: str
    dash: str
    mark: str
    ascii_only: bool


UNICODE = Glyphs(
    full="█", empty="░", curve="▁▂▃▄▅▆▇█", dot="·", more="…", dash="\u2013", mark="▲", ascii_only=False
)
ASCII = Glyphs(full="#", empty="-", curve="_.-~=+*#", dot="|", more="~", dash="-", mark="!", ascii_only=True)


@dataclass(frozen=True, slots=True)
class Look:
    """How things look: which characters, which colors."""

    glyphs: Glyphs
    paint: Paint

    def text(self, foreign: str) -> str:
        """Return text from elsewhere as one line that takes the columns which it seems to take."""
        shown = harmless(foreign).replace("\t", " ")
        if self.glyphs.ascii_only and not shown.isascii():
            shown = shown.encode("ascii", "replace").decode("ascii")
        return shown

    def cut(self, text: str, width: int) -> str:
        """Return as much of a printable text as fits, with a sign where something is missing."""
        if text_width(text) <= width:
            return text
        return _start(text, width - 1) + self.glyphs.more if width > 0 else ""

    def name(self, text: str, width: int) -> str:
        """Return a name that takes exactly so many columns; names often differ at their ends only."""
        if text_width(text) > width > 2:
            end = _end(text, (width - 1) // 2)
            start = _start(text, width - 1 - text_width(end))
            text = f"{start}{self.glyphs.more}{end}"
        return pad(self.cut(text, width), width)

    def line(self, pieces: Iterable[Piece], width: int) -> str:
        """Return a painted line that takes at most so many columns."""
        shown: list[str] = []
        for text, style in pieces:
            kept = self.cut(text, width)
            width -= text_width(kept)
            shown.append(kept if style is None else self.paint(kept, style))
            if kept != text:
                break
        return "".join(shown).rstrip()

    def bar(self, share: float, width: int) -> str:
        """Return a bar of so many columns; it is full only when all is done."""
        full = int(min(1.0, max(0.0, share)) * width)
        return self.glyphs.full * full + self.glyphs.empty * (width - full)

    def curve(self, values: Sequence[float], width: int, top: float) -> str:
        """Return the last values as so many columns; the scale goes from 0 to `top`, or to the highest."""
        last = values[-width:]
        glyphs = self.glyphs.curve
        highest = max([top, *last]) or 1.0
        steps = len(glyphs) - 1
        return "".join(glyphs[round(max(0.0, value) / highest * steps)] for value in last).rjust(width)


def _start(text: str, width: int) -> str:
    """Return as much of the start of a longer text as fits; marks stay with what they belong to."""
    ends = enumerate(accumulate(map(char_width, text)))
    return text[: next(place for place, used in ends if used > width)]


def _end(text: str, width: int) -> str:
    """Return as much of the end of a longer text as fits, without marks of what is missing before it."""
    end = _start(text[::-1], width)[::-1]
    return end[next((place for place, char in enumerate(end) if char_width(char)), len(end)) :]
