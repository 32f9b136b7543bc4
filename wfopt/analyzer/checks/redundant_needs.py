"""WF101: an entry of `needs` that follows from the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wfopt.analyzer.base import Case, Confidence, Edit, Finding, Fix, Gain
from wfopt.analyzer.gating import has_status_condition, is_strict
from wfopt.analyzer.job_graph import JobGraph
from wfopt.analyzer.list_edits import without_name
from wfopt.analyzer.sites import Site, listed, name_of, sites_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job
from wfopt.model.workflow import Edge, EdgeKind, Origin, Step, StepId
from wfopt.source import Span


class RedundantNeeds:
    """A job or step names another one in `needs` that it waits for anyway.

    If `test` needs `build` and `deploy` needs `test`, then `deploy` waits for `build` whether it says so or
    not. Nothing gets quicker without the entry, but the list then says what really matters, and does not have
    to be kept right when the graph changes.

    Before:

        deploy:
          needs: [build, test]    # test needs build

    After:

        deploy:
          needs: [test]

    Does not apply where the entry is used: for `needs.build.outputs`, for files that are handed over, or by a
    condition such as `always()` that makes a job run after a failure.
    """

    code = Code("WF101", "redundant-needs", "an edge that follows from other edges")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each job or step with such entries."""
        return _of_jobs(case) if case.jobs else _of_steps(case)


def _of_jobs(case: Case) -> Iterator[Finding]:
    graph = JobGraph(case)
    for job in case.jobs:
        if len(job.needs or ()) < 2 or has_status_condition(job):
            continue
        gone: list[tuple[str, Span | None]] = []
        for need in job.needs or ():
            kept = [
                each.job
                for each in job.needs or ()
                if each.job not in {need.job, *(name for name, _ in gone)}
            ]
            by = next((name for name in kept if _follows(graph, name, need.job)), None)
            if by is not None and not _hands_over(graph, need.job, job):
                gone.append((need.job, need.span))
        place = job.places.get("needs") or job.span
        if gone and place is not None:
            names = [name for name, _ in gone]
            spans = [span for _, span in gone if span is not None]
            yield _finding(
                case, f"job `{job.id}`", place, names, spans, job.cells[0][:1] if job.cells else ()
            )


def _follows(graph: JobGraph, by: str, name: str) -> bool:
    return by in graph.jobs and graph.waits_surely(graph.jobs[by], name)


def _hands_over(graph: JobGraph, before: str, job: Job) -> bool:
    """Return whether something is handed over; in GitLab, all files that the other job keeps are."""
    if before not in graph.jobs or graph.hands_over(before, job):
        return True
    return graph.jobs[before].is_called


def _of_steps(case: Case) -> Iterator[Finding]:
    if case.format != "native":
        return
    sure = _Sure(case)
    for site in sites_of(case):
        gone = [name for name in _needed(case, site) if sure.is_implied(site, name)]
        if gone:
            place = site.at("needs").span
            yield _finding(case, f"step `{site.name}`", place, gone, [place], site.ids)


def _needed(case: Case, site: Site) -> list[str]:
    needs = site.first.needs or ()
    return list(dict.fromkeys(name_of(case.step(each)) for each in needs if each in case.index))


class _Sure:
    """Which steps keep which others from running if they fail."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._steps = case.workflow.steps
        self._edges: dict[StepId, list[Edge]] = {}
        for edge in case.workflow.edges:
            self._edges.setdefault(edge.after, []).append(edge)
        self._wide = {after for after, edges in self._edges.items() if len(edges) > 1}
        self._above: list[int] | None = None

    def is_implied(self, site: Site, name: str) -> bool:
        """Return whether all steps of a declaration wait for another one without naming it."""
        return all(step.id in self._wide and self._is_implied_for(step, name) for step in site.steps)

    def _is_implied_for(self, step: Step, name: str) -> bool:
        edges = self._edges[step.id]
        own = [edge for edge in edges if name_of(self._case.step(edge.before)) == name]
        if not own or not is_strict(step) or any(not _is_plain(edge) for edge in own):
            return False
        above = self._ancestors()
        others = [
            self._case.index[edge.before]
            for edge in edges
            if edge not in own and Origin.WRITTEN in edge.origin
        ]
        bits = 0
        for other in others:
            bits |= above[other]
        return all(bits >> self._case.index[edge.before] & 1 for edge in own)

    def _ancestors(self) -> list[int]:
        if self._above is None:
            self._above = [0] * len(self._steps)
            for node in self._case.timing.order:
                step = self._steps[node]
                if not is_strict(step):
                    continue
                for edge in self._edges.get(step.id, ()):
                    if Origin.WRITTEN in edge.origin:
                        before = self._case.index[edge.before]
                        self._above[node] |= self._above[before] | (1 << before)
        return self._above


def _is_plain(edge: Edge) -> bool:
    return edge.kind is EdgeKind.ORDER and edge.origin is Origin.WRITTEN


def _finding(
    case: Case, who: str, place: Span, gone: list[str], spans: list[Span], steps: tuple[StepId, ...]
) -> Finding:
    edits = [_edit(place, span, each) for each, span in zip(gone, spans * len(gone), strict=False)]
    complete = [edit for edit in edits if edit is not None]
    # The edits of several entries of one line would meet at the same comma.
    lines = {edit.span.line for edit in complete}
    is_exact = len(complete) == len(gone) and (len(lines) == len(complete))
    them = "it" if len(gone) == 1 else "them"
    return Finding(
        code=RedundantNeeds.code,
        message=f"{who} waits for {listed(gone)} even if `needs` does not name {them}",
        severity=Severity.NOTE,
        confidence=Confidence.HIGH,
        primary=Label(spans[0] if spans else place, "follows from the other entries"),
        steps=steps,
        saving=case.saving(Gain.TIME, 0.0),
        fix=Fix.SAFE,
        edits=tuple(complete) if is_exact else (),
        hints=(f"remove {listed(gone)} from `needs`",),
        identity=f"{who.replace('`', '')}: {' '.join(gone)}",
    )


def _edit(place: Span, span: Span, name: str) -> Edit | None:
    # The name is looked for on its own line first, where the format tells it.
    return without_name(span if span.line == span.end_line else place, name)
