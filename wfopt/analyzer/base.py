"""What a check is, what it is given, and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Protocol

from wfopt.codes import Code
from wfopt.dataclass import dataclass, field
from wfopt.errors import Diagnostic, Label, Severity
from wfopt.graph.timing import Timing
from wfopt.model.estimates import Knowledge
from wfopt.model.pipeline import Job, Pipeline
from wfopt.model.workflow import Step, StepId, Workflow
from wfopt.source import Span


class Confidence(Enum):
    """How sure it is that acting on a finding is right; the value is the word that is printed."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Fix(Enum):
    """What acting on a finding may do to results.

    `SAFE`: nothing but time and cost change. `UNSAFE`: somebody must look first. `NONE`: wfopt knows no edit.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"
    NONE = "none"


class Gain(Enum):
    """What a saving is a share of: the time until the end, or the work that is paid for."""

    TIME = "time"
    WORK = "work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What acting on a finding should bring, as shares from 0 to 1.

    Attributes:
        low: at least, of the critical path (`Gain.TIME`) or of all work (`Gain.WORK`).
        expected: the best guess.
        high: at most.
        gain: what it is a share of.
        basis: in a few words, what it rests on, such as `12 runs` or `every step taken to last equally long`.
    """

    low: float
    expected: float
    high: float
    gain: Gain
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A replacement of a stretch of the file by other text; an empty stretch is an insertion before it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing worth acting on.

    Attributes:
        code: the check's code.
        message: what was found: lower case, no final period, names in backticks.
        severity: how much it matters.
        confidence: how sure it is.
        primary: the place to act on, with a few words for under its caret.
        related: places that explain it.
        steps: the steps that it is about, in file order.
        saving: what acting on it should bring, or None if that cannot be said.
        fix: what an edit may do to results; `NONE` if there are no edits and none are foreseen.
        edits: what to change in the user's own file, in any order, without overlaps; may be empty.
        causes: why it matters, one sentence each.
        hints: what to do about it, one sentence each.
        identity: what tells it apart from others of its code in the file: names, no line numbers.
    """

    code: Code
    message: str
    severity: Severity
    confidence: Confidence
    primary: Label
    related: tuple[Label, ...] = ()
    steps: tuple[StepId, ...] = ()
    saving: Saving | None = None
    fix: Fix = Fix.NONE
    edits: tuple[Edit, ...] = ()
    causes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    identity: str = ""

    @property
    def diagnostic(self) -> Diagnostic:
        """The same as a message for the terminal."""
        return Diagnostic(
            code=self.code,
            message=self.message,
            severity=self.severity,
            primary=self.primary,
            related=self.related,
            causes=self.causes,
            hints=self.hints,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a check may look at; the values are those of one file.

    Attributes:
        format: the format's name: `native`, `github`, `gitlab`, `taskfile`, `dvc` or `wfformat`.
        workflow: the steps and edges.
        pipeline: jobs and triggers, or None for a format without them.
        timing: the graph with the expected duration of each node; nodes in the order of the steps.
        timed: whether durations are seconds that were measured or stand in the file; else each step counts 1.
        basis: in a few words, where the durations come from.
        knowledge: what the history tells.
        index: the place of each step.
        missing: the declared inputs without wildcards that the workspace does not have, as far as known.
    """

    format: str
    workflow: Workflow
    pipeline: Pipeline | None
    timing: Timing
    timed: bool
    basis: str
    knowledge: Knowledge
    index: Mapping[StepId, int] = field(repr=False)
    missing: frozenset[str] = frozenset()

    def step(self, name: StepId) -> Step:
        """Return the step with this id."""
        return self.workflow.steps[self.index[name]]

    def seconds(self, name: StepId) -> float:
        """Return the weight of a step: expected seconds, or 1 where nothing is timed."""
        return self.timing.weights[self.index[name]]

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs of the pipeline; none without one."""
        return self.pipeline.jobs if self.pipeline is not None else ()

    def saving(
        self, gain: Gain, expected: float, *, low: float | None = None, high: float | None = None
    ) -> Saving | None:
        """Return a saving from weights: seconds if anything is timed, else numbers of steps.

        Args:
            gain: what is saved.
            expected: how much, in weights, of the critical path or of all work.
            low: at least; half of `expected` if None.
            high: at most; the same as `expected` if None.

        Returns:
            The saving, cut to what there is; None for an empty graph.
        """
        whole = self.timing.critical if gain is Gain.TIME else self.timing.work
        if whole <= 0:
            return None
        amounts = (expected / 2 if low is None else low, expected, expected if high is None else high)
        share = [min(1.0, max(0.0, amount / whole)) for amount in amounts]
        return Saving(low=share[0], expected=share[1], high=share[2], gain=gain, basis=self.basis)


class Check(Protocol):
    """Looks for one kind of thing.

    The class has a docstring: what it finds, why that matters, an example before and after, and when it does
    not apply. `--explain` prints it.
    """

    code: Code

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield what is found, in file order; pure."""
