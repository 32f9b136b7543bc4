"""Steps that only their place keeps in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfopt.analyzer.base import Case
from wfopt.model.workflow import Edge, EdgeKind, Origin, Step, StepId


def rows_of(case: Case) -> Iterator[tuple[Step, ...]]:
    """Yield stretches of steps each of which waits for the one before it only because it stands below it.

    In a job of a CI service these are its steps, of a job with a matrix those of its first copy; in a native
    file or a Taskfile those of a list.
    """
    edges = {(edge.before, edge.after): edge for edge in case.workflow.edges}
    if case.jobs:
        for job in case.jobs:
            for cell in job.cells[:1]:
                yield from _cut(case, cell, edges)
        return
    following: dict[StepId, list[StepId]] = {}
    leading: dict[StepId, list[StepId]] = {}
    for before, after in edges:
        following.setdefault(before, []).append(after)
        leading.setdefault(after, []).append(before)
    for row in _chains(case, following, leading):
        yield from _cut(case, row, edges)


def _chains(
    case: Case, following: dict[StepId, list[StepId]], leading: dict[StepId, list[StepId]]
) -> Iterator[list[StepId]]:
    """Yield the longest stretches without a fork, in file order of their starts."""
    for step in case.workflow.steps:
        before = leading.get(step.id, [])
        if len(before) == 1 and len(following[before[0]]) == 1:
            continue
        row = [step.id]
        while len(following.get(row[-1], ())) == 1 and len(leading[following[row[-1]][0]]) == 1:
            row.append(following[row[-1]][0])
        if len(row) > 1:
            yield row


def _cut(
    case: Case, row: Sequence[StepId], edges: dict[tuple[StepId, StepId], Edge]
) -> Iterator[tuple[Step, ...]]:
    part: list[Step] = []
    for step in row:
        if part and not _is_loose(edges.get((part[-1].id, step)), case):
            yield tuple(part)
            part = []
        part.append(case.step(step))
    yield tuple(part)


def _is_loose(edge: Edge | None, case: Case) -> bool:
    """Return whether only their places put two steps in order."""
    if edge is None or edge.kind is not EdgeKind.ORDER:
        return False
    if case.format == "taskfile":
        return _task_of(edge.before) == _task_of(edge.after) != ""
    return bool(case.jobs) or edge.origin is Origin.LIST


def _task_of(step: StepId) -> str:
    """Return the task of whose `cmds` a step is one, or ""."""
    return step.partition("#")[0] if "#" in step else ""
