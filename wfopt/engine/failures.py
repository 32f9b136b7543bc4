"""What to tell about a step that went wrong, as diagnostics at its place in the file."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from wfopt.codes import (
    BAD_EXPRESSION,
    CACHE_TROUBLE,
    EMPTY_OUTPUT_GLOB,
    LEFT_BEHIND,
    LOG_CAPPED,
    LOGS_LOST,
    MISSING_OUTPUT,
    NOT_STORED,
    OUTPUT_NOT_CLOSED,
    OUTPUTS_LEFT,
    SERVICE_ENDED,
    STEP_FAILED,
    STEP_KILLED,
    STEP_NOT_STARTED,
    STEP_TIMED_OUT,
    Code,
)
from wfopt.dataclass import replace
from wfopt.engine.exceeding import over_limit
from wfopt.errors import Diagnostic, Label, Severity
from wfopt.model.outcome import LimitKind, StepOutcome
from wfopt.model.patterns import PathPattern
from wfopt.model.quantities import format_duration, format_size
from wfopt.model.workflow import Step, StepId


def failed(
    step: Step, outcome: StepOutcome, tail: tuple[str, ...], log: str | None, peaks: Sequence[int] = ()
) -> Diagnostic:
    """Return the message about a step that failed, with the end of its output and its log's path.

    `peaks` is what it held in earlier runs, see `over_limit`.
    """
    causes = tuple(f"output: {line}" for line in tail)
    hints = (f"the whole output is in `{log}`",) if log else ()
    severity = Severity.WARNING if outcome.allowed else Severity.ERROR
    if outcome.limit is not None and outcome.limit.kind is not LimitKind.TIMEOUT:
        told = over_limit(step, outcome.limit, peaks)
        return replace(told, severity=severity, causes=(*told.causes, *causes), hints=(*told.hints, *hints))
    code, message = _what(step, outcome)
    return _about(step, code, message, severity=severity, causes=causes, hints=hints)


def _what(step: Step, outcome: StepOutcome) -> tuple[Code, str]:
    name, after = f"step `{step.id}`", ""
    if outcome.usage is not None:
        after = f" after {format_duration(outcome.usage.wall_s)}"
    if outcome.limit is not None:
        return STEP_TIMED_OUT, f"{name} ran longer than its timeout of {format_duration(outcome.limit.limit)}"
    if outcome.signal is not None:
        return STEP_KILLED, f"{name} was ended by {signal_name(outcome.signal)}{after}"
    if outcome.usage is None:
        return STEP_NOT_STARTED, f"{name} could not be started: {outcome.reason}"
    if outcome.exit_code:
        return STEP_FAILED, f"{name} failed with exit status {outcome.exit_code}{after}"
    return STEP_FAILED, f"{name} failed: {outcome.reason}"


def missing_output(step: Step, output: PathPattern) -> Diagnostic:
    """Return the message about an output that a step declares but did not make."""
    message = f"step `{step.id}` ended well but did not write its output `{output.text}`"
    hint = "write the path that the step really makes, or `optional: true`"
    label = Label(output.span, "declared here") if output.span else None
    return Diagnostic(code=MISSING_OUTPUT, message=message, primary=label, hints=(hint,))


def empty_glob(step: Step, output: PathPattern) -> Diagnostic:
    """Return the warning about an output pattern that matches nothing."""
    return Diagnostic(
        code=EMPTY_OUTPUT_GLOB,
        message=f"step `{step.id}` made nothing that matches its output `{output.text}`",
        severity=Severity.WARNING,
        primary=Label(output.span, "declared here") if output.span else None,
    )


def left_behind(step: Step, count: int) -> Diagnostic:
    """Return the warning about background processes that were ended with a step."""
    what = "a process" if count == 1 else f"{count} processes"
    return _about(
        step,
        LEFT_BEHIND,
        f"step `{step.id}` left {what} in the background, ended now",
        severity=Severity.WARNING,
        hints=("declare `effects: [service]` if it is to go on to the end of the run",),
    )


def output_held(step: Step) -> Diagnostic:
    """Return the warning about output that something still held open after a step's end."""
    message = f"something still holds the output of step `{step.id}`; the end of it may be missing"
    return _about(step, OUTPUT_NOT_CLOSED, message, severity=Severity.WARNING)


def service_ended(step: StepId) -> Diagnostic:
    """Return the warning about a service that ended by itself."""
    message = f"the service that step `{step}` had started ended before the run did"
    return Diagnostic(code=SERVICE_ENDED, message=message, severity=Severity.WARNING)


def log_capped(step: Step, most: int) -> Diagnostic:
    """Return the note about a step that printed more than its log takes."""
    message = f"step `{step.id}` printed more than {format_size(most)}: its log holds the beginning only"
    return _about(step, LOG_CAPPED, message, severity=Severity.NOTE)


def logs_lost(why: str) -> Diagnostic:
    """Return the warning about logs that could not be written."""
    message = f"the output of steps could not be written to their logs: {why}"
    return Diagnostic(code=LOGS_LOST, message=message, severity=Severity.WARNING)


def bad_expression(step: Step, message: str, hint: str | None, key: str) -> Diagnostic:
    """Return the message about the expression of a key that has no value during the run."""
    span = step.places.get(key) or step.span
    return Diagnostic(
        code=BAD_EXPRESSION,
        message=f"step `{step.id}`: {message}",
        primary=Label(span) if span else None,
        hints=(hint,) if hint else (),
    )


def outputs_left(step: Step, why: str) -> Diagnostic:
    """Return the message about outputs of a failed step that are still in place."""
    message = f"the outputs of step `{step.id}` could not be moved aside and may be half-written: {why}"
    return _about(step, OUTPUTS_LEFT, message)


def system_reason(error: OSError) -> str:
    """Return why the system refused something, and for which file.

    >>> system_reason(FileNotFoundError(2, "No such file or directory", "out/a"))
    'no such file or directory: `out/a`'
    """
    if error.args and isinstance(error.args[0], list):
        # A `shutil.Error`; the first file that could not be copied stands for all: its path, the other
        # path, why.
        why = str(error.args[0][0][2]).partition("] ")[2]
        return why[:1].lower() + why[1:]
    if error.strerror is None:
        return str(error)
    return error.strerror.lower() + (f": `{error.filename}`" if error.filename else "")


def signal_name(number: int) -> str:
    """Return the name of a signal.

    >>> signal_name(9)
    'SIGKILL'
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _about(
    step: Step,
    code: Code,
    message: str,
    *,
    severity: Severity = Severity.ERROR,
    causes: tuple[str, ...] = (),
    hints: tuple[str, ...] = (),
) -> Diagnostic:
    label = Label(step.span) if step.span else None
    return Diagnostic(
        code=code, message=message, severity=severity, primary=label, causes=causes, hints=hints
    )


CACHE_UNUSABLE = "the cache cannot be used"
"""Why a step runs then."""


def trouble_reason(error: Exception) -> str:
    """Return in words what went wrong with the cache."""
    return system_reason(error) if isinstance(error, OSError) else str(error)


def cache_unusable(reason: str) -> Diagnostic:
    """Return the message that no results are looked up, from here on."""
    return Diagnostic(
        code=CACHE_TROUBLE,
        message=f"{CACHE_UNUSABLE}, so every step runs: {reason}",
        severity=Severity.WARNING,
        hints=("`wfopt cache verify` looks for damage; `--cache off` does without it",),
    )


def cache_not_written(reason: str) -> Diagnostic:
    """Return the message that no results are stored, from here on."""
    return Diagnostic(
        code=CACHE_TROUBLE,
        message=f"results are not stored any more in this run: {reason}",
        severity=Severity.WARNING,
        hints=("`wfopt cache gc` makes room in the cache; `--cache-dir` names another place",),
    )


def cache_set_aside(what: str) -> Diagnostic:
    """Return the message that something damaged was moved out of the way."""
    return Diagnostic(
        code=CACHE_TROUBLE,
        message=f"a damaged part of the cache was set aside: {what}",
        severity=Severity.WARNING,
        hints=("steps whose results were in it run again; nothing else is lost",),
    )


def not_stored(step: Step, reason: str) -> Diagnostic:
    """Return the message that the result of a step that ended well is not kept."""
    return _about(
        step,
        NOT_STORED,
        f"the result of step `{step.id}` is not kept, so it will run again: {reason}",
        severity=Severity.NOTE,
    )
