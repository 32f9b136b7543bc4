"""What history can be asked, and who may write to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wfopt.model.effects import Traced
from wfopt.model.history import PastAttempt, PastRun, Point, Rewrite, RunStory, Scope, StepTotals
from wfopt.model.workflow import StepId


class History(Protocol):
    """Answers questions about runs of the past; a scope says about which of them.

    Every method may raise `HistoryError`: the history cannot be read.
    """

    def workflows(self) -> Sequence[str]:
        """Return the paths of all workflows that have runs, by name."""

    def steps(self, workflow: str | None) -> Sequence[StepId]:
        """Return the ids of all steps that were ever part of a run of a workflow, or of any workflow."""

    def count(self, scope: Scope) -> int:
        """Return how many runs there are."""

    def runs(self, scope: Scope) -> Sequence[PastRun]:
        """Return the runs, the newest last."""

    def run_points(self, scope: Scope) -> Sequence[Point]:
        """Return the runs as points, the newest last: the quick way for many thousands of them."""

    def step_points(self, scope: Scope, step: StepId) -> Sequence[Point]:
        """Return the last attempts of a step that ran to its end, failed ones included, the newest last."""

    def step_totals(self, scope: Scope) -> Sequence[StepTotals]:
        """Return what became of each step, in the order in which they first appeared."""

    def attempts_of(self, scope: Scope, step: StepId) -> Sequence[tuple[PastRun, PastAttempt]]:
        """Return the attempts of a step with their runs, the newest last."""

    def measured(self, scope: Scope) -> Sequence[tuple[PastRun, Sequence[PastAttempt]]]:
        """Return the runs, the newest last, with their attempts that ran and the steps from the cache.

        It is the quick way for many attempts: those of a run without failures have neither keys nor reasons
        nor exit statuses. Attempts of one step are in the order in which they ended.
        """

    def find(self, name: str, workflow: str | None) -> PastRun | None:
        """Return the run with this name, or the only one whose name starts so, or None."""

    def story(self, run_id: str) -> RunStory | None:
        """Return everything that is remembered of a run, or None if there is no such run."""

    def traces(self, workflow: str, limit: int) -> Sequence[Traced]:
        """Return what traced steps of a workflow touched, in its newest traced runs, the newest last.

        Args:
            workflow: its path in its workspace.
            limit: so many runs at most.
        """

    def rewrites(self, workflow: str | None) -> Sequence[Rewrite]:
        """Return the optimizations of a workflow, the newest last."""
