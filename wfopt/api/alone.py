"""Runs one step by itself, in a workspace of its own, with everything around it as in a real run."""

from __future__ import annotations

import os
from collections.abc import Mapping

from wfopt.api.emitting import Emitter
from wfopt.cache.lookup import Ticket
from wfopt.cache.publish import Done
from wfopt.dataclass import dataclass, field, replace
from wfopt.engine.admission import queue_of
from wfopt.engine.clock import Clock
from wfopt.engine.launch import Launcher
from wfopt.engine.locking import with_held
from wfopt.engine.logs import LogSink
from wfopt.engine.loop import Loop
from wfopt.engine.masked import MaskedEvents
from wfopt.engine.masking import Masker
from wfopt.engine.outputs import OutputFolder
from wfopt.engine.plan import Plan
from wfopt.engine.reuse import Hit, Miss
from wfopt.engine.runner import Runner
from wfopt.engine.stopping import Stop
from wfopt.engine.world import Collaborators
from wfopt.errors import Diagnostic
from wfopt.events import Event, Noticed, StepFinished
from wfopt.model.expressions import Value
from wfopt.model.outcome import StepOutcome
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import NO_RETRIES, Step, Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo

WHY = "to see whether it makes the same result"
"""Why a step runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What steps that run by themselves share.

    Attributes:
        workflow: what they belong to.
        capacity: what a run may use.
        runner: starts the processes.
        clock: tells the time.
        stop: whether everything is to end.
        masker: knows the secrets.
        held: the workspaces that the runs around this process hold, separated as in `PATH`.
        run_id: what the steps are told as the name of the run.
    """

    workflow: Workflow
    capacity: Capacity
    runner: Runner
    clock: Clock
    stop: Stop
    masker: Masker
    held: str
    run_id: str

    def launcher(self, workspace: str, run_folder: str) -> Launcher:
        """Return what makes launches in a workspace."""
        return Launcher(
            workspace=workspace,
            run_folder=run_folder,
            run_id=self.run_id,
            cpu_milli=self.capacity.cpu_milli,
            masker=self.masker,
            secrets=self.workflow.secrets,
            held=with_held(workspace, self.held),
        )


@dataclass(slots=True)
class Alone:
    """What became of a step.

    Attributes:
        ticket: what makes the loop hand its result over.
        outcome: how it ended.
        done: its result, or None if it did not end well.
        notices: what was noticed.
    """

    ticket: Ticket
    outcome: StepOutcome | None = None
    done: Done | None = None
    notices: list[Diagnostic] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepFinished):
            self.outcome = event.outcome
        elif isinstance(event, Noticed):
            self.notices.append(event.diagnostic)

    def find_quickly(self, step: Step) -> Hit | None:  # noqa: ARG002 - as `Reuse`
        """Find nothing."""
        return None

    def surely_runs(self, step: Step) -> Miss | None:  # noqa: ARG002 - as `Reuse`
        """Say that its result is wanted."""
        return None

    def find(self, step: Step, resolved: Resolved, *, alone: bool) -> Hit | Miss:  # noqa: ARG002 - as `Reuse`
        """Say that the step has to run."""
        return Miss(reason=WHY, ticket=self.ticket)

    def keep(self, step: Step, ticket: Ticket, done: Done) -> str:  # noqa: ARG002 - as `Reuse`
        """Take the result over instead of storing it."""
        self.done = done
        return ""

    def forget(self, step: Step) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def run_alone(
    step: Step, ticket: Ticket, contexts: Mapping[str, Value], folder: str, setting: Setting
) -> Alone:
    """Run a step once, in the folder `work` of `folder`; what it prints goes to the folder `run` beside it.

    That outputs are missing is no failure here.

    Args:
        step: the step.
        ticket: its key and what that was made of.
        contexts: what its expressions know.
        folder: the absolute path of the folder.
        setting: what is around it.

    Raises:
        FaultError: as `Loop.run`.
    """
    alone, workspace, run_folder = Alone(ticket), os.path.join(folder, "work"), os.path.join(folder, "run")
    workflow = Workflow(name=setting.workflow.name, steps=(as_alone(step),))
    logs, zero = LogSink(run_folder), setting.clock.now()
    emit = Emitter(workflow, MaskedEvents(setting.masker), logs, alone, lambda _: None)
    aside = os.path.join(run_folder, "aside")
    plan = Plan(workflow)
    loop = Loop(
        plan=plan,
        queue=queue_of(plan, replace(setting.capacity, slots=1, memory_bytes=None), Fifo()),
        world=Collaborators(
            runner=setting.runner,
            clock=setting.clock,
            zero=zero,
            emit=emit,
            launcher=setting.launcher(workspace, run_folder),
            outputs=OutputFolder(workspace, aside, aside, aside),
            stop=setting.stop,
            # Only retries ask for it, and there are none.
            chance=lambda: 0.0,
            printed=emit.printed,
        ),
        reuse=alone,
        contexts=lambda: contexts,
    )
    try:
        loop.run()
    finally:
        logs.close()
    return alone


def as_alone(step: Step) -> Step:
    """Return a step as it runs by itself: once, whatever is around it, with no output kept or missed."""
    outputs = None
    if step.outputs is not None:
        outputs = tuple(replace(each, optional=True, store=False) for each in step.outputs)
    return replace(
        step,
        needs=None,
        condition=None,
        group=None,
        retries=NO_RETRIES,
        allow_failure=False,
        rollback=None,
        outputs=outputs,
    )
