"""Joins the jobs of a file: from the ends of a needed job to the starts of the one that needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wfopt.codes import CYCLE, MATRIX_TOO_LARGE, SELF_NEED, UNKNOWN_STEP
from wfopt.errors import Label
from wfopt.formats.github.handing import Handed, handed, passes
from wfopt.formats.github.jobs import DeclaredJob
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.graph.order import dag_of, find_cycle, topological
from wfopt.model.workflow import Edge, EdgeKind, Origin, StepId
from wfopt.source import closest_match

MAX_EDGES = 300_000
"""How many edges a workflow may have."""

_MOST_HINTS = 20

Cells = Sequence[tuple[StepId, ...]]


def check_needs(jobs: Mapping[str, DeclaredJob], problems: Problems) -> None:
    """Report needs of jobs that do not exist, of the job itself, and in a circle."""
    places = {name: place for place, name in enumerate(jobs)}
    pairs: list[tuple[int, int]] = []
    for job in jobs.values():
        for need in job.needs:
            at = need.span or job.key.span
            if need.job == job.id:
                problems.error(SELF_NEED, f"job `{job.id}` needs itself", at)
            elif need.job not in places:
                message = f"job `{job.id}` needs `{need.job}`, which does not exist"
                # To compare with thousands of names takes its time.
                near = closest_match(need.job, places) if problems.errors < _MOST_HINTS else None
                problems.error(UNKNOWN_STEP, message, at, "no job has this name", hints=(did_you_mean(near),))
            else:
                pairs.append((places[need.job], places[job.id]))
    cycle = find_cycle(dag_of(len(places), dict.fromkeys(pairs)))
    if cycle:
        _refuse_cycle([list(jobs.values())[place] for place in cycle], problems)


def _refuse_cycle(cycle: Sequence[DeclaredJob], problems: Problems) -> None:
    ids = [job.id for job in (*cycle, cycle[0])]
    shown = ids if len(ids) <= 12 else [*ids[:6], "...", *ids[-5:]]
    problems.error(
        CYCLE,
        f"{len(cycle)} jobs wait for each other: {' -> '.join(shown)}",
        cycle[0].key,
        "the circle starts here",
        hints=("`a -> b` means that `b` needs `a`",),
        related=tuple(Label(job.key.span, f"`{job.id}` is part of it") for job in cycle[1:5]),
    )


def in_order(jobs: Mapping[str, DeclaredJob]) -> list[DeclaredJob]:
    """Return the jobs so that each stands behind those that it needs; there is no circle."""
    places = {name: place for place, name in enumerate(jobs)}
    pairs = {(places[need.job], places[job.id]) for job in jobs.values() for need in job.needs}
    listed = list(jobs.values())
    return [listed[place] for place in topological(dag_of(len(listed), sorted(pairs)))]


def edges_of(
    jobs: Mapping[str, DeclaredJob], cells: Mapping[str, Cells], problems: Problems
) -> tuple[Edge, ...]:
    """Return all edges, job by job: those within its cells behind those from other jobs.

    Args:
        jobs: by name; their needs are sound.
        cells: the ids of the steps of each job's cells.
        problems: takes an error if there are too many edges.
    """
    linker = _Linker(jobs, cells)
    edges: list[Edge] = []
    for job in jobs.values():
        within = len(job.flow.edges) * len(cells[job.id])
        if len(edges) + within + linker.size(job) > MAX_EDGES:
            message = f"this workflow has more than {MAX_EDGES:,} edges"
            problems.error(MATRIX_TOO_LARGE, message, job.key, "too many, together with those above")
            break
        edges += linker.outer(job)
        edges += linker.inner(job)
    return tuple(edges)


class _Linker:
    """Makes the edges of each job."""

    def __init__(self, jobs: Mapping[str, DeclaredJob], cells: Mapping[str, Cells]) -> None:
        self._jobs = jobs
        self._cells = cells
        self._handed: dict[str, Handed] = {}
        self._ends: dict[str, tuple[tuple[StepId, Origin], ...]] = {}
        for job in in_order(jobs):
            self._ends[job.id] = self._ends_of(job)

    def size(self, job: DeclaredJob) -> int:
        """Return how many edges lead from other jobs to this one."""
        return (
            len(job.flow.firsts)
            * len(self._cells[job.id])
            * sum(len(self._ends[need.job]) for need in job.needs)
        )

    def inner(self, job: DeclaredJob) -> Iterator[Edge]:
        """Yield the edges within a job's cells."""
        for ids in self._cells[job.id]:
            for (before, after), kind in job.flow.edges.items():
                yield Edge(ids[before], ids[after], kind, Origin.LIST)

    def outer(self, job: DeclaredJob) -> Iterator[Edge]:
        """Yield the edges from other jobs."""
        firsts = [ids[place] for ids in self._cells[job.id] for place in job.flow.firsts]
        seen: set[StepId] = set()
        for name in dict.fromkeys(need.job for need in job.needs):
            kind = self._kind(self._jobs[name], job)
            for before, origin in self._ends[name]:
                if before not in seen:
                    seen.add(before)
                    yield from (Edge(before, after, kind, origin) for after in firsts)

    def _kind(self, before: DeclaredJob, after: DeclaredJob) -> EdgeKind:
        if passes(self._handed_by(before), self._handed_by(after)):
            return EdgeKind.DATA
        asked = {"needs", "needs.*", f"needs.{before.id}"}
        return EdgeKind.ORDER if asked.isdisjoint(after.mentions) else EdgeKind.REF

    def _handed_by(self, job: DeclaredJob) -> Handed:
        if job.id not in self._handed:
            self._handed[job.id] = handed(job)
        return self._handed[job.id]

    def _ends_of(self, job: DeclaredJob) -> tuple[tuple[StepId, Origin], ...]:
        """Return the last steps of all cells; for a job without steps, those of the jobs that it needs."""
        if not job.flow.steps:
            return tuple(dict.fromkeys(each for need in job.needs for each in self._ends[need.job]))
        # A last step with an `if` of its own may be skipped in a job that was not.
        origins = [
            (place, Origin.LIST if job.flow.steps[place].condition else Origin.WRITTEN)
            for place in job.flow.lasts
        ]
        return tuple((ids[place], origin) for ids in self._cells[job.id] for place, origin in origins)
