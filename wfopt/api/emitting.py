"""Events on their way from the engine to logs, report and display."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from wfopt.codes import MISSING_OUTPUT
from wfopt.engine import failures
from wfopt.engine.limits import ran_out_of_memory
from wfopt.engine.logs import MOST_BYTES, LogSink
from wfopt.engine.masked import MaskedEvents
from wfopt.errors import Diagnostic
from wfopt.events import Event, Noticed, Sink, StepFinished, StepRetried
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import Step, StepId, Workflow


class Emitter:
    """Hands events on, without secrets, to logs, report and display; adds a message to each failure.

    Args:
        workflow: what is run.
        masked: takes the secrets out.
        logs: keeps what steps print.
        report: takes the events.
        display: as above.
        peaks: finds out how many bytes a step held in earlier runs; asked when its memory was not enough.
    """

    def __init__(
        self,
        workflow: Workflow,
        masked: MaskedEvents,
        logs: LogSink,
        report: Sink,
        display: Sink,
        peaks: Callable[[StepId], Sequence[int]] = lambda _: (),
    ) -> None:
        self._steps: dict[StepId, Step] = {step.id: step for step in (*workflow.steps, *workflow.hooks)}
        self._masked = masked
        self._logs = logs
        self._report = report
        self._display = display
        self._peaks = peaks
        self._now = 0.0
        self._lost_told = False
        self._explained: set[StepId | None] = set()

    def printed(self, step: StepId) -> bytes | str | None:
        """Return what a step that has ended printed, or the path of a file with that; None if it is lost."""
        for held_back in self._masked.rest(step, self._now):
            self._show(held_back)
        return self._logs.whole(step)

    def __call__(self, event: Event) -> None:
        self._now = event.at
        if not self._masked.masker.active:
            self._show(event)
            return
        for shown in self._masked.of(event):
            self._show(shown)

    def _show(self, shown: Event) -> None:
        self._logs(shown)
        if isinstance(shown, StepFinished):
            self._explain(shown)
        elif isinstance(shown, Noticed) and shown.diagnostic.code is MISSING_OUTPUT:
            self._explained.add(shown.step)
        elif isinstance(shown, StepRetried):
            self._explained.discard(shown.step)
            # The end of its output would stand under the failure of a later attempt.
            self._logs.forget(shown.step)
        self._report(shown)
        self._display(shown)

    def _explain(self, event: StepFinished) -> None:
        step, logs = self._steps[event.step], self._logs
        found: list[Diagnostic] = []
        if event.outcome.status is StepStatus.FAILED and step.id not in self._explained:
            tail = logs.tail(step.id).decode("utf-8", "replace").splitlines()[-8:]
            path = logs.path(step.id)
            log = path and os.path.relpath(path)
            peaks = self._peaks(step.id) if ran_out_of_memory(event.outcome) else ()
            found.append(failures.failed(step, event.outcome, tuple(tail), log, peaks))
        if step.id in logs.capped:
            found.append(failures.log_capped(step, MOST_BYTES))
        if logs.trouble and not self._lost_told:
            self._lost_told = True
            found.append(failures.logs_lost(logs.trouble))
        logs.forget(step.id)
        for diagnostic in found:
            notice = Noticed(at=event.at, step=step.id, diagnostic=diagnostic)
            self._report(notice)
            self._display(notice)
