"""The graph of jobs: what each names in `needs`, and what follows from that."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.analyzer.base import Case
from wfopt.analyzer.gating import has_status_condition
from wfopt.model.pipeline import Job
from wfopt.model.workflow import Edge, EdgeKind


class JobGraph:
    """The jobs of a pipeline and why they wait for each other.

    Attributes:
        jobs: by name.
    """

    def __init__(self, case: Case) -> None:
        self.jobs: Mapping[str, Job] = {job.id: job for job in case.jobs}
        self._places = {job.id: place for place, job in enumerate(case.jobs)}
        self._home = {step: job.id for job in case.jobs for step in job.steps}
        self._edges: dict[tuple[str, str], list[Edge]] = {}
        for edge in case.workflow.edges:
            before, after = self._home.get(edge.before, ""), self._home.get(edge.after, "")
            if before != after:
                self._edges.setdefault((before, after), []).append(edge)
        self._before: dict[str, set[str]] = {}
        for before, after in self._edges:
            if before and after:
                self._before.setdefault(after, set()).add(before)
        self._keeps_files = case.format == "gitlab"
        self._writers = {
            self._home[step.id] for step in case.workflow.steps if step.outputs and step.id in self._home
        }
        self._sure: dict[str, int] = {}

    def edges(self, before: str, after: str) -> tuple[Edge, ...]:
        """Return the edges from the steps of one job to the steps of another."""
        return tuple(self._edges.get((before, after), ()))

    def before(self, job: Job) -> tuple[str, ...]:
        """Return the jobs that have edges to a job, in file order."""
        return tuple(sorted(self._before.get(job.id, ()), key=self._places.__getitem__))

    def hands_over(self, before: str, job: Job) -> bool:
        """Return whether a job reads or mentions what another one made.

        A job of GitLab is given the files that those in its `needs` keep, whether it reads them or not.
        """
        if self._keeps_files and before in self._writers:
            return True
        if {"needs", "needs.*", f"needs.{before}"} & job.references:
            return True
        return any(edge.kind in {EdgeKind.DATA, EdgeKind.REF} for edge in self.edges(before, job.id))

    def waits_surely(self, job: Job, before: str) -> bool:
        """Return whether a job waits for another one, and would not run if that one failed."""
        place = self._places.get(before)
        return place is not None and bool(self._ancestors(job) >> place & 1)

    def _ancestors(self, job: Job) -> int:
        """Return the jobs whose failure keeps a job from running, as bits."""
        pending = [job.id]
        while pending:
            name = pending[-1]
            needed = [need.job for need in self.jobs[name].needs or () if need.job in self.jobs]
            open_ones = [each for each in needed if each not in self._sure]
            if name in self._sure or has_status_condition(self.jobs[name]):
                self._sure.setdefault(name, 0)
                pending.pop()
            elif open_ones and not set(open_ones) & set(pending):
                pending += open_ones
            else:
                bits = 0
                for each in needed:
                    bits |= 1 << self._places[each] | self._sure.get(each, 0)
                self._sure[name] = bits
                pending.pop()
        return self._sure[job.id]
