"""The plain display of a running workflow: lines, in the order in which things happen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TextIO, assert_never

from wfopt.events import (
    AlertChanged,
    Event,
    Noticed,
    RunFinished,
    RunStarted,
    Sampled,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
    StepUndone,
)
from wfopt.model.workflow import StepId, Workflow
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint, Style
from wfopt.render.progress import Progress, Verbosity


class _Lines(Protocol):
    """`wfopt.render.output_lines.Lines`, which is loaded when a step prints something."""

    def feed(self, chunk: bytes) -> list[str]: ...
    def flush(self) -> list[str]: ...


class LineDisplay:
    """A sink that writes a line when a step starts and when it ends, and what steps print as it comes.

    Every event is written in whole lines and flushed at once, so that two streams that end on the same
    terminal come out in the order of the events.
    """

    def __init__(
        self,
        workflow: Workflow,
        *,
        log: TextIO,
        out: TextIO,
        paint: Paint,
        verbosity: Verbosity = Verbosity.NORMAL,
    ) -> None:
        """Show a run of `workflow`.

        Args:
            workflow: what is run.
            log: where lines about the run go.
            out: where the output of steps goes.
            paint: whether and how to color both.
            verbosity: how much is shown.
        """
        self._progress = Progress(workflow, paint, verbosity)
        self._paint = paint
        self._log = log
        self._out = out
        self._printing: dict[StepId, _Lines] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case StepOutput():
                self._output(event)
            case StepStarted():
                self._end_output(event.step)
                self._write_log(self._progress.started(event))
            case StepFinished() | StepRetried():
                self._end_output(event.step)
                self._write_log(self._progress.ended(event))
            case StepSkipped() | StepCancelled() | StepUndone():
                self._write_log(self._progress.not_run(event))
            case Noticed():
                self._notice(event)
            case RunStarted() | Sampled():
                pass
            case AlertChanged():
                self._write_log(self._progress.alert(event.change))
            case RunFinished():
                for step in list(self._printing):
                    self._end_output(step)
                self._write_log(self._progress.enforced(event.enforced_by))
            case _:
                assert_never(event)

    def _notice(self, event: Noticed) -> None:
        if self._progress.shows_notice(event.diagnostic):
            from wfopt.render.diagnostics import render  # noqa: PLC0415 - most runs have no messages

            self._write_log(render(event.diagnostic, self._paint))

    def _output(self, event: StepOutput) -> None:
        if self._progress.shows_output(event.step):
            lines = self._printing.get(event.step)
            if lines is None:
                from wfopt.render.output_lines import Lines  # noqa: PLC0415 - see above

                lines = self._printing[event.step] = Lines()
            self._write_out(event.step, lines.feed(event.data))

    def _end_output(self, step: StepId) -> None:
        """Write what the step printed without a line end behind it."""
        lines = self._printing.pop(step, None)
        if lines is not None:
            self._write_out(step, lines.flush())

    def _write_out(self, step: StepId, lines: Iterable[str]) -> None:
        prefix = self._paint(f"[{harmless(step)}]", Style.DIM)
        text = "".join(f"{prefix} {line}\n" if line else f"{prefix}\n" for line in lines)
        if text:
            self._out.write(text)
            self._out.flush()

    def _write_log(self, text: str | None) -> None:
        if text is not None:
            self._log.write(f"{text}\n")
            self._log.flush()
