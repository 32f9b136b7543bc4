"""Joins stages by the files that one makes and another needs."""

from __future__ import annotations

from wfopt.codes import CYCLE, MATRIX_TOO_LARGE, OUTPUT_CONFLICT
from wfopt.errors import Label
from wfopt.formats.native.edges import Data, EdgeSet, TooManyEdgesError
from wfopt.formats.problems import Problems
from wfopt.formats.remarks import Remarks
from wfopt.graph.order import dag_of, find_cycle
from wfopt.model.workflow import Edge, EdgeKind, Origin, Step


def link(steps: list[Step], problems: Problems, remarks: Remarks) -> tuple[Edge, ...]:
    """Return the edges of stages; a circle goes to `problems`, as DVC refuses it.

    Whoever needs what a frozen stage made does so whether or not that one runs.
    """
    data, edges = Data(steps, [(-1, 0)] * len(steps)), EdgeSet()
    try:
        data.link(edges)
        _refuse_cycle(steps, edges, problems)
        _order_writers(steps, data, edges, remarks)
    except TooManyEdgesError:
        message = "the stages name too many files to compare all of them"
        if (span := steps[0].span) is not None:
            problems.error(MATRIX_TOO_LARGE, message, span)
    for (before, after), (kind, _) in edges.kinds.items():
        if steps[before].condition is not None:
            edges.kinds[before, after] = (kind, Origin.FILES)
    return edges.edges(steps)


def _order_writers(steps: list[Step], data: Data, edges: EdgeSet, remarks: Remarks) -> None:
    """Keep stages that write the same file apart; DVC refuses them."""
    known = dict(edges.kinds)
    for conflict in data.conflicts():
        if conflict.first == conflict.second:
            continue
        span = conflict.second_path.span
        if span is not None:
            names = f"`{steps[conflict.first].id}` and `{steps[conflict.second].id}`"
            remarks.warn(OUTPUT_CONFLICT, f"{names} both write `{conflict.second_path.text}`", span)
        if (conflict.second, conflict.first) not in known:
            edges.add(conflict.first, conflict.second, EdgeKind.ORDER, Origin.FILES)
    if find_cycle(dag_of(len(steps), edges.kinds)):
        edges.kinds = known


def _refuse_cycle(steps: list[Step], edges: EdgeSet, problems: Problems) -> None:
    cycle = find_cycle(dag_of(len(steps), edges.kinds))
    span = steps[cycle[0]].span if cycle else None
    if span is None:
        return
    names = " -> ".join(steps[place].id for place in (*cycle[:12], cycle[0]))
    related = tuple(
        Label(at, f"`{steps[place].id}` is part of it")
        for place in cycle[1:5]
        if (at := steps[place].span) is not None
    )
    problems.error(
        CYCLE,
        f"{len(cycle)} stages wait for each other: {names}",
        span,
        "the circle starts here",
        related=related,
        hints=("`a -> b` means that `b` needs what `a` writes",),
    )
