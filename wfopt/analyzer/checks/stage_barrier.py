"""WF104: a job waits for a whole stage of which it reads nothing."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Finding, Fix, Gain
from wfopt.analyzer.gating import does_nothing, is_gated
from wfopt.analyzer.job_graph import JobGraph
from wfopt.analyzer.local_work import stays_local
from wfopt.analyzer.sites import listed
from wfopt.analyzer.what_if import WhatIf
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job
from wfopt.model.workflow import Edge, EdgeKind


class StageBarrier:
    """A job without `needs` waits for every job of the stages before its own, and reads nothing of theirs.

    With `needs: []` a job starts at once, whatever its stage.

    Before:

        unit:
          stage: test           # waits for all of stage `build`
          script: pytest

    After:

        unit:
          stage: test
          needs: []
          script: pytest

    Does not apply to jobs that deploy, publish or sum up, behind jobs that may change something elsewhere or
    only hold a pipeline back, nor where a job of an earlier stage keeps artifacts: those are handed over
    unless it says `dependencies: []`.
    """

    code = Code("WF104", "stage-barrier", "a job waits for a whole stage of which it reads nothing")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each such job."""
        if not any(edge.kind is EdgeKind.BARRIER for edge in case.workflow.edges):
            return
        graph = JobGraph(case)
        what_if = WhatIf(case)
        for job in case.jobs:
            place = job.places.get("stage") or job.span
            if job.needs is not None or place is None or is_gated(case, job):
                continue
            before = graph.before(job)
            if not before or not all(_is_barrier(case, graph, name, job) for name in before):
                continue
            edges = [edge for name in before for edge in graph.edges(name, job.id)]
            yield _finding(
                case, job, Label(place, f"waits for {listed(before)}"), before, _saved(case, what_if, edges)
            )


def _is_barrier(case: Case, graph: JobGraph, name: str, job: Job) -> bool:
    """Return whether nothing but the stage makes a job wait for another one."""
    if any(edge.kind is not EdgeKind.BARRIER for edge in graph.edges(name, job.id)):
        return False
    before = graph.jobs[name]
    if before.is_deployment or before.is_called or graph.hands_over(name, job):
        return False
    steps = [case.step(step) for step in before.steps]
    return all(map(stays_local, steps)) and not all(map(does_nothing, steps))


def _saved(case: Case, what_if: WhatIf, edges: list[Edge]) -> float | None:
    return what_if.without_edges([(case.index[edge.before], case.index[edge.after]) for edge in edges])


def _finding(case: Case, job: Job, at: Label, before: tuple[str, ...], saved: float | None) -> Finding:
    return Finding(
        code=StageBarrier.code,
        message=f"job `{job.id}` waits for the earlier stages and reads nothing of them",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        primary=at,
        steps=job.cells[0][:1] if job.cells else (),
        saving=None if saved is None else case.saving(Gain.TIME, saved),
        fix=Fix.UNSAFE,
        causes=(f"no artifact of {listed(before)} is handed to it",),
        hints=(f"write `needs: []` if `{job.id}` may run when an earlier stage fails",),
        identity=f"job {job.id}",
    )
