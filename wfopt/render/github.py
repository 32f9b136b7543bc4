"""The display of a run inside GitHub Actions: a group for each step, and annotations.

Workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO, assert_never

from wfopt.errors import Diagnostic, Severity
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
from wfopt.model.outcome import StepStatus
from wfopt.model.quantities import format_duration
from wfopt.model.samples import Cleared, Raised
from wfopt.model.workflow import StepId, Workflow
from wfopt.render.diagnostics import render
from wfopt.render.harmless import harmless
from wfopt.render.output_lines import Lines
from wfopt.render.paint import Paint
from wfopt.render.progress import Progress, Verbosity
from wfopt.source import Span

_CHUNK_BYTES = 64 * 1024

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


class GithubDisplay:
    """A sink that shows each step's output as a foldable group when the step has ended.

    Everything goes to one stream, because groups mean nothing across two.
    """

    def __init__(
        self,
        workflow: Workflow,
        *,
        log: TextIO,
        log_of: Callable[[StepId], Path | None],
        token: str,
        paint: Paint,
        verbosity: Verbosity = Verbosity.NORMAL,
    ) -> None:
        """Show a run of `workflow`.

        Args:
            workflow: what is run.
            log: where everything goes.
            log_of: returns the file with what a step printed, or None if there is none.
            token: what ends the part of the log in which commands are ignored; a new random text that
                no step can know.
            paint: whether and how to color lines about the run.
            verbosity: how much is shown.
        """
        self._progress = Progress(workflow, paint, verbosity)
        self._spans = {step.id: step.span for step in (*workflow.steps, *workflow.hooks)}
        self._paint = paint
        self._log = log
        self._log_of = log_of
        self._token = token
        self._annotated: set[StepId] = set()

    def __call__(self, event: Event) -> None:
        match event:
            case StepOutput() | RunStarted() | Sampled() | RunFinished():
                pass
            case AlertChanged():
                self._alert(event.change)
            case StepStarted():
                self._write(self._progress.started(event))
            case StepRetried():
                self._write(self._progress.retried(event))
            case StepFinished():
                self._finish(event)
            case StepSkipped() | StepCancelled() | StepUndone():
                self._write(self._progress.not_run(event))
            case Noticed():
                self._notice(event)
            case _:
                assert_never(event)
        self._log.flush()

    def _write(self, line: str | None) -> None:
        if line is not None:
            self._log.write(f"{line}\n")

    def _finish(self, event: StepFinished) -> None:
        outcome = event.outcome
        path = self._log_of(event.step) if self._progress.shows_output(event.step) else None
        content = _lines_of(path) if path else iter(())
        first = next(content, None)
        if first is None:
            self._write(self._progress.finished(event))
        else:
            words = [outcome.status.value]
            if outcome.usage:
                words.append(format_duration(outcome.usage.wall_s))
            self._write(f"::group::{_data(harmless(event.step))} ({', '.join(words)})")
            self._write(f"::stop-commands::{self._token}")
            self._write(first)
            for line in content:
                self._write(line)
            self._write(f"::{self._token}::")
            self._write("::endgroup::")
        if outcome.status is StepStatus.FAILED and event.step not in self._annotated:
            self._annotated.add(event.step)
            severity = Severity.WARNING if outcome.allowed else Severity.ERROR
            title = f"step `{event.step}` failed"
            self._write(_annotation(severity, self._spans.get(event.step), title, outcome.reason))

    def _alert(self, change: Raised | Cleared) -> None:
        self._write(self._progress.alert(change))
        if isinstance(change, Raised):
            alert = change.alert
            span = self._spans.get(alert.step) if alert.step else None
            self._write(_annotation(Severity.WARNING, span, f"alert `{alert.rule}`", alert.message))

    def _notice(self, event: Noticed) -> None:
        diagnostic = event.diagnostic
        if not self._progress.shows_notice(diagnostic):
            return
        self._write(render(diagnostic, self._paint))
        if event.step is not None and diagnostic.severity is Severity.ERROR:
            # One step, one annotation: this says more than the bare end of the step would.
            if event.step in self._annotated:
                return
            self._annotated.add(event.step)
        self._write(annotate(diagnostic))


def annotate(diagnostic: Diagnostic) -> str:
    """Return the workflow command that shows a message next to the line that it is about."""
    title = f"{diagnostic.code.number} {diagnostic.code.name}"
    causes = (f"cause: {each}" for each in diagnostic.causes)
    hints = (f"hint: {each}" for each in diagnostic.hints)
    message = "\n".join((diagnostic.message, *causes, *hints))
    span = diagnostic.primary.span if diagnostic.primary else None
    return _annotation(diagnostic.severity, span, title, message, file=diagnostic.file)


def _annotation(
    severity: Severity, span: Span | None, title: str, message: str, *, file: str | None = None
) -> str:
    properties = {"file": file}
    if span is not None:
        properties = {"file": span.source.name, "line": str(span.line), "col": str(span.column)}
    properties["title"] = title
    message = "\n".join(map(harmless, message.split("\n")))
    listed = ",".join(f"{key}={_property(harmless(value))}" for key, value in properties.items() if value)
    return f"::{_COMMANDS[severity]} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a step's log; one that cannot be read has none."""
    lines = Lines()
    with suppress(OSError), path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield from lines.feed(chunk)
    yield from lines.flush()
