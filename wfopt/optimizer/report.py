"""What an optimization came to."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import dataclass, field
from wfopt.errors import Diagnostic
from wfopt.model.workflow import StepId
from wfopt.optimizer.base import Level
from wfopt.optimizer.pipeline import Optimized, Passed
from wfopt.source import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a workflow comes to on one machine.

    Attributes:
        steps: how many steps it has.
        edges: how many edges.
        critical: the weight of its longest chain.
        critical_path: the steps of that.
        work: the weight of all steps.
        makespan: how long the strategy takes for it on the machine.
    """

    steps: int
    edges: int
    critical: float
    critical_path: tuple[StepId, ...]
    work: float
    makespan: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of running both versions.

    Attributes:
        files: how many files and links were compared.
        unequal_files: how many of these differ; folders that differ count with them.
        statuses: how many steps' statuses were compared.
        unequal_statuses: how many of these differ.
        values: how many values that steps handed on were compared.
        unequal_values: how many of these differ.
        differences: what differs, in words.
        noise: how many files, statuses and values were left out, as they differ between runs of the original.
        unmade: how many files were left out, as only steps write them that nobody wants.
        originals: how often the original ran.
        runs: how often the optimized version ran, also in other orders than the usual one.
        before_s: the median seconds of the original.
        after_s: the median seconds of the optimized version in the usual order.
        predicted: by what factor it was to be quicker, or None if no durations were known.
        failed: the steps that fail in the original.
    """

    files: int
    unequal_files: int = 0
    statuses: int
    unequal_statuses: int = 0
    values: int = 0
    unequal_values: int = 0
    differences: tuple[str, ...] = ()
    noise: int = 0
    unmade: int = 0
    originals: int
    runs: int
    before_s: float
    after_s: float
    predicted: float | None = None
    failed: tuple[StepId, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether everything that was compared is equal."""
        return not (self.unequal_files or self.unequal_statuses or self.unequal_values)

    @property
    def speedup(self) -> float | None:
        """By what factor the optimized version was quicker; None if it took no time."""
        return self.before_s / self.after_s if self.after_s > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizeReport:
    """What was made of a file.

    Attributes:
        file: the file as the user named it. path: its absolute path. format: the name of its format. source:
        its text. level: what rewrites may rest on. optimized: the workflow before and after, changes and
        refusals. text: the new text; the same as before if nothing changes, None if it cannot be written in
        this format. timed: whether weights are seconds; else each step counts 1. basis: in a few words, where
        they come from. slots: how many steps may run at once on the machine that is meant. strategy: the name
        of the strategy whose schedules are compared. before: the figures of the workflow as it was. after: as
        it became. remarks: warnings and notes about the file. verified: what came of running both versions,
        or None. trust: by pass, what share of the savings that it promised has come so far; 1 where it is
        not there.
    """

    file: str
    path: str
    format: str
    source: SourceFile
    level: Level
    optimized: Optimized
    text: str | None
    timed: bool
    basis: str
    slots: int
    strategy: str
    before: Figures
    after: Figures
    remarks: tuple[Diagnostic, ...] = ()
    verified: Verification | None = None
    trust: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to do."""
        return self.optimized.after is not self.optimized.before

    @property
    def promised(self) -> float:
        """What the makespan becomes less by, in the unit of the weights; never less than 0."""
        return max(0.0, self.before.makespan - self.after.makespan)

    @property
    def saving(self) -> float:
        """The same, what each pass saves scaled by how far its promises came true; never less than 0."""
        return max(0.0, sum(self.saved(each) for each in self.optimized.passed))

    def saved(self, passed: Passed) -> float:
        """Return what one run of a pass is expected to save; less than 0 if it costs time."""
        saved = passed.makespan_before - passed.makespan_after
        return saved * self.trust.get(passed.name, 1.0) if saved > 0 else saved

    @property
    def share(self) -> float:
        """What is expected to be saved, as a share of the makespan before."""
        return self.saving / self.before.makespan if self.before.makespan > 0 else 0.0
