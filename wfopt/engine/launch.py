"""From a step to the process that runs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Protocol

from wfopt.dataclass import dataclass, field
from wfopt.engine.limits import limits_of
from wfopt.engine.masking import Masker
from wfopt.engine.outputs import file_name
from wfopt.engine.runner import Launch
from wfopt.errors import Diagnostic
from wfopt.model.effects import Traced
from wfopt.model.expressions import Template, Value
from wfopt.model.outcome import StepOutcome
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import Argv, Opaque, Script, Step, StepId

LONGEST_ARGUMENT = 100_000
"""Bytes; the kernel refuses a single argument of 128 KiB, so a longer script goes through a file."""


class Wrapper(Protocol):
    """Runs steps under another program; see `wfopt.engine.tracing.Tracer`."""

    @property
    def found(self) -> Mapping[StepId, Traced]:
        """What was seen of steps that ended well."""

    @property
    def untraced(self) -> Mapping[StepId, str]:
        """Why nothing was seen of others."""

    def wrapped(self, step: Step, launch: Launch) -> Launch:
        """Return the launch that runs a step so."""

    def take(self, step: Step, outcome: StepOutcome, notice: Callable[[Step, Diagnostic], None]) -> None:
        """Take in what was found out about a step that has ended."""


class Exchange(Protocol):
    """What steps with a session tell each other; see `wfopt.engine.emulated.jobs.Jobs`."""

    def variables(self, step: Step) -> Mapping[str, str]:
        """Return the variables of a step, on top of those of the process."""

    def prepare(self, step: Step) -> None:
        """Make the files that a step expects."""

    def take(self, step: Step) -> Mapping[str, str]:
        """Take over what a step that has ended tells, and return the values that it hands on."""

    def tidy(self, step: Step) -> None:
        """Remove the files of a step."""

    def close(self) -> None:
        """Remove what was made for all steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """Makes launches for the steps of one run.

    Attributes:
        workspace: the absolute path of the workspace.
        run_folder: the absolute path of the run's folder.
        run_id: the run's name.
        cpu_milli: the cpu capacity, which a step's share is clamped to.
        masker: learns the secrets among the variables of a step.
        secrets: the variables that are secret in every step.
        held: the workspaces that this run and those around it hold, for wfopt inside of a step.
        jobs: what steps with a session tell each other, or None if there are no such steps.
        tracer: runs the steps under a program that sees what they touch, or None.
    """

    workspace: str
    run_folder: str
    run_id: str
    cpu_milli: int
    masker: Masker = field(default_factory=Masker)
    secrets: tuple[str, ...] = ()
    held: str = ""
    jobs: Exchange | None = None
    tracer: Wrapper | None = None
    _with_script: set[StepId] = field(default_factory=set, init=False, repr=False)

    def resolve(self, step: Step, contexts: Mapping[str, Value]) -> Resolved:
        """Return what a step comes to; `contexts` are what expressions know at this moment.

        Raises:
            ExpressionError: an expression has no value.
        """
        env: dict[str, str | None]
        if step.session and self.jobs is not None:
            env = {**self.jobs.variables(step)}
        else:
            env = {
                name: None if value is None else _text(value, contexts) for name, value in step.env.items()
            }
        for name in (*self.secrets, *step.secrets):
            self.masker.add(env.get(name) or "")
        env["WFOPT_RUN_ID"] = self.run_id
        env["WFOPT_STEP_ID"] = step.id
        env["WFOPT_HELD"] = self.held
        env["WFOPT_STEP_OUTPUT"] = self.values_path(step)
        cpus = min(step.request.cpu_milli, self.cpu_milli) / 1000
        env["WFOPT_STEP_CPUS"] = str(max(1, int(cpus)))
        if step.request.memory_bytes is not None:
            env["WFOPT_STEP_MEMORY"] = str(step.request.memory_bytes)
        run, extras = _command(step), step.cache.extras
        return Resolved(
            run=(
                tuple(_text(each, contexts) for each in run.args)
                if isinstance(run, Argv)
                else _text(run.text, contexts)
            ),
            env=env,
            extras=tuple((kind, _text(each, contexts)) for kind, each in extras) if extras else (),
        )

    def launch(self, step: Step, resolved: Resolved) -> Launch:
        """Return the process of a step.

        Raises:
            OSError: a long script cannot be written to the run's folder.
        """
        cwd = os.path.join(self.workspace, step.cwd) if step.cwd else self.workspace
        if step.session and self.jobs is not None:
            self.jobs.prepare(step)
        launch = Launch(
            step=step.id,
            argv=self._argv(step, resolved.run),
            cwd=cwd,
            env=resolved.env,
            capture=bool(step.capture),
            service="service" in (step.effects or ()),
            interactive=step.interactive,
            limits=limits_of(step, self.cpu_milli),
        )
        return launch if self.tracer is None else self.tracer.wrapped(step, launch)

    def values_path(self, step: Step) -> str:
        """Return the path of the file in which a step leaves values for later ones."""
        return f"{self.run_folder}/{file_name(step.id)}.values"

    def tidy(self, step: Step) -> None:
        """Remove what an attempt needed in the run's folder: a script or value may hold a secret."""
        _remove(self.values_path(step))
        if step.session and self.jobs is not None:
            self.jobs.tidy(step)
        if step.id in self._with_script:
            _remove(self._script_path(step))

    def _script_path(self, step: Step) -> str:
        return f"{self.run_folder}/{file_name(step.id)}.script"

    def _argv(self, step: Step, text: str | tuple[str, ...]) -> tuple[str, ...]:
        run = _command(step)
        if isinstance(text, tuple) or isinstance(run, Argv):
            return tuple(text)
        argv = run.shell.argv
        # One character may be four bytes.
        if len(text) * 4 <= LONGEST_ARGUMENT or len(os.fsencode(text)) <= LONGEST_ARGUMENT:
            return (*argv, text)
        path = self._script_path(step)
        self._with_script.add(step.id)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
        return (*(argv[:-1] if argv[-1] == "-c" else argv), path)


def _command(step: Step) -> Script | Argv:
    """Return what is run for a step; one that has nothing to run never gets here."""
    run = step.run.stand_in if isinstance(step.run, Opaque) else step.run
    if run is None:
        raise ValueError(f"`{step.id}` has nothing to run")
    return run


def _text(template: Template, contexts: Mapping[str, Value]) -> str:
    known = template.static
    return template.render(contexts, {}) if known is None else known


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        # There is hardly ever one.
        return
