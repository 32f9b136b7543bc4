"""Finds keys of block mappings in the text around a place, where only the place of one of them is known.

Nothing is parsed again: a key of a mapping starts in the mapping's column, and what lies deeper belongs to a
value. Where that does not hold, as in flow style, nothing is found.
"""

from __future__ import annotations

import re

from wfopt.dataclass import dataclass
from wfopt.source import SourceFile, Span

_KEY = re.compile(r"""(?P<quote>['"]?)(?P<key>[A-Za-z_][\w.-]*)(?P=quote)[ ]*:(?=\s|$)(?P<rest>.*)""")
_LEAD = re.compile(r" *(?:- +)*")
_OPEN_END = re.compile(r"[\[{,]\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key of a block mapping with its value.

    Attributes:
        key: the key.
        span: where the key stands.
        value: what stands behind it on its line, without a comment.
        end_line: the last line of its value that is neither blank nor a comment.
    """

    key: str
    span: Span
    value: str
    end_line: int


def is_block_key(place: Span) -> bool:
    """Return whether a key that stands at a place is one of a block mapping, as far as the text shows."""
    lead = place.source.line(place.line)[: place.column - 1]
    if _LEAD.fullmatch(lead) is None:
        return False
    above = _line_above(place.source, place.line)
    return above == 0 or _OPEN_END.search(place.source.line(above)) is None


def siblings(place: Span) -> tuple[Entry, ...]:
    """Return the keys of the block mapping that has one at a place, that one included; in file order."""
    source, column = place.source, place.column
    if not is_block_key(place):
        return ()
    first = place.line
    while "-" not in source.line(first)[: column - 1]:
        above = _line_above(source, first)
        if above == 0 or _start(source.line(above)) < column:
            break
        first = above
    return _entries(source, first, column)


def below(entry: Entry) -> tuple[Entry, ...]:
    """Return the keys of the block mapping that is the value of an entry; none if it is something else."""
    source = entry.span.source
    if entry.value or entry.end_line == entry.span.line:
        return ()
    first = entry.span.line + 1
    while _is_idle(source.line(first)):
        first += 1
    text = source.line(first)
    column = _start(text)
    # Behind a dash stands the first key of an item of a list.
    return _entries(source, first, column) if "-" not in text[: column - 1] else ()


def _entries(source: SourceFile, first: int, column: int) -> tuple[Entry, ...]:
    """Read down from the first line of a mapping."""
    found: list[tuple[int, re.Match[str]]] = []
    ends: list[int] = []
    for line in range(first, source.text.count("\n") + 2):
        text = source.line(line)
        if _is_idle(text):
            continue
        if line > first and (_start(text) < column or "-" in text[: column - 1]):
            break
        key = _KEY.match(text, column - 1) if line == first or _start(text) == column else None
        if key is not None:
            found.append((line, key))
            ends.append(line)
        elif ends and _start(text) > column:
            ends[-1] = line
        else:
            break
    return tuple(_entry(source, line, key, end) for (line, key), end in zip(found, ends, strict=True))


def _entry(source: SourceFile, line: int, found: re.Match[str], end: int) -> Entry:
    rest = re.split(r"(?:^|\s)#", found["rest"], maxsplit=1)[0].strip()
    place = Span(source, line, found.start() + 1, line, found.start("rest"))
    return Entry(key=found["key"], span=place, value=rest, end_line=end)


def _line_above(source: SourceFile, line: int) -> int:
    above = line - 1
    while above > 0 and _is_idle(source.line(above)):
        above -= 1
    return above


def _is_idle(text: str) -> bool:
    stripped = text.strip()
    return not stripped or stripped.startswith("#")


def _start(text: str) -> int:
    """Return the 1-based column at which a line starts; a key behind a dash starts behind it."""
    lead = _LEAD.match(text)
    return (lead.end() if lead is not None else 0) + 1
