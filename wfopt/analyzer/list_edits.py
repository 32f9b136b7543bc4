"""Edits that take one name out of a list in the file, where the text around it allows it."""

from __future__ import annotations

import re

from wfopt.analyzer.base import Edit
from wfopt.source import Span

_COMMENT = r"[ \t]*(?:#.*)?"


def without_name(place: Span, name: str) -> Edit | None:
    """Return an edit that takes a name out of a list.

    Args:
        place: where the whole list stands, or only the name in it.
        name: the entry, as written.

    Returns:
        The edit; None if the name is the only entry, stands there more than once, or cannot be told apart.
    """
    found = [
        edit
        for number in range(place.line, place.end_line + 1)
        if (edit := _in_line(place, number, name)) is not None
    ]
    return found[0] if len(found) == 1 else None


def _in_line(place: Span, number: int, name: str) -> Edit | None:
    source = place.source
    text = source.line(number)
    entry = rf"(?P<quote>['\"]?){re.escape(name)}(?P=quote)"
    if re.fullmatch(rf"[ ]*-[ ]+{entry}{_COMMENT}", text):
        if not _has_neighbor(place, number, text):
            return None
        return Edit(span=Span(source, number, 1, number + 1, 1), text="")
    flow = re.fullmatch(r"(?P<lead>[^#]*?\[)(?P<items>[^\[\]{}#]*)\]" + _COMMENT, text)
    if flow is None:
        return None
    return _in_flow(place, number, flow, entry)


def _has_neighbor(place: Span, number: int, text: str) -> bool:
    """Return whether another entry of the same list stands right above or below."""
    dash = text.partition("-")[0] + "- "
    return any(place.source.line(near).startswith(dash) for near in (number - 1, number + 1))


def _in_flow(place: Span, number: int, flow: re.Match[str], entry: str) -> Edit | None:
    items = flow["items"]
    matches = list(re.finditer(rf"(?:^|(?<=,))[ ]*{entry}[ ]*(?=,|$)", items))
    if len(matches) != 1 or "," not in items:
        return None
    found = matches[0]
    start, end = found.span()
    if end < len(items):
        # The comma behind it goes as well, and the blanks after that.
        end += 1 + len(items[end + 1 :]) - len(items[end + 1 :].lstrip())
        start += len(found[0]) - len(found[0].lstrip())
    else:
        start -= 1
    offset = flow.start("items") + 1
    return Edit(span=Span(place.source, number, offset + start, number, offset + end), text="")
