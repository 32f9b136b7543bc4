"""Finds places inside and behind scalars."""

from __future__ import annotations

import re

from wfopt.formats.advancing import advance
from wfopt.formats.nodes import ScalarNode
from wfopt.source import Span

_COMMENT = re.compile(r"[ \t]+(#[^\r\n\x85\u2028\u2029]*)")


def locate(node: ScalarNode, offset: int, length: int = 1) -> Span:
    """Return the place in the file of a part of a scalar's value.

    Args:
        node: the scalar.
        offset: how many characters of its text stand before the part.
        length: how many characters the part has; what goes beyond the line is cut off.

    Returns:
        The exact place where the value stands in the file as it is: plain or quoted on one line without
        escapes, or in a literal block (`|`). Elsewhere the place of the whole scalar.
    """
    written = node.written
    if written.startswith("|"):
        return _in_literal(node, written, offset, length)
    for quotes in (0, 1):
        if node.line == node.end_line and written[quotes : len(written) - quotes] == node.text:
            column = node.column + quotes
            return _on_line(node, (node.line, column + offset), length, column + len(node.text))
    return node.span


def comment_after(node: ScalarNode) -> Span | None:
    """Return the place of a comment behind a plain scalar on the same line, or None.

    YAML ends the scalar there: the script `echo a #b` is `echo a`.
    """
    if not (node.plain and node.text):
        return None
    found = _COMMENT.match(node.source.text, node.end_offset)
    if found is None:
        return None
    line = node.end_line
    start = node.end_column + found.start(1) - node.end_offset
    return Span(node.source, line, start, line, start + len(found[1]))


def _in_literal(node: ScalarNode, written: str, offset: int, length: int) -> Span:
    """Find the line of the file that holds a line of the value; their ends agree."""
    line, column = advance(1, 1, node.text[:offset])
    values, lines = node.text.splitlines(), written.splitlines()
    # Line 1 of the value is line 1 of what is written: the header with the `|` is line 0.
    if line > len(values) or line >= len(lines) or not lines[line].endswith(values[line - 1]):
        return node.span
    indent = len(lines[line]) - len(values[line - 1])
    return _on_line(node, (node.line + line, indent + column), length, len(lines[line]) + 1)


def _on_line(node: ScalarNode, start: tuple[int, int], length: int, limit: int) -> Span:
    line, column = start
    return Span(node.source, line, column, line, max(column + 1, min(column + length, limit)))
