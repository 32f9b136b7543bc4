"""One plain line for each thing that happens to a step."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from wfopt.errors import Diagnostic, Severity
from wfopt.events import StepCancelled, StepFinished, StepRetried, StepSkipped, StepStarted, StepUndone
from wfopt.model.outcome import Enforcer, StepStatus
from wfopt.model.quantities import format_duration
from wfopt.model.samples import Cleared, Raised
from wfopt.model.workflow import StepId, Workflow
from wfopt.render.cells import pad, text_width
from wfopt.render.harmless import harmless
from wfopt.render.paint import STATUS_STYLES, Paint, Style

_ENFORCERS = {
    Enforcer.KERNEL: "by the kernel",
    Enforcer.WATCHDOG: "by the watchdog",
    Enforcer.ADVISORY: "by nobody",
}
_STATUS_WIDTH = max(len(status.value) for status in StepStatus)
_ID_WIDTH_LIMIT = 40
_DURATION_WIDTH = len("12.34 s")


class Verbosity(Enum):
    """How much of a run is shown.

    `QUIET` shows failures, errors and warnings; `NORMAL` every step that is run, skipped or cancelled,
    and the output of steps; `VERBOSE` also steps taken from the cache, and why each step runs.
    """

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


class Progress:
    """Words the lines of a run, in columns that fit the ids of its steps."""

    def __init__(self, workflow: Workflow, paint: Paint, verbosity: Verbosity) -> None:
        self.paint = paint
        self.verbosity = verbosity
        self._id_width = min(
            max((text_width(step.id) for step in (*workflow.steps, *workflow.hooks)), default=0),
            _ID_WIDTH_LIMIT,
        )
        shown = () if verbosity is Verbosity.QUIET else (*workflow.steps, *workflow.hooks)
        self._with_output = frozenset(step.id for step in shown if not step.quiet)

    def shows_output(self, step: StepId) -> bool:
        """Return whether what the step prints is shown."""
        return step in self._with_output

    def shows_notice(self, diagnostic: Diagnostic) -> bool:
        """Return whether a message is shown."""
        return self.verbosity is not Verbosity.QUIET or diagnostic.severity is not Severity.NOTE

    def started(self, event: StepStarted) -> str | None:
        """Return the line for a step that starts, or None if there is none."""
        if self.verbosity is Verbosity.QUIET:
            return None
        words = []
        if event.attempt > 1:
            words.append(f"(attempt {event.attempt})")
        if self.verbosity is Verbosity.VERBOSE:
            words.append(event.reason)
        return self._line("started", Style.DIM, event.step, "", " ".join(words))

    def ended(self, event: StepFinished | StepRetried) -> str | None:
        """Return the line for the end of an attempt, or None if there is none."""
        return self.finished(event) if isinstance(event, StepFinished) else self.retried(event)

    def retried(self, event: StepRetried) -> str | None:
        """Return the line for an attempt that failed and that another one follows, or None."""
        if self.verbosity is Verbosity.QUIET:
            return None
        outcome = event.outcome
        duration = format_duration(outcome.usage.wall_s) if outcome.usage else ""
        why = f"{outcome.reason} in attempt {event.attempt}, the next in {format_duration(event.delay_s)}"
        return self._line("retry", Style.WARNING, event.step, duration, why)

    def finished(self, event: StepFinished) -> str | None:
        """Return the line for a step that ended, or None if there is none."""
        outcome = event.outcome
        failed = outcome.status is StepStatus.FAILED
        if not failed and self.verbosity is Verbosity.QUIET:
            return None
        restored = outcome.cache is not None and outcome.cache.restored_files > 0
        if outcome.status is StepStatus.CACHED and self.verbosity is Verbosity.NORMAL and not restored:
            return None
        good = outcome.status in (StepStatus.SUCCEEDED, StepStatus.CACHED)
        why = outcome.reason if not good or restored or self.verbosity is Verbosity.VERBOSE else ""
        style = STATUS_STYLES[outcome.status]
        if failed and outcome.allowed:
            why, style = f"{why} (allowed)".lstrip(), Style.WARNING
        duration = format_duration(outcome.usage.wall_s) if outcome.usage else ""
        return self._line(outcome.status.value, style, event.step, duration, why)

    def not_run(self, event: StepSkipped | StepCancelled | StepUndone) -> str | None:
        """Return the line for a step that will not run, or ran in vain, or None if there is none."""
        if self.verbosity is Verbosity.QUIET:
            return None
        status = StepStatus.CANCELLED if isinstance(event, StepCancelled) else StepStatus.SKIPPED
        return self._line(status.value, STATUS_STYLES[status], event.step, "", event.reason)

    def enforced(self, enforced_by: Mapping[str, Enforcer]) -> str | None:
        """Return the line that says who saw to limits, or None if there were none."""
        if self.verbosity is not Verbosity.VERBOSE or not enforced_by:
            return None
        told = ", ".join(f"{kind} {_ENFORCERS[who]}" for kind, who in sorted(enforced_by.items()))
        return self._line("limits", Style.DIM, StepId("machine"), "", told)

    def alert(self, change: Raised | Cleared) -> str | None:
        """Return the line for something that became alarming, or is not any more, or None."""
        if isinstance(change, Cleared):
            if self.verbosity is Verbosity.QUIET:
                return None
            word, style, rule, step, why = "cleared", Style.DIM, change.rule, change.step, ""
        else:
            alert = change.alert
            is_critical = alert.severity == "critical"
            word, style = "alert", Style.ERROR if is_critical else Style.WARNING
            rule, step, why = alert.rule, alert.step, alert.message
        about = why or f"`{rule}`"
        return self._line(word, style, step or StepId("machine"), "", about)

    def _line(self, word: str, style: Style, step: StepId, duration: str, why: str) -> str:
        name = pad(harmless(step), self._id_width)
        status = self.paint(word, style) + " " * (_STATUS_WIDTH - len(word))
        return f"{status}  {name}  {duration:>{_DURATION_WIDTH}}  {harmless(why)}".rstrip()
