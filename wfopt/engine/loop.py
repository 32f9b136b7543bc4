"""The loop of a run: start what may start, reap what ended, repeat."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping

from wfopt.dataclass import dataclass, field, replace
from wfopt.engine import failures
from wfopt.engine.attempts import Attempt, is_allowed, is_worth_another, wait_before_next
from wfopt.engine.following import Followers
from wfopt.engine.limits import ran_out_of_memory, with_more_memory
from wfopt.engine.observing import Standing
from wfopt.engine.outputs import Known
from wfopt.engine.plan import Changes, Plan, State
from wfopt.engine.queue import Queue, Retry
from wfopt.engine.reaping import result_of
from wfopt.engine.reuse import Hit, Miss, Reuse
from wfopt.engine.runner import Ended, News, Output, ServiceEnded
from wfopt.engine.world import Collaborators
from wfopt.errors import FaultError
from wfopt.events import (
    Noticed,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
    StepUndone,
)
from wfopt.model.expressions import ExpressionError, Value
from wfopt.model.outcome import StepOutcome, StepStatus
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import Step, StepId

GRACE_S = 10.0
"""Seconds between asking a process tree to end and ending it."""

_HITS_AT_ONCE = 256
"""After so many results it is asked whether the run is to stop."""


@dataclass(slots=True)
class Loop:
    """The steps of one graph, run to their ends.

    Attributes:
        plan: which steps wait, run, or are over.
        queue: who waits for room or time, and what is free.
        world: everything outside.
        reuse: results of earlier runs.
        contexts: what expressions know; the plan's own if None.
    """

    plan: Plan
    queue: Queue
    world: Collaborators
    reuse: Reuse
    contexts: Callable[[], Mapping[str, Value]] | None = None
    _running: dict[StepId, Attempt] = field(default_factory=dict)
    _nodes: dict[StepId, int] = field(default_factory=dict)
    _followers: Followers = field(init=False)
    _grown: dict[StepId, Step] = field(default_factory=dict)
    # The steps that wrote something, which may have to be taken back.
    _touched: dict[StepId, Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._followers = Followers(self.plan, self.world, self.reuse)

    def run(self) -> None:
        """Run everything.

        Raises:
            StrategyError: the strategy picked what may not start.
            FaultError: steps are left that can never start.
            SpawnerError: the runner's process is gone.
        """
        self._nodes = {step.id: node for node, step in enumerate(self.plan.workflow.steps)}
        self._apply(self.plan.begin())
        while self.plan.left:
            self._start_what_fits()
            if not self.plan.left:
                break
            if not self._running and not self.queue.retries:
                raise FaultError("steps are left, but none runs and none may start")
            # Only what still waits now waits for room.
            if self.world.observer is not None and self._running:
                self.world.observer.observe(self.world.at(), self._standing)
            for news in self.world.wait(self._patience()):
                self._hear(news)
            if self.world.stop.listen():
                self._stop()
            self._enforce_deadlines()

    def _standing(self) -> Standing:
        """Return how the run stands."""
        return Standing(
            alive=self.world.runner.alive(),
            started_at={name: attempt.started_s for name, attempt in self._running.items()},
            waiting=self.queue.held_up,
        )

    def _hear(self, news: News) -> None:
        if isinstance(news, Output):
            attempt = self._running.get(news.step)
            if news.captured and attempt is not None:
                attempt.capture(news.data)
                step = self._step(news.step)
                if step.capture in step.secrets:
                    return
            self.world.emit(StepOutput(at=self.world.at(), step=news.step, data=news.data))
        elif isinstance(news, ServiceEnded):
            self.world.services.discard(news.step)
            self.world.emit(
                Noticed(at=self.world.at(), step=news.step, diagnostic=failures.service_ended(news.step))
            )
        else:
            self._reap(self._step(news.step), news)

    def _step(self, name: StepId) -> Step:
        return self._grown.get(name) or self.plan.workflow.steps[self._nodes[name]]

    def _apply(self, changes: Changes) -> None:
        """Take over what follows from an event: who is ready, who will not run.

        What can be seen at a glance to be up to date ends here and now, and needs no room.
        """
        self._tell(changes)
        ready, waiting, taken = list(changes.ready), list[int](), 0
        # It grows while it is walked: what ends here makes others ready.
        for node in ready:
            step = self.plan.workflow.steps[node]
            if self.plan.states[node] is not State.READY:
                continue
            hit = self.reuse.find_quickly(step)
            if hit is None:
                waiting.append(node)
                continue
            self.plan.start(node)
            self._replay(step, hit)
            further = self.plan.finish(node, hit.outcome.status, values=hit.values)
            self._tell(further)
            ready += further.ready
            taken += 1
            if taken % _HITS_AT_ONCE == 0 and self.world.stop.listen():
                self._stop()
        left = [node for node in waiting if self.plan.states[node] is State.READY]
        if left:
            self.queue.add(left, self.world.clock.now())

    def _tell(self, changes: Changes) -> None:
        """Tell who will not run, and why."""
        if not changes.over:
            return
        for verdict in changes.over:
            step = self.plan.workflow.steps[verdict.node]
            if verdict.fault is not None:
                self.world.notice(
                    step, failures.bad_expression(step, verdict.reason, verdict.fault.hint, "if")
                )
            kind = StepSkipped if verdict.status is StepStatus.SKIPPED else StepCancelled
            self.world.emit(kind(at=self.world.at(), step=step.id, reason=verdict.reason))
        self.queue.discard({verdict.node for verdict in changes.over})

    def _start_what_fits(self) -> None:
        if self.queue.retries:
            self.queue.wake(self.world.clock.now())
        while picked := self.queue.start(self.world.clock.now()):
            for node in picked:
                self._start(node)

    def _start(self, node: int) -> None:
        step, retry = self.plan.workflow.steps[node], self.queue.retry_of(node)
        if retry is None and self.plan.states[node] is not State.READY:
            # One picked together with it could not be started, which cancelled this one.
            self._give_back(node, typical=False)
            return
        if retry is None:
            self.plan.start(node)
        else:
            step = self._step(step.id)
        try:
            resolved = self.world.launcher.resolve(step, self._contexts(step))
        except ExpressionError as error:
            reason = f"{error.message}; {error.hint}" if error.hint else error.message
            self._begin(step, Miss(reason=""), retry)
            self._end(step, StepOutcome(status=StepStatus.FAILED, reason=reason))
            return
        if retry is not None:
            self._run(step, resolved, retry.miss, retry)
            return
        found = self.reuse.find(step, resolved, alone=not self._running)
        if isinstance(found, Hit):
            self._give_back(node, typical=False)
            self._replay(step, found)
            self._apply(self.plan.finish(node, found.outcome.status, values=found.values))
        else:
            self._run(step, resolved, found, None)

    def _replay(self, step: Step, hit: Hit) -> None:
        """Tell that a step need not run, and what it printed when it did."""
        if hit.outcome.cache is not None and hit.outcome.cache.restored_files:
            self._touched[step.id] = {}
        for data in hit.log:
            self.world.emit(StepOutput(at=self.world.at(), step=step.id, data=data, replayed=True))
        self.world.emit(StepFinished(at=self.world.at(), step=step.id, outcome=hit.outcome))

    def _begin(self, step: Step, miss: Miss, retry: Retry | None) -> Attempt:
        number = 1 if retry is None else retry.attempt
        now = self.world.clock.now()
        return self._note_start(step, miss, number, now, now - self.queue.since(self._nodes[step.id]))

    def _note_start(self, step: Step, miss: Miss, number: int, now: float, waited_s: float) -> Attempt:
        """Take an attempt into the books that starts, or has started, at a moment on the clock."""
        deadline = None if step.timeout_s is None else now + step.timeout_s
        captured = bytearray() if step.capture else None
        at = now - self.world.zero
        attempt = Attempt(number, deadline, captured=captured, miss=miss, started_s=at)
        self._running[step.id] = attempt
        self.world.emit(
            StepStarted(
                at=at,
                step=step.id,
                reason=miss.reason,
                attempt=number,
                waited_s=max(0.0, waited_s),
                input_bytes=self.world.measure(step, miss),
                sizes=self.world.count(step) if step.sizes else {},
            )
        )
        return attempt

    def _run(self, step: Step, resolved: Resolved, miss: Miss, retry: Retry | None) -> None:
        attempt = self._begin(step, miss, retry)
        try:
            attempt.known = self.world.outputs.make_room(step, miss.ours)
            launch = self.world.launcher.launch(step, resolved)
        except OSError as error:
            self.world.launcher.tidy(step)
            reason = failures.system_reason(error)
            self._end(step, StepOutcome(status=StepStatus.FAILED, reason=reason))
        else:
            self.world.runner.start(launch, self._followers.line_up(self._nodes[step.id]))

    def _contexts(self, step: Step) -> Mapping[str, Value]:
        """Return what the step's expressions may ask for; putting it together costs, so only if one does."""
        if step.session and self.plan.contexts_of is not None:
            return self.plan.contexts_of(step)
        late = any(mention.startswith(("needs.", "failed.")) for mention in step.references)
        return self._known() if late else {}

    def _asked(self, step: Step) -> Mapping[str, Value]:
        known = self.plan.contexts_of
        return known(step) if step.session and known is not None else self._known()

    def _known(self) -> Mapping[str, Value]:
        return self.plan.contexts() if self.contexts is None else self.contexts()

    def _patience(self) -> float | None:
        """Return the seconds until the next deadline or retry, or None."""
        moments = [attempt.deadline for attempt in self._running.values()]
        moments.append(self.queue.next_due())
        if self.world.observer is not None and self._running:
            moments.append(self.world.zero + self.world.observer.due)
        nearest = min((moment for moment in moments if moment is not None), default=None)
        return None if nearest is None else max(0.0, nearest - self.world.clock.now())

    def _reap(self, step: Step, ended: Ended) -> None:
        attempt, node = self._running[step.id], self._nodes[step.id]
        if ended.next_at is not None:
            # It had ended by itself, and what was asked of it meanwhile came too late.
            attempt.stopping = attempt.timed_out = False
        elif self._followers:
            self._tell(self._followers.withdraw(node))
        outcome, values = result_of(step, attempt, ended, self.world, self.reuse)
        if ended.next_at is not None:
            self._go_on(node, outcome, ended.next_at)
        elif is_worth_another(step.retries, attempt.number, outcome) and self.world.stop.number is None:
            self._try_again(step, attempt, outcome)
        else:
            self._end(step, outcome, values)

    def _go_on(self, node: int, outcome: StepOutcome, started_at: float) -> None:
        """Note the end of a step after which another one has started already."""
        step, follower = self.plan.workflow.steps[node], self._followers.take(node)
        del self._running[step.id]
        self.queue.pass_on(node, follower.node, self.world.clock.now())
        self.world.emit(StepFinished(at=self.world.at(), step=step.id, outcome=outcome))
        self.plan.start(follower.node)
        self._note_start(follower.step, follower.miss, 1, started_at, 0.0)
        if self.world.stop.number is not None:
            self._end_soon(follower.step.id)
        self._apply(self.plan.finish(node, outcome.status))

    def _try_again(self, step: Step, attempt: Attempt, outcome: StepOutcome) -> None:
        """Note the end of an attempt that another one will follow."""
        node = self._nodes[step.id]
        del self._running[step.id]
        self._give_back(node, typical=False)
        self._set_aside(step, attempt)
        if ran_out_of_memory(outcome):
            self._grown[step.id] = with_more_memory(step, lambda wanted: self.queue.grow(node, wanted))
        wait = wait_before_next(step.retries, attempt.number, self.world.chance)
        due = self.world.clock.now() + wait
        self.queue.put_back(
            node, Retry(due=due, attempt=attempt.number + 1, outcome=outcome, miss=attempt.miss)
        )
        self.world.emit(
            StepRetried(
                at=self.world.at(), step=step.id, attempt=attempt.number, outcome=outcome, delay_s=wait
            )
        )

    def _end(self, step: Step, outcome: StepOutcome, values: Mapping[str, str] | None = None) -> None:
        """Note the end of a step that was started, and go on from there."""
        node = self._nodes[step.id]
        attempt = self._running.pop(step.id, None)
        if attempt is not None:
            self._give_back(node, typical=outcome.status is StepStatus.SUCCEEDED)
        if outcome.status is StepStatus.FAILED:
            if self._followers:
                # They would start late if this failure ends the run.
                self.world.runner.forget_next()
            outcome = self._with_allowance(step, outcome)
        unfinished = outcome.status is StepStatus.CANCELLED or (
            outcome.status is StepStatus.FAILED and not outcome.allowed
        )
        if not unfinished and attempt is not None and self.plan.has_overtakers:
            self._touched[step.id] = attempt.known
        # After an attempt that waited for the next one this was done already.
        if unfinished and attempt is not None and outcome.usage is not None:
            self._set_aside(step, attempt)
        self.world.emit(StepFinished(at=self.world.at(), step=step.id, outcome=outcome))
        self._apply(self.plan.finish(node, outcome.status, allowed=outcome.allowed, values=values))

    def undo_overtakers(self) -> None:
        """Take back what steps did that overtook one which did not end well."""
        for node, reason in self.plan.undo():
            step = self.plan.workflow.steps[node]
            if step.outputs and step.id in self._touched:
                self._move_aside(step, self._touched[step.id])
            self.world.emit(StepUndone(at=self.world.at(), step=step.id, reason=reason))

    def _give_back(self, node: int, *, typical: bool) -> None:
        self.queue.end(node, self.world.clock.now(), typical=typical)

    def _with_allowance(self, step: Step, outcome: StepOutcome) -> StepOutcome:
        try:
            allowed = is_allowed(step, outcome, lambda: self._asked(step))
        except ExpressionError as error:
            self.world.notice(step, failures.bad_expression(step, error.message, error.hint, "allow-failure"))
            allowed = False
        return replace(outcome, allowed=allowed)

    def _set_aside(self, step: Step, attempt: Attempt) -> None:
        if step.outputs and not step.keep_on_failure:
            self._move_aside(step, attempt.known)

    def _move_aside(self, step: Step, known: Known) -> None:
        try:
            self.world.outputs.set_aside(step, known)
        except OSError as error:
            self.world.notice(step, failures.outputs_left(step, failures.system_reason(error)))

    def _stop(self) -> None:
        """Start nothing more and end what runs: with grace first, at once after a further signal."""
        if self._followers:
            self.world.runner.forget_next()
        name = signal.Signals(self.world.stop.number or 0).name
        if not self.plan.stopped.startswith(_STOPPED_BY):
            self._apply(self.plan.stop(f"{_STOPPED_BY} {name}"))
        for node, retry in self.queue.give_up_retries().items():
            step = self.plan.workflow.steps[node]
            self._end(step, replace(retry.outcome, status=StepStatus.CANCELLED, reason="the run was stopped"))
        for step_id in self._running:
            self._end_soon(step_id)

    def _end_soon(self, step: StepId) -> None:
        """End a step that runs, as the signals demand."""
        stop, attempt = self.world.stop, self._running[step]
        self.world.runner.stop(step, force=stop.forced)
        attempt.stopping = True
        attempt.deadline = None if stop.forced else self.world.clock.now() + GRACE_S

    def _enforce_deadlines(self) -> None:
        now = self.world.clock.now()
        for name, attempt in self._running.items():
            if attempt.deadline is None or now < attempt.deadline:
                continue
            force = attempt.stopping
            if not force:
                attempt.timed_out = attempt.stopping = True
            attempt.deadline = None if force else now + GRACE_S
            self.world.runner.stop(name, force=force)


_STOPPED_BY = "the run was stopped by"
