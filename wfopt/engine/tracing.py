"""Traces the steps of a run: wraps their commands, and reads the logs when they have ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from wfopt.codes import NOT_TRACED
from wfopt.dataclass import dataclass, field, replace
from wfopt.engine.masking import Masker
from wfopt.engine.outputs import file_name
from wfopt.engine.runner import Launch
from wfopt.engine.spawning.launching import StartError, find_program
from wfopt.errors import Diagnostic, Severity
from wfopt.model.effects import Effects, Traced
from wfopt.model.outcome import StepOutcome, StepStatus
from wfopt.model.workflow import Step, StepId
from wfopt.tracing.disk import Disk
from wfopt.tracing.effects import RIGHTS, Ground, effects_of
from wfopt.tracing.parse import CUT_OFF, parse
from wfopt.tracing.strace import Strace, disturbed

SECRET = "a secret in a path"  # noqa: S105 - it says so, and is none

_STRICT = frozenset({"cpu-time", "file-size", "open-files", "pids"})
"""Limits that would hold the tracer as well, which ends if it exceeds one."""

Notice = Callable[[Step, Diagnostic], None]


@dataclass(slots=True, kw_only=True)
class Tracer:
    """Traces steps; trouble with it is told, and changes nothing about the run.

    Attributes:
        strace: the program.
        ground: where the steps work.
        environ: the environment that steps start from.
        masker: knows the secrets.
        fingerprints: for each step that is to be traced, what the trace will be evidence for.
        folder: where logs are written.
        found: what was seen, by step; of the last attempt that ended well.
        untraced: why some steps are not traced.
    """

    strace: Strace
    ground: Ground
    environ: Mapping[str, str]
    masker: Masker
    fingerprints: Mapping[StepId, str]
    folder: str
    found: dict[StepId, Traced] = field(default_factory=dict)
    untraced: dict[StepId, str] = field(default_factory=dict)
    _started_in: dict[StepId, str] = field(default_factory=dict)

    def wrapped(self, step: Step, launch: Launch) -> Launch:
        """Return the launch that runs a step under the tracer; the same one if that is not possible."""
        self._started_in.pop(step.id, None)
        if step.id not in self.fingerprints:
            return launch
        environ = {**self.environ, **launch.env}
        path = environ.get("PATH") or os.defpath
        why = _hindrance(launch, path)
        if why:
            self.untraced[step.id] = why
            return launch
        self._started_in[step.id] = launch.cwd
        return replace(launch, argv=self.strace.command(launch.argv, self._log(step)))

    def take(self, step: Step, outcome: StepOutcome, notice: Notice) -> None:
        """Read what was written about a step that has ended, and delete it."""
        start = self._started_in.pop(step.id, None)
        if start is None:
            return
        log = self._log(step)
        try:
            effects = self._effects(log, start)
        except OSError as error:
            effects = Effects(taints=frozenset({f"its log cannot be read: {error.strerror or error}"}))
        with suppress(OSError):
            os.unlink(log)
        if outcome.status is StepStatus.SUCCEEDED:
            print_ = self.fingerprints[step.id]
            self.found[step.id] = Traced(step=step.id, fingerprint=print_, effects=effects)
        elif outcome.status is StepStatus.FAILED and (why := _suspicion(effects)):
            notice(step, _about(step, why))

    def _effects(self, log: str, start: str) -> Effects:
        with open(log, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            seen = parse(file, start)
        effects = effects_of(seen, self.ground, Disk())
        # No path has a NUL character in it, so none is made or hidden by joining.
        if self.masker.hides("\0".join(effects.reads | effects.absent | effects.lists | effects.writes)):
            return Effects(taints=effects.taints | {SECRET})
        return effects

    def _log(self, step: Step) -> str:
        return f"{self.folder}/{file_name(step.id)}.trace"


def _hindrance(launch: Launch, path: str) -> str:
    """Return why a step cannot be traced, or ""."""
    if launch.interactive:
        return "it takes the terminal for itself"
    if launch.service:
        return "it goes on in the background"
    held: Collection[str] = _STRICT & launch.limits.keys()
    if held:
        return f"its limit `{min(held)}` would hold the tracer as well"
    try:
        find_program(os.fsencode(launch.argv[0]), os.fsencode(path))
    except (StartError, ValueError):
        return "its program is not there"
    return disturbed(" ".join(launch.argv), path)


def _suspicion(effects: Effects) -> str:
    """Return how tracing may have made a step fail, or ""."""
    if RIGHTS in effects.taints:
        return "it ran a program with rights of its own, which has none while it is traced"
    if CUT_OFF in effects.taints:
        return "the tracer ended before it did"
    return ""


def _about(step: Step, why: str) -> Diagnostic:
    return Diagnostic(
        code=NOT_TRACED,
        message=f"step `{step.id}` may have failed because it was traced",
        severity=Severity.WARNING,
        causes=(why,),
        hints=("run it without `--trace` to see",),
    )
