"""Edits of a file that add or take away one key of a block mapping and leave all other text alone.

Each gives None where the text does not allow it, as in flow style: a finding then says in words what to do.
Lines end in a line feed: whoever applies an edit takes the line ends of the file.
"""

from __future__ import annotations

from wfopt.analyzer.base import Edit
from wfopt.analyzer.yaml_blocks import Entry, is_block_key
from wfopt.source import Span


def key_before(place: Span, text: str) -> Edit | None:
    """Return an edit that adds `text`, as `name: value`, in front of the key at a place.

    Args:
        place: where a key of the mapping stands; the new one gets its column.
        text: the new key with its value; its further lines are indented by it.
    """
    if not is_block_key(place):
        return None
    source, column = place.source, place.column
    lead = source.line(place.line)[: column - 1]
    lines = _indented(text, column)
    if lead.strip():
        # The key stands behind a dash: the new one takes its place there.
        start = column
        new = lines.lstrip(" ") + "\n" + " " * (column - 1)
    else:
        start = 1
        new = lines + "\n"
    return Edit(span=Span(source, place.line, start, place.line, start), text=new)


def key_after(entry: Entry, text: str) -> Edit | None:
    """Return an edit that adds `text`, as `name: value`, behind an entry of the same mapping.

    Behind a value of several lines nothing is added: its end is not certain.
    """
    source, line = entry.span.source, entry.end_line
    if line != entry.span.line or entry.value.startswith(("|", ">")) or not is_block_key(entry.span):
        return None
    end = len(source.line(line)) + 1
    new = "\n" + _indented(text, entry.span.column)
    return Edit(span=Span(source, line, end, line, end), text=new)


def without(entry: Entry) -> Edit | None:
    """Return an edit that removes the lines of an entry; None behind a dash, or in flow style."""
    source = entry.span.source
    lead = source.line(entry.span.line)[: entry.span.column - 1]
    if lead.strip() or not is_block_key(entry.span):
        return None
    return Edit(span=Span(source, entry.span.line, 1, entry.end_line + 1, 1), text="")


def _indented(text: str, column: int) -> str:
    lead = " " * (column - 1)
    return "\n".join(lead + line for line in text.split("\n"))
