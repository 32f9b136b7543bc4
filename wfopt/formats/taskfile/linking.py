"""Finds which steps of a Taskfile hand files to each other."""

from __future__ import annotations

from wfopt.codes import CYCLE, NOT_MAPPED
from wfopt.dataclass import replace
from wfopt.formats.native.edges import Data, EdgeSet, TooManyEdgesError
from wfopt.formats.remarks import Remarks
from wfopt.formats.taskfile.assembling import Assembler
from wfopt.graph.order import dag_of, find_cycle
from wfopt.model.relations import Relation, relate
from wfopt.model.workflow import Edge, EdgeKind, Step


def link_files(assembler: Assembler, remarks: Remarks) -> tuple[tuple[Step, ...], tuple[Edge, ...]]:
    """Return the steps, and the edges with those that files make.

    Whoever reads what a task generates waits for it, be it named in `deps` or not; an edge that is there
    already becomes one of data. Only the steps of tasks themselves are joined so: those of a call belong
    to their caller alone.
    """
    steps = tuple(assembler.steps)
    edges = assembler.edges()
    for (before, after), (_, origin) in list(edges.kinds.items()):
        if _feeds(steps[before], steps[after]):
            edges.kinds[before, after] = (EdgeKind.DATA, origin)
    own = [
        step if place in assembler.own else replace(step, inputs=None, outputs=None)
        for place, step in enumerate(steps)
    ]
    return steps, _with_data(own, edges, remarks).edges(steps)


def _feeds(before: Step, after: Step) -> bool:
    reads = after.inputs or ()
    return any(relate(output, reads) is Relation.DATA for output in before.outputs or ())


def _with_data(steps: list[Step], edges: EdgeSet, remarks: Remarks) -> EdgeSet:
    """Return edges with those that files make, as far as they make no circle."""
    found = EdgeSet()
    found.kinds.update(edges.kinds)
    try:
        Data(steps, [(-1, 0)] * len(steps)).link(found)
    except TooManyEdgesError:
        _note(steps, "the tasks name too many files to compare all of them", remarks)
        return edges
    for _ in range(len(found.kinds) - len(edges.kinds) + 1):
        cycle = find_cycle(dag_of(len(steps), found.kinds))
        if not cycle:
            return found
        pairs = zip(cycle, (*cycle[1:], cycle[0]), strict=True)
        pair = next(each for each in pairs if each not in edges.kinds)
        span = steps[pair[1]].span
        if span is not None:
            before, after = steps[pair[0]].id, steps[pair[1]].id
            message = f"`{after}` reads what `{before}` generates, but goes before it"
            remarks.warn(CYCLE, message, span)
        del found.kinds[pair]
    return edges


def _note(steps: list[Step], message: str, remarks: Remarks) -> None:
    span = next((step.span for step in steps if step.span is not None), None)
    if span is not None:
        remarks.note(NOT_MAPPED, message, span)
