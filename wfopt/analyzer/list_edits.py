"""Edits that take one name out of a list in the file, where the text around it allows it."""

from __future__ import annotations

import re

from wfopt.analyzer.base import Edit
from wfopt.source import Span

_COMMENT = r"[ \t]*(?:#.*)?"
_ENTRY = r"(?P<quote>['\"]?)(?P<name>[^'\"\[\]{},#]*?)(?P=quote)"
_ITEM = re.compile(rf"[ ]*-[ ]+{_ENTRY}{_COMMENT}")
_ONLY = re.compile(
    rf"[ ]*needs[ ]*:[ ]+(?P<value>\[[ ]*{_ENTRY}[ ]*\]|(?P<plain>[^'\"\[\]{{}},# ]+)){_COMMENT}"
)
_FLOW = re.compile(rf"(?P<lead>[^#]*?\[)(?P<items>[^\[\]{{}}#]*)\]{_COMMENT}")
_FLOW_ITEM = re.compile(rf"[ ]*{_ENTRY}[ ]*")


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


def without_only(place: Span, name: str, *, keeps_key: bool) -> Edit | None:
    """Return an edit that takes the only name out of `needs`, if it stands on the line of the key.

    Args:
        place: where the list or the name stands.
        name: the entry, as written.
        keeps_key: whether an empty list stays, where none means something else; else the line goes.
    """
    line = place.line
    found = _ONLY.fullmatch(place.source.line(line))
    if found is None or name not in {found["name"], found["plain"]}:
        return None
    if not keeps_key:
        return Edit(span=Span(place.source, line, 1, line + 1, 1), text="")
    start, end = found.span("value")
    return Edit(span=Span(place.source, line, start + 1, line, end + 1), text="[]")


def _in_line(place: Span, number: int, name: str) -> Edit | None:
    source = place.source
    text = source.line(number)
    item = _ITEM.fullmatch(text)
    if item is not None and item["name"] == name:
        if not _has_neighbor(place, number, text):
            return None
        return Edit(span=Span(source, number, 1, number + 1, 1), text="")
    flow = _FLOW.fullmatch(text)
    return None if flow is None else _in_flow(place, number, flow, name)


def _has_neighbor(place: Span, number: int, text: str) -> bool:
    """Return whether another entry of the same list stands right above or below."""
    dash = text.partition("-")[0] + "- "
    return any(place.source.line(near).startswith(dash) for near in (number - 1, number + 1))


def _in_flow(place: Span, number: int, flow: re.Match[str], name: str) -> Edit | None:
    items = flow["items"]
    matches = []
    at = 0
    for part in items.split(","):
        found = _FLOW_ITEM.fullmatch(part)
        if found is not None and found["name"] == name:
            matches.append((at, part))
        at += len(part) + 1
    if len(matches) != 1 or "," not in items:
        return None
    start, part = matches[0]
    end = start + len(part)
    if end < len(items):
        # The comma behind it goes as well, and the blanks after that.
        end += 1 + len(items[end + 1 :]) - len(items[end + 1 :].lstrip())
        start += len(part) - len(part.lstrip())
    else:
        start -= 1
    offset = flow.start("items") + 1
    return Edit(span=Span(place.source, number, offset + start, number, offset + end), text="")
