"""What a `for` of a Taskfile goes through: https://taskfile.dev/docs/guide#looping-over-values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from wfopt.formats.plain import Plain, plain, text_in
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.taskfile.evaluating import Scope, fill, value_of_reference
from wfopt.formats.taskfile.records import Task, items_of
from wfopt.formats.taskfile.templates import TemplateError
from wfopt.formats.taskfile.texts import go_text
from wfopt.formats.taskfile.variables import filled

MAX_ROUNDS = 1_000
"""So many times a loop may go round."""


def rounds(loop: Node, task: Task, scope: Scope) -> list[Scope]:
    """Return what each round of a loop sees.

    Raises:
        TemplateError: what it goes through is only known when the task runs, or is too much.
    """
    name = text_in(loop.get("as")) if isinstance(loop, MappingNode) else ""
    found: list[Scope] = []
    for key, item in _entries(loop, task, scope):
        values = {**scope.values, name or "ITEM": item}
        if key is not None:
            values["KEY"] = key
        found.append(Scope(values, scope.environ))
        if len(found) > MAX_ROUNDS:
            raise TemplateError(f"a loop with more than {MAX_ROUNDS:,} rounds")
    return found


def _entries(loop: Node, task: Task, scope: Scope) -> Iterator[tuple[Plain, Plain]]:
    if isinstance(loop, SequenceNode):
        for node in items_of(loop):
            yield None, filled(plain(node), scope)
    elif isinstance(loop, ScalarNode):
        yield from ((None, path) for path in _files(loop.text, task, scope))
    else:
        yield from _of_mapping(loop, scope)


def _of_mapping(loop: MappingNode, scope: Scope) -> Iterator[tuple[Plain, Plain]]:
    matrix, name = loop.get("matrix"), text_in(loop.get("var"))
    if isinstance(matrix, MappingNode):
        yield from ((None, combination) for combination in _combinations(matrix, scope))
        return
    if not name:
        raise TemplateError("a loop of an unknown kind")
    value = scope.look_up(name)
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((None, item) for item in value)
    else:
        separator = text_in(loop.get("split"))
        text = go_text(value)
        parts = text.split(fill(separator, scope)) if separator and text else text.split()
        yield from ((None, part) for part in parts)


def _combinations(matrix: MappingNode, scope: Scope) -> Iterator[dict[str, Plain]]:
    axes = {key.text: _axis(node, scope) for key, node in matrix.pairs}
    for combination in itertools.product(*axes.values()):
        yield dict(zip(axes, combination, strict=True))


def _axis(node: Node, scope: Scope) -> Sequence[Plain]:
    if isinstance(node, MappingNode) and (reference := node.get("ref")) is not None:
        value = value_of_reference(text_in(reference), scope)
    else:
        value = filled(plain(node), scope)
    if not isinstance(value, list):
        raise TemplateError("a loop over a matrix without lists")
    return value


_LISTS: Mapping[str, str] = {"sources": "sources", "generates": "generates"}


def _files(kind: str, task: Task, scope: Scope) -> Iterator[str]:
    """Yield the files that a task names in `sources` or `generates`, if no glob is among them."""
    node = task.get(_LISTS.get(kind, ""))
    if node is None:
        raise TemplateError("a loop of an unknown kind")
    for item in items_of(node):
        path = fill(text_in(item), scope)
        if not path or any(sign in path for sign in "*?[{"):
            raise TemplateError("a loop over files that only a run finds")
        yield path
