"""A whole run: the graph, then the hooks that its end calls for, then the end of its services.

After a failure come the rollbacks of the steps that had succeeded, the last one first, then `on-failure`,
then `finally`; after a signal or a good end only `finally`. A hook that fails is reported and changes
nothing. A signal ends the hook that runs; it drops rollbacks and `on-failure` steps that wait, but a
`finally` step only if it is the second one.
"""

from __future__ import annotations

from wfopt.dataclass import dataclass, field, replace
from wfopt.engine.admission import queue_of
from wfopt.engine.failures import signal_name
from wfopt.engine.loop import GRACE_S, Loop
from wfopt.engine.plan import Plan
from wfopt.engine.reuse import NoReuse
from wfopt.engine.runner import Output, ServiceEnded
from wfopt.engine.world import Collaborators
from wfopt.events import RunFinished, StepCancelled, StepOutput
from wfopt.model.outcome import RunStatus
from wfopt.model.workflow import Step, Workflow
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo


@dataclass(slots=True)
class Session:
    """Runs a graph and what goes around it.

    Attributes:
        graph: the loop of the steps.
        capacity: what there is, for the hooks, which run one at a time.
    """

    graph: Loop
    capacity: Capacity
    _world: Collaborators = field(init=False)

    def __post_init__(self) -> None:
        self._world = self.graph.world

    def run(self) -> None:
        """Run everything and say how it ended.

        Raises:
            FaultError: as `Loop.run`.
        """
        self.graph.run()
        self.graph.undo_overtakers()
        plan, stop, workflow = self.graph.plan, self._world.stop, self.graph.plan.workflow
        if plan.failed and stop.number is None:
            undone = (workflow.steps[node] for node in reversed(plan.succeeded))
            for step in undone:
                if step.rollback is not None:
                    self.graph.reuse.forget(step)
                    self._hook(step.rollback, "a later step failed", graceful_only=True)
            for hook in workflow.on_failure:
                self._hook(hook, "the run failed", graceful_only=True)
        for hook in workflow.finally_steps:
            self._hook(hook, "the run ends", graceful_only=False)
        if self._world.services:
            self._end_services()
        self.graph.reuse.close()
        self._world.emit(
            RunFinished(
                at=self._world.at(),
                status=self._status(),
                signal=stop.number,
                enforced_by=self._world.runner.enforcers(),
            )
        )

    def _status(self) -> RunStatus:
        if self._world.stop.number is not None:
            return RunStatus.CANCELLED
        return RunStatus.FAILED if self.graph.plan.failed else RunStatus.SUCCEEDED

    def _hook(self, hook: Step, reason: str, *, graceful_only: bool) -> None:
        """Run one hook, unless signals say that there is no time for it."""
        stop = self._world.stop
        stop.listen()
        if stop.forced or (graceful_only and stop.number is not None):
            why = f"the run was stopped by {signal_name(stop.number or 0)}"
            self._world.emit(StepCancelled(at=self._world.at(), step=hook.id, reason=why))
            return
        workflow = Workflow(name=self.graph.plan.workflow.name, steps=(hook,))
        # Nothing runs beside it.
        alone = replace(self.capacity, slots=1)
        plan = Plan(workflow)
        Loop(
            plan=plan,
            queue=queue_of(plan, alone, Fifo()),
            world=self._world,
            reuse=NoReuse(lambda _: reason),
            contexts=self.graph.plan.contexts,
        ).run()

    def _end_services(self) -> None:
        """Ask the services to end, and end them when their grace is over."""
        world = self._world
        deadline = world.clock.now() + GRACE_S
        forced = world.stop.forced
        self._tell(force=forced)
        while world.services:
            now = world.clock.now()
            if now >= deadline or (world.stop.listen() and not forced):
                if forced:
                    # Closing the runner leaves nothing behind.
                    return
                forced, deadline = True, now + GRACE_S
                self._tell(force=True)
            for news in world.wait(max(0.0, deadline - now)):
                if isinstance(news, Output):
                    world.emit(StepOutput(at=world.at(), step=news.step, data=news.data))
                elif isinstance(news, ServiceEnded):
                    world.services.discard(news.step)

    def _tell(self, *, force: bool) -> None:
        for service in sorted(self._world.services):
            self._world.runner.stop(service, force=force)
