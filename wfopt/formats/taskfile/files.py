"""The `sources` and `generates` of a task as inputs and outputs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from wfopt.codes import NOT_MAPPED
from wfopt.dataclass import replace
from wfopt.formats.plain import text_in
from wfopt.formats.positions import MappingNode, Node
from wfopt.formats.remarks import Remarks
from wfopt.formats.taskfile.evaluating import Scope, fill
from wfopt.formats.taskfile.records import items_of
from wfopt.formats.taskfile.templates import TemplateError
from wfopt.model.patterns import PathPattern, PatternError, check_output, parse_pattern

MAX_ALTERNATIVES = 200
"""So many patterns may the braces of one stand for."""


def read_patterns(
    node: Node | None, scope: Scope, folder: str, workspace: str, remarks: Remarks
) -> tuple[PathPattern, ...] | None:
    """Return the patterns of a list, or None if it is absent or not all of it can be understood.

    Args:
        node: the list.
        scope: what its templates see.
        folder: the absolute folder that they are relative to.
        workspace: the absolute folder that they become relative to.
        remarks: where notes go.
    """
    if node is None:
        return None
    found: list[PathPattern] = []
    for item in items_of(node):
        inner = item.get("exclude") if isinstance(item, MappingNode) else item
        sign = "!" if isinstance(item, MappingNode) else ""
        try:
            text = fill(text_in(inner), scope)
            found += [
                replace(_pattern(sign, each, folder, workspace), span=item.span)
                for each in alternatives(text)
            ]
        except (TemplateError, PatternError) as error:
            message = error.message if isinstance(error, PatternError) else str(error)
            remarks.note(NOT_MAPPED, f"files that cannot be declared: {message}", item.span)
            return None
    return tuple(dict.fromkeys(found))


def _pattern(sign: str, text: str, folder: str, workspace: str) -> PathPattern:
    relative = os.path.relpath(os.path.join(folder, text), workspace)
    if relative.split(os.sep)[0] == "..":
        raise PatternError(f"`{text}` lies outside the workspace", "name a path in it")
    return parse_pattern(f"{sign}{relative}{'/' * text.endswith('/')}")


def as_outputs(patterns: Iterable[PathPattern] | None) -> tuple[PathPattern, ...] | None:
    """Return patterns as Task treats what is generated: it may be missing, and nobody deletes it."""
    if patterns is None:
        return None
    found = tuple(replace(each, optional=True, persist=True) for each in patterns)
    try:
        for each in found:
            check_output(each)
    except PatternError:
        return None
    return found


def alternatives(text: str) -> Iterator[str]:
    """Yield what a pattern with braces stands for, such as `a.{js,ts}`.

    Raises:
        PatternError: there are too many.
    """
    todo, count = [text], 0
    while todo:
        each = todo.pop(0)
        end = each.find("}")
        start = each.rfind("{", 0, max(end, 0))
        count += 1
        if count > MAX_ALTERNATIVES:
            raise PatternError(f"`{text}` stands for too many patterns", "write fewer braces")
        if start < 0 or "," not in each[start:end]:
            yield each
        else:
            todo[:0] = [each[:start] + part + each[end + 1 :] for part in each[start + 1 : end].split(",")]
