"""A clock and a runner for tests of whatever runs steps: time passes only while somebody waits."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wfopt.engine.runner import Alive, Ended, Launch, News, Output, ServiceEnded
from wfopt.model.outcome import Enforcer, LimitHit
from wfopt.model.workflow import StepId

_TERM = 15
_KILL = 9


class FakeClock:
    """Shows the time it was set to.

    Attributes:
        epoch: what `wall` says when `now` is 0, in seconds since the epoch.
    """

    def __init__(self, now: float = 0.0, epoch: float = 1_700_000_000.0) -> None:
        self.epoch = epoch
        self._now = now

    def now(self) -> float:
        return self._now

    def wall(self) -> float:
        return self.epoch + self._now

    def advance(self, seconds: float) -> None:
        assert seconds >= 0, "time does not go back"
        self._now += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of a launch.

    Attributes:
        duration_s: how long it runs; `math.inf` until it is stopped.
        output: what it writes, right at its start.
        stdout: what it writes after that, which is told apart if the launch says so.
        exit_code: how it ends, unless a signal ends it.
        signal: the signal that ends it, or None.
        error: why it cannot be started, or None; then nothing else counts.
        serves: whether it goes on in the background, if the launch is a service that ends well by itself.
        serves_for_s: how long it does; `math.inf` until it is stopped.
        ignores_term: whether only a forced stop ends it.
        ends_first: whether it has just ended by itself when anything is called off.
        action: called when it ends by itself, to write its outputs for instance.
        cpu_s: what the report says.
        peak_memory_bytes: what the report says.
        left_behind: what the report says.
        output_held: what the report says.
        limit: the limit that it exceeds when it ends by itself, or None.
    """

    duration_s: float = 1.0
    output: bytes = b""
    stdout: bytes = b""
    exit_code: int = 0
    signal: int | None = None
    error: str | None = None
    serves: bool = False
    serves_for_s: float = math.inf
    ignores_term: bool = False
    ends_first: bool = False
    action: Callable[[], None] | None = None
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    left_behind: int = 0
    output_held: bool = False
    limit: LimitHit | None = None


@dataclass(frozen=True, slots=True)
class _Running:
    plan: Plan
    launch: Launch
    started_at: float

    @property
    def ends_at(self) -> float:
        return self.started_at + self.plan.duration_s


@dataclass(frozen=True, slots=True)
class _Serving:
    plan: Plan
    since: float

    @property
    def ends_at(self) -> float:
        return self.since + self.plan.serves_for_s


@dataclass(slots=True)
class FakeRunner:
    """A runner of plans.

    Attributes:
        clock: advanced by `wait` to the next thing that happens.
        plans: by step id, what becomes of its launches; of several plans each launch takes the next, and
            the last one stands for all that follow.
        default: the plan of every other step.
        launches: all launches in the order of their start.
        stops: the step and `force` of every call of `stop`, in order.
        most_at_once: how many ran at the same time, at most.
        winding_down: whether `wind_down` was called.
        closed: whether `close` was called.
        enforced_by: who sees to limits.
        lined_up: the steps that were to start right after others, in order.
        handed_on: those of them that did.
        forgotten: how often `forget_next` was called.
    """

    clock: FakeClock
    plans: Mapping[str, Plan | Sequence[Plan]] = field(default_factory=dict)
    default: Plan = field(default_factory=Plan)
    launches: list[Launch] = field(default_factory=list)
    stops: list[tuple[StepId, bool]] = field(default_factory=list)
    most_at_once: int = 0
    winding_down: bool = False
    closed: bool = False
    enforced_by: Mapping[str, Enforcer] = field(default_factory=dict)
    lined_up: list[StepId] = field(default_factory=list)
    handed_on: list[StepId] = field(default_factory=list)
    forgotten: int = 0
    _next: dict[StepId, list[Launch]] = field(default_factory=dict)
    _running: dict[StepId, _Running] = field(default_factory=dict)
    _serving: dict[StepId, _Serving] = field(default_factory=dict)
    _news: list[News] = field(default_factory=list)
    _interruptions: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    @property
    def started(self) -> list[StepId]:
        """The ids of the launches, in order."""
        return [launch.step for launch in self.launches]

    @property
    def running(self) -> list[StepId]:
        """The steps that run now, in the order of their start."""
        return list(self._running)

    def enforcers(self) -> dict[str, Enforcer]:
        """See `Runner`."""
        return dict(self.enforced_by)

    def alive(self) -> Alive:
        """See `Runner`; pids count from 1000, in the order of the launches."""
        pids = {launch.step: 1000 + number for number, launch in enumerate(self.launches)}
        return Alive({step: pids[step] for step in self._running}, 999)

    @property
    def serving(self) -> list[StepId]:
        """The services that go on although their step has ended, in the order of its end."""
        return list(self._serving)

    def interrupt(self, at: float, action: Callable[[], None]) -> None:
        """Let `wait` come back at this time, as after a signal, once `action` was called."""
        self._interruptions.append((at, action))
        self._interruptions.sort(key=lambda each: each[0])

    def make_ready(self) -> None:
        assert not self.closed, "made ready after close"

    def forget_next(self) -> None:
        """See `Runner`."""
        self.forgotten += 1
        self._end_first()
        self._next.clear()

    def _end_first(self) -> None:
        for step in [step for step, running in self._running.items() if running.plan.ends_first]:
            self._end_by_itself(step)

    def start(self, launch: Launch, then: Sequence[Launch] = ()) -> None:
        if then:
            self._next[launch.step] = list(then)
            self.lined_up += [each.step for each in then]
        assert not self.closed, "started after close"
        assert launch.step not in self._running, f"{launch.step} runs already"
        plan = self._plan(launch.step)
        self.launches.append(launch)
        if plan.error is not None:
            self._next.clear()
            self._news.append(Ended(step=launch.step, error=plan.error))
            return
        self._running[launch.step] = _Running(plan, launch, self.clock.now())
        self.most_at_once = max(self.most_at_once, len(self._running))
        if plan.output:
            self._news.append(Output(launch.step, plan.output))
        if plan.stdout:
            self._news.append(Output(launch.step, plan.stdout, captured=launch.capture))

    def wait(self, timeout_s: float | None) -> Sequence[News]:
        if not self._news:
            self._advance(math.inf if timeout_s is None else self.clock.now() + timeout_s)
        news, self._news = self._news, []
        return news

    def stop(self, step: StepId, *, force: bool) -> None:
        self.stops.append((step, force))
        self._end_first()
        self._next.clear()
        if step in self._running and (force or not self._running[step].plan.ignores_term):
            self._end(step, exit_code=None, signal=_KILL if force else _TERM)
        elif step in self._serving and (force or not self._serving[step].plan.ignores_term):
            self._end_service(step)

    def wind_down(self) -> None:
        self.winding_down = True

    def close(self) -> None:
        self._running.clear()
        self._serving.clear()
        self.closed = True

    def _plan(self, step: StepId) -> Plan:
        plans = self.plans.get(step, self.default)
        if isinstance(plans, Plan):
            return plans
        return plans[min(self.started.count(step), len(plans) - 1)]

    def _advance(self, limit: float) -> None:
        lives: list[_Running | _Serving] = [*self._running.values(), *self._serving.values()]
        end = min((each.ends_at for each in lives), default=math.inf)
        interruption = self._interruptions[0][0] if self._interruptions else math.inf
        until = min(limit, end, interruption)
        assert until < math.inf, "this would wait for ever"
        self.clock.advance(max(0.0, until - self.clock.now()))
        if interruption <= until:
            self._interruptions.pop(0)[1]()
            return
        over = [step for step, serving in self._serving.items() if serving.ends_at <= self.clock.now()]
        for step in [step for step, running in self._running.items() if running.ends_at <= self.clock.now()]:
            self._end_by_itself(step)
        for step in over:
            self._end_service(step)

    def _end_by_itself(self, step: StepId) -> None:
        running = self._running[step]
        plan = running.plan
        if plan.action is not None:
            plan.action()
        serves = plan.serves and running.launch.service and plan.exit_code == 0 and plan.signal is None
        if serves:
            self._serving[step] = _Serving(plan, self.clock.now())
        self._end(step, exit_code=None if plan.signal else plan.exit_code, signal=plan.signal, serving=serves)

    def _end_service(self, step: StepId) -> None:
        del self._serving[step]
        self._news.append(ServiceEnded(step))

    def _end(self, step: StepId, *, exit_code: int | None, signal: int | None, serving: bool = False) -> None:
        running = self._running.pop(step)
        if exit_code != 0:
            self._next.clear()
        is_clean = exit_code == 0 and not serving and running.plan.limit is None
        then = self._next.pop(step, []) if is_clean and not running.plan.left_behind else []
        follows = (
            bool(then) and not os.path.lexists(then[0].unless) and self._plan(then[0].step).error is None
        )
        ended = Ended(
            step=step,
            exit_code=exit_code,
            signal=signal,
            started_at=running.started_at,
            ended_at=self.clock.now(),
            cpu_s=running.plan.cpu_s,
            peak_memory_bytes=running.plan.peak_memory_bytes,
            left_behind=running.plan.left_behind,
            output_held=running.plan.output_held,
            serving=serving,
            limit=running.plan.limit if signal is None or signal == running.plan.signal else None,
        )
        self._news.append(replace(ended, next_at=self.clock.now()) if follows else ended)
        if follows:
            self.handed_on.append(then[0].step)
            self.start(then[0])
            if then[1:]:
                self._next[then[0].step] = then[1:]
