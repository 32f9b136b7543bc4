"""Expands `matrix` and `foreach` into cells.

The rules are those of GitHub's matrix: the product of the axes, without what `exclude` matches; an
`include` entry adds its values to every cell whose axes it does not contradict, or else is a cell of its
own. A cell's id lists its axes in file order, then the keys that only `include` gave it.
"""

from __future__ import annotations

import itertools
from typing import Any

from wfopt.codes import BAD_FOREACH, BAD_MATRIX, EMPTY_MATRIX, MATRIX_TOO_LARGE, Code
from wfopt.dataclass import dataclass
from wfopt.formats.native.context import Binder, Contexts, Definition
from wfopt.formats.native.records import Record
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.problems import did_you_mean
from wfopt.formats.scalars import Kind
from wfopt.model.expressions import ExpressionError, Literal, Template, Value, text_of
from wfopt.model.selectors import cell_id
from wfopt.source import closest_match

MAX_CELLS = 4096
"""The most cells of one matrix."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination.

    Attributes:
        labels: axis and value, as text, in the order of the id.
        contexts: what expressions see: `matrix` or `item`.
    """

    labels: tuple[tuple[str, str], ...]
    contexts: Contexts


NO_MATRIX = (Cell((), {}),)
"""The single cell of a step without a matrix."""


def expand(definition: Definition, binder: Binder) -> tuple[Cell, ...]:
    """Return the cells of a step: one without labels if it has neither `matrix` nor `foreach`."""
    record = definition.record
    matrix, foreach = record.get("matrix"), record.get("foreach")
    if matrix is None and foreach is None:
        return NO_MATRIX
    where = f"step `{definition.id}`"
    if matrix is not None and foreach is not None:
        message = f"{where} has both `matrix` and `foreach`"
        hint = "make it an axis of `matrix`"
        binder.problems.error(BAD_FOREACH, message, record.nodes["foreach"], hints=(hint,))
    if matrix is not None:
        cells, node = _matrix_cells(matrix, where, binder), record.nodes["matrix"]
    else:
        node = record.nodes["foreach"]
        cells = _foreach_cells(foreach, node, where, binder)
    if not cells and not binder.problems.any_errors:
        binder.problems.error(EMPTY_MATRIX, f"the matrix of {where} has no cell", node)
    seen: set[tuple[tuple[str, str], ...]] = set()
    for cell in cells:
        if cell.labels in seen:
            message = f"the cell `{cell_id(definition.id, cell.labels)}` comes up twice"
            binder.problems.error(BAD_MATRIX, message, node, hints=("drop one value",))
            break
        seen.add(cell.labels)
    return cells


Combination = dict[str, tuple[str, Value]]
"""Axis to its value's source text and its value in expressions."""


def _matrix_cells(matrix: Record, where: str, binder: Binder) -> tuple[Cell, ...]:
    axes = [
        (name, _axis(name, matrix, where, binder))
        for name in matrix.values
        if name not in ("include", "exclude")
    ]
    size = 1
    for _, values in axes:
        size *= len(values)
    include = _entries(matrix, "include", where, binder)
    if size + len(include) > MAX_CELLS:
        message = f"the matrix of {where} has {size + len(include):,} cells"
        hint = f"at most {MAX_CELLS:,} are allowed"
        binder.problems.error(MATRIX_TOO_LARGE, message, matrix.node, hints=(hint,))
        return NO_MATRIX
    names = [name for name, _ in axes]
    combinations: list[Combination] = (
        [dict(zip(names, each, strict=True)) for each in itertools.product(*(v for _, v in axes))]
        if axes
        else []
    )
    _refuse_unknown_axes(matrix, names, where, binder)
    for entry in _entries(matrix, "exclude", where, binder):
        combinations = [each for each in combinations if not _agrees(entry, each, set(entry))]
    combinations = _include(combinations, include, names)
    return tuple(
        Cell(
            tuple((axis, text) for axis, (text, _) in each.items()),
            {"matrix": {axis: value for axis, (_, value) in each.items()}},
        )
        for each in combinations
    )


def _refuse_unknown_axes(matrix: Record, names: list[str], where: str, binder: Binder) -> None:
    """Refuse axes of `exclude` that do not exist: they would keep it from ever matching."""
    for entry in matrix.get("exclude") or ():
        for axis, (key, _) in entry.items():
            if axis not in names:
                message = f"`exclude` of {where} names the axis `{axis}`, which does not exist"
                hint = did_you_mean(closest_match(axis, names))
                binder.problems.error(BAD_MATRIX, message, key, hints=(hint,))


def _include(cells: list[Combination], entries: list[Combination], axes: list[str]) -> list[Combination]:
    """Return the cells with each entry added to those that it does not contradict, or behind them."""
    cells = [dict(cell) for cell in cells]
    alone: list[Combination] = []
    for entry in entries:
        shared = set(axes) & set(entry)
        fitting = [cell for cell in cells if _agrees(entry, cell, shared)]
        for cell in fitting:
            cell.update({axis: value for axis, value in entry.items() if axis not in axes})
        if not fitting:
            alone.append(entry)
    # What stands alone is named like the others: first the axes, in the order of the file.
    return cells + [{**{axis: entry[axis] for axis in axes if axis in entry}, **entry} for entry in alone]


def _agrees(entry: Combination, cell: Combination, axes: set[str]) -> bool:
    return all(axis in cell and cell[axis][0] == entry[axis][0] for axis in axes)


def _axis(name: str, matrix: Record, where: str, binder: Binder) -> list[tuple[str, Value]]:
    """Return the source texts and values of an axis."""
    read, node = matrix.values[name], matrix.nodes[name]
    if isinstance(read, Template):
        return _computed(read, node, f"axis `{name}` of {where} must be a list", BAD_MATRIX, binder)
    if not isinstance(node, SequenceNode) or read is None:
        return []
    if not node.items:
        binder.problems.error(EMPTY_MATRIX, f"axis `{name}` of {where} has no value", node)
    return [
        _scalar(template, item, f"axis `{name}` of {where}", binder)
        for template, item in zip(read, node.items, strict=False)
    ]


def _computed(
    template: Template, node: Node, wanted: str, code: Code, binder: Binder
) -> list[tuple[str, Value]]:
    """Return the values of a list that an expression gives; `wanted` says that it must be one."""
    filled = binder.expression(template.only, node) if template.only else Literal(None)
    if filled is None:
        return []
    value = filled.value if isinstance(filled, Literal) else None
    if not isinstance(value, tuple):
        binder.problems.error(code, wanted, node, hints=("give `[a, b]` or `${{ range(3) }}`",))
        return []
    try:
        return [(text_of(each), each) for each in value]
    except ExpressionError as error:
        binder.problems.error(code, f"{wanted} of plain values: {error.message}", node)
        return []


def _entries(matrix: Record, key: str, where: str, binder: Binder) -> list[Combination]:
    entries: list[dict[str, tuple[ScalarNode, Template]]] = matrix.get(key) or []
    node = matrix.nodes.get(key)
    if not isinstance(node, SequenceNode):
        return []
    found = []
    for entry, item in zip(entries, node.items, strict=False):
        values = {key.text: value for key, value in item.pairs} if isinstance(item, MappingNode) else {}
        found.append(
            {
                axis: _scalar(template, values.get(axis, item), f"`{key}` of {where}", binder)
                for axis, (_, template) in entry.items()
            }
        )
    return found


def _scalar(template: Template, node: Node, where: str, binder: Binder) -> tuple[str, Value]:
    """Return a value's source text, and the value itself: numbers and booleans only where they are safe.

    A float keeps its text, so `3.10` is the string "3.10" and not 3.1.
    """
    text = binder.text(template, node, where) or ""
    # Where an entry of a list was wrong, the node may be that of another one.
    if isinstance(node, ScalarNode) and template.static == node.text:
        if node.kind is Kind.INT and len(text) <= 18:
            return text, int(text, 0) if text[:1] != "+" else int(text)
        if node.kind is Kind.BOOL:
            return text, text.lower() == "true"
        if node.kind is Kind.NULL:
            return text, None
    return text, text


def _foreach_cells(foreach: Any, node: Node, where: str, binder: Binder) -> tuple[Cell, ...]:
    where = f"`foreach` of {where}"
    if isinstance(foreach, Template):
        values = _computed(foreach, node, f"{where} must be a list or a mapping", BAD_FOREACH, binder)
        cells = tuple(Cell((("item", text),), {"item": value}) for text, value in values)
    elif isinstance(node, MappingNode):
        cells = tuple(
            Cell((("item", name),), {"item": _named(name, read, node.get(name), where, binder)})
            for name, (_, read) in foreach.items()
        )
    elif isinstance(node, SequenceNode):
        cells = tuple(
            _item(number, read, item, where, binder)
            for number, (read, item) in enumerate(zip(foreach, node.items, strict=False))
        )
    else:
        cells = ()
    if len(cells) > MAX_CELLS:
        binder.problems.error(MATRIX_TOO_LARGE, f"{where} has {len(cells):,} items", node)
        return NO_MATRIX
    return cells


def _item(number: int, read: Any, node: Node, where: str, binder: Binder) -> Cell:
    """Return the cell of a list's item; a mapping is named by its position."""
    if isinstance(read, Template):
        text, value = _scalar(read, node, where, binder)
        return Cell((("item", text),), {"item": value})
    return Cell((("item", str(number)),), {"item": _fields(read, node, where, binder)})


def _named(name: str, read: Any, node: Node | None, where: str, binder: Binder) -> Value:
    """Return what `item` is for an entry of a mapping: its key, its value, and the value's own fields."""
    if node is None:
        return name
    if isinstance(read, Template):
        return {"key": name, "value": _scalar(read, node, where, binder)[1]}
    return {**_fields(read, node, where, binder), "key": name}


def _fields(
    read: dict[str, tuple[ScalarNode, Template]],
    node: Node,
    where: str,
    binder: Binder,
) -> dict[str, Value]:
    values = {key.text: value for key, value in node.pairs} if isinstance(node, MappingNode) else {}
    return {
        key: _scalar(template, values.get(key, node), where, binder)[1] for key, (_, template) in read.items()
    }
