"""A source line with carets under a part of it."""

from __future__ import annotations

from itertools import accumulate

from wfopt.dataclass import dataclass
from wfopt.render.cells import text_width
from wfopt.render.harmless import harmless

TAB_WIDTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """What to show of a line.

    Attributes:
        text: the line, or the part of it around what is underlined; without control characters.
        offset: the columns in front of the underline.
        length: the columns of the underline, at least 1.
    """

    text: str
    offset: int
    length: int


def excerpt(line: str, start: int, end: int, room: int) -> Excerpt:
    """Return the part of `line` around the characters from `start` up to `end`, at most `room` columns.

    Positions are 0-based; those behind the end of the line mean its end. Where something is left out
    there is an ellipsis.

    >>> excerpt("a: [b, c]", 4, 5, 40)
    Excerpt(text='a: [b, c]', offset=4, length=1)
    >>> excerpt("abcdefghijklmnopqrstuvwxyz", 12, 14, 8)
    Excerpt(text='…klmnop…', offset=3, length=2)
    """
    start = min(max(start, 0), len(line))
    end = min(max(end, start), len(line))
    # Of a line of megabytes only the neighborhood is looked at.
    first, last = max(0, start - 4 * room), min(len(line), start + 4 * room)
    shown = _printable(line[first:last])
    edges = [0, *accumulate(map(text_width, shown))]
    low, high = 0, len(shown)
    if edges[-1] > room or len(shown) < len(line):
        low, high = _window(edges, start - first, min(end, last) - first, room - 2)
    before = "…" if first + low > 0 else ""
    after = "…" if first + high < len(line) else ""
    begin, stop = start - first, min(end - first, high)
    return Excerpt(
        text=before + "".join(shown[low:high]) + after,
        offset=len(before) + edges[begin] - edges[low],
        length=max(1, edges[stop] - edges[begin]),
    )


def _printable(text: str) -> list[str]:
    """Return for each character what to show for it, tabs expanded."""
    shown = []
    column = 0
    for char in text:
        piece = " " * (TAB_WIDTH - column % TAB_WIDTH) if char == "\t" else harmless(char)
        column += text_width(piece)
        shown.append(piece)
    return shown


def _window(edges: list[int], start: int, end: int, room: int) -> tuple[int, int]:
    """Return from where to where to show, so that the underlined part stands in the middle if it fits.

    Args:
        edges: the column at which each character starts, and the one behind the last.
        start: the first underlined character.
        end: the character behind the underlined ones.
        room: the columns that the window may take.
    """
    underlined = min(edges[end] - edges[start], room)
    left = min(edges[start] - (room - underlined) // 2, edges[-1] - room)
    low = next(place for place, edge in enumerate(edges) if edge >= left)
    while low < start and edges[low + 1] == edges[low]:
        low += 1  # a mark must not lose the character that it combines with
    low = min(low, start)
    high = low
    while high < len(edges) - 1 and edges[high + 1] - edges[low] <= room:
        high += 1
    return low, high
