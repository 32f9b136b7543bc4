"""WF102: an entry of `needs` that hands nothing over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from wfopt.analyzer.base import Case, Confidence, Edit, Finding, Fix, Gain, Saving
from wfopt.analyzer.gating import does_nothing, is_gated, is_strict
from wfopt.analyzer.job_graph import JobGraph
from wfopt.analyzer.list_edits import without_name, without_only
from wfopt.analyzer.local_work import stays_local
from wfopt.analyzer.outward import may_change_outside
from wfopt.analyzer.sites import Site, name_of, sites_of
from wfopt.analyzer.tools import verdict_of
from wfopt.analyzer.what_if import WhatIf
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job
from wfopt.model.scripts import commands_of_step
from wfopt.model.workflow import Edge, EdgeKind, Opaque, Origin, Step, StepId
from wfopt.source import Span


class OrderingOnlyEdge:
    """A job or step waits for another one of which it uses nothing.

    Jobs run on machines of their own. If one reads no file, no output and no result of the other, waiting for
    it only makes the whole longer, and saves work only when the first one fails.

    Before:

        lint:
          run: ruff check
        test:
          needs: [lint]
          run: pytest

    After:

        lint:
          run: ruff check
        test:
          run: pytest

    Does not apply where the order is meant: to deploy or publish only what passed, to sum up what others
    found, or because the first one changes something outside that the second one sees.
    """

    code = Code("WF102", "ordering-only-edge", "an edge that hands nothing over")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each such entry."""
        if case.jobs:
            return _of_jobs(case)
        return _of_steps(case) if case.format == "native" else ()


def _of_jobs(case: Case) -> Iterator[Finding]:
    graph = JobGraph(case)
    what_if = WhatIf(case)
    for job in case.jobs:
        if not job.needs or is_gated(case, job):
            continue
        for need in job.needs:
            before = graph.jobs.get(need.job)
            span = need.span or job.places.get("needs") or job.span
            if before is not None and span is not None and _is_pure_order(case, graph, before, job):
                yield _of_need(case, graph, what_if, job, need.job, span)


def _is_pure_order(case: Case, graph: JobGraph, before: Job, job: Job) -> bool:
    if before.is_called or before.is_deployment or before.concurrency or graph.hands_over(before.id, job):
        return False
    if not graph.edges(before.id, job.id):
        return False
    if any(
        graph.waits_surely(graph.jobs[each.job], before.id)
        for each in job.needs or ()
        if each.job in graph.jobs
    ):
        return False
    steps = [case.step(step) for step in before.steps]
    if not all(map(stays_local, steps)) or all(map(does_nothing, steps)):
        return False
    return not (_caches(case, before) and _caches(case, job))


def _caches(case: Case, job: Job) -> bool:
    """Return whether a job keeps files for other jobs and later runs."""
    runs = [case.step(step).run for step in job.cells[0]] if job.cells else []
    actions = [run for run in runs if isinstance(run, Opaque)]
    return any("cache" in run.name or any("cache" in option for option in run.options) for run in actions)


def _of_need(case: Case, graph: JobGraph, what_if: WhatIf, job: Job, need: str, span: Span) -> Finding:
    edges = graph.edges(need, job.id)
    return Finding(
        code=OrderingOnlyEdge.code,
        message=f"job `{job.id}` waits for `{need}` and uses nothing of it",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        primary=Label(span, "hands nothing over"),
        steps=job.cells[0][:1] if job.cells else (),
        saving=_saving(case, what_if, edges),
        fix=Fix.UNSAFE,
        edits=_edits(case, span, need),
        causes=("no output, artifact or cache goes from one to the other",),
        hints=(f"remove `{need}` from `needs` if `{job.id}` may run when it fails",),
        identity=f"job {job.id}: {need}",
    )


def _edits(case: Case, span: Span, name: str) -> tuple[Edit, ...]:
    # Without the key a job of GitLab waits for its stage, and a step of a native list for the one above.
    edit = without_name(span, name) or without_only(span, name, keeps_key=case.format != "github")
    return () if edit is None else (edit,)


def _saving(case: Case, what_if: WhatIf, edges: Iterable[Edge]) -> Saving | None:
    saved = what_if.without_edges([(case.index[each.before], case.index[each.after]) for each in edges])
    return None if saved is None else case.saving(Gain.TIME, saved)


def _of_steps(case: Case) -> Iterator[Finding]:
    what_if = WhatIf(case)
    checkers = {step.id for step in case.workflow.steps if _only_checks(step)}
    edges: dict[StepId, list[Edge]] = {}
    for edge in case.workflow.edges:
        if edge.kind is EdgeKind.ORDER and Origin.WRITTEN in edge.origin:
            edges.setdefault(edge.after, []).append(edge)
    for site in sites_of(case):
        names = dict.fromkeys(
            name_of(case.step(edge.before)) for step in site.steps for edge in edges.get(step.id, ())
        )
        for name in names:
            between = [
                edge
                for step in site.steps
                for edge in edges.get(step.id, ())
                if name_of(case.step(edge.before)) == name
            ]
            if all(_is_apart(case, edge, checkers) for edge in between):
                yield _of_step(case, what_if, site, name, between)


def _is_apart(case: Case, edge: Edge, checkers: Collection[StepId]) -> bool:
    """Return whether two steps only check, or both say what they read and write."""
    before, after = case.step(edge.before), case.step(edge.after)
    only_check = before.id in checkers and after.id in checkers
    declared = None not in {before.inputs, before.outputs, after.inputs, after.outputs}
    if not only_check and not (declared and before.outputs):
        return False
    if not (is_strict(before) and is_strict(after)) or before.effects or after.effects or before.group:
        return False
    return edge.origin is Origin.WRITTEN and not (may_change_outside(before) or may_change_outside(after))


def _only_checks(step: Step) -> bool:
    commands = commands_of_step(step)
    return bool(commands) and all(verdict_of(each) is not None and not each.writes for each in commands)


def _of_step(case: Case, what_if: WhatIf, site: Site, name: str, edges: list[Edge]) -> Finding:
    at = site.at("needs", text="hands nothing over")
    return Finding(
        code=OrderingOnlyEdge.code,
        message=f"step `{site.name}` waits for `{name}` and uses nothing of it",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        primary=at,
        steps=site.ids,
        saving=_saving(case, what_if, edges),
        fix=Fix.UNSAFE,
        edits=_edits(case, at.span, name),
        causes=("none of the declared inputs of one is an output of the other",)
        if site.first.inputs is not None
        else ("both only check, and neither needs the other to have run",),
        hints=(f"remove `{name}` from `needs` if `{site.name}` may run when it fails",),
        identity=f"step {site.name}: {name}",
    )
