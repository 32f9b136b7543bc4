"""From the steps that files declare to one slot for each step there will be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wfopt.codes import BAD_MATRIX, MATRIX_TOO_LARGE
from wfopt.formats.native.context import Binder, Contexts, Definition
from wfopt.formats.native.matrix import expand
from wfopt.formats.native.scope import Scope
from wfopt.formats.problems import Problems
from wfopt.model.selectors import cell_id

MAX_STEPS = 50_000
"""The most steps of a workflow, cells counted."""


class Slot(NamedTuple):
    """A step before its keys are read: what it is called, and what its expressions know.

    Attributes:
        id: its id.
        definition: the id under which its file declares it.
        cell: the axes and values of a cell of a matrix.
        contexts: what its expressions know.
        declared: its keys.
        file: the number of its scope.
    """

    id: str
    definition: str
    cell: tuple[tuple[str, str], ...]
    contexts: Contexts
    declared: Definition
    file: int


def slots_of(scopes: Iterable[Scope], problems: Problems) -> list[Slot]:
    """Return the steps of all files, matrices expanded.

    Raises:
        LoadError: there are too many.
    """
    slots: list[Slot] = []
    for number, scope in enumerate(scopes):
        binder = Binder(scope.contexts, problems)
        for declared in scope.definitions:
            name = declared.id
            _refuse_needless(declared, problems)
            for cell in expand(declared, binder):
                known = {**scope.contexts, **cell.contexts} if cell.contexts else scope.contexts
                slots.append(Slot(cell_id(name, cell.labels), name, cell.labels, known, declared, number))
            if len(slots) > MAX_STEPS:
                message = f"the workflow has more than {MAX_STEPS:,} steps"
                problems.error(MATRIX_TOO_LARGE, message, declared.span)
                # To look for more that is wrong with so many would take long.
                problems.stop_on_errors()
    return slots


def _refuse_needless(declared: Definition, problems: Problems) -> None:
    """Refuse what only a step with cells can have."""
    nodes = declared.record.nodes
    if "matrix" in nodes or "foreach" in nodes:
        return
    for key in ("max-parallel", "fail-fast"):
        if key in nodes:
            message = f"step `{declared.id}` has `{key}`, but neither `matrix` nor `foreach`"
            problems.error(BAD_MATRIX, message, nodes[key], hints=("drop it",))
