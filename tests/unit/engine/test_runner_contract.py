"""What every runner promises, shown on the fake and on the real one."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.processes import (
    news_until_ended,
    output_of,
    shell,
    until_ended,
    until_output,
    until_service_ended,
)
from tests.support.runners import FakeClock, FakeRunner, Plan
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.runner import Alive, Ended, Launch, Output, Runner, ServiceEnded
from wfopt.model.workflow import StepId

Case = tuple[Runner, Callable[[str, Plan], Launch]]


def _script(plan: Plan) -> str:
    """Write a plan as a shell script."""
    lines = ["trap '' TERM"] if plan.ignores_term else []
    lines.append(f"printf '%s' '{plan.output.decode()}' >&2")
    lines.append(f"printf '%s' '{plan.stdout.decode()}'")
    if plan.serves:
        lines.append(f"sleep {1000 if plan.serves_for_s == math.inf else plan.serves_for_s} &")
    lines.append("exec sleep 1000" if plan.duration_s == math.inf else ":")
    lines.append(f"kill -{plan.signal} $$" if plan.signal else f"exit {plan.exit_code}")
    return "\n".join(lines)


@pytest.fixture(params=["fake", "local"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """A runner, and a function that makes launches which behave as planned on it."""
    if request.param == "fake":
        plans: dict[str, Plan] = {}
        fake = FakeRunner(FakeClock(), plans)

        def register(step: str, plan: Plan) -> Launch:
            plans[step] = plan
            return shell(step, "")

        yield fake, register
        return

    def write(step: str, plan: Plan) -> Launch:
        if plan.error is not None:
            return Launch(step=StepId(step), argv=("no-such-program",), cwd="/", env={})
        return shell(step, _script(plan))

    local = LocalRunner({"PATH": os.defpath}, SystemClock())
    yield local, write
    local.close()


FOREVER = Plan(duration_s=math.inf, output=b"ready")


@pytest.mark.parametrize(
    ("plan", "exit_code", "signal"),
    [(Plan(), 0, None), (Plan(exit_code=3), 3, None), (Plan(signal=9), None, 9)],
)
def test_tells_how_a_step_ended(case: Case, plan: Plan, exit_code: int | None, signal: int | None) -> None:
    runner, make = case
    runner.start(make("a", plan))
    ended = until_ended(runner, "a")["a"]
    assert (ended.exit_code, ended.signal, ended.error) == (exit_code, signal, None)
    assert ended.started_at <= ended.ended_at


def test_runs_steps_after_it_was_made_ready_and_before(case: Case) -> None:
    runner, make = case
    runner.make_ready()
    runner.start(make("a", Plan(exit_code=3)))
    runner.make_ready()
    assert until_ended(runner, "a")["a"].exit_code == 3


def test_may_be_made_ready_for_nothing(case: Case) -> None:
    runner, _ = case
    runner.make_ready()
    assert list(runner.wait(0)) == []
    assert runner.alive().leaders == {}


def test_hands_out_the_output_before_the_end(case: Case) -> None:
    runner, make = case
    runner.start(make("a", Plan(output=b"one two")))
    heard = news_until_ended(runner, "a")
    assert output_of(heard, "a") == b"one two"
    assert isinstance(heard[-1], Ended)


def test_reports_what_cannot_be_started(case: Case) -> None:
    runner, make = case
    runner.start(make("a", Plan(error="the program `no-such-program` is not on the PATH")))
    ended = until_ended(runner, "a")["a"]
    assert ended == Ended(step=StepId("a"), error="the program `no-such-program` is not on the PATH")


def test_waits_no_longer_than_asked(case: Case) -> None:
    runner, make = case
    runner.start(make("a", FOREVER))
    until_output(runner, "a", b"ready")
    assert list(runner.wait(0.001)) == []
    assert list(runner.wait(0)) == []


def test_runs_several_at_once(case: Case) -> None:
    runner, make = case
    for step in ("a", "b"):
        runner.start(make(step, FOREVER))
    runner.start(make("c", Plan(output=b"short", exit_code=1)))
    assert until_ended(runner, "c")["c"].exit_code == 1
    runner.stop(StepId("a"), force=True)
    runner.stop(StepId("b"), force=True)
    ended = until_ended(runner, "a", "b")
    assert {step: each.signal for step, each in ended.items()} == {"a": 9, "b": 9}


def test_asks_a_step_to_end(case: Case) -> None:
    runner, make = case
    runner.start(make("a", FOREVER))
    until_output(runner, "a", b"ready")
    runner.stop(StepId("a"), force=False)
    ended = until_ended(runner, "a")["a"]
    assert (ended.exit_code, ended.signal, ended.left_behind) == (None, 15, 0)


def test_ends_a_step_that_does_not_listen(case: Case) -> None:
    runner, make = case
    runner.start(make("a", Plan(duration_s=math.inf, output=b"ready", ignores_term=True)))
    until_output(runner, "a", b"ready")
    runner.stop(StepId("a"), force=False)
    assert list(runner.wait(0.02)) == []
    runner.stop(StepId("a"), force=True)
    assert until_ended(runner, "a")["a"].signal == 9


def test_can_run_a_step_again(case: Case) -> None:
    runner, make = case
    for code in (1, 0):
        runner.start(make("a", Plan(exit_code=code)))
        assert until_ended(runner, "a")["a"].exit_code == code


def test_stopping_what_does_not_run_does_nothing(case: Case) -> None:
    runner, make = case
    runner.stop(StepId("never"), force=True)
    runner.start(make("a", Plan()))
    until_ended(runner, "a")
    runner.stop(StepId("a"), force=False)
    assert list(runner.wait(0)) == []


def test_closes_although_something_runs(case: Case) -> None:
    runner, make = case
    runner.start(make("a", FOREVER))
    assert any(isinstance(news, Output) for news in runner.wait(20))
    runner.close()


def test_tells_stdout_apart_if_asked_to(case: Case) -> None:
    runner, make = case
    plan = Plan(output=b"seen", stdout=b"kept")
    runner.start(replace(make("a", plan), capture=True))
    runner.start(make("b", plan))
    heard = [news for news in news_until_ended(runner, "a", "b") if isinstance(news, Output)]
    assert sorted((each.data, each.captured) for each in heard if each.step == "a") == [
        (b"kept", True),
        (b"seen", False),
    ]
    assert not any(each.captured for each in heard if each.step == "b")


def _serve(case: Case, plan: Plan) -> Runner:
    """Start a service; return the runner when its step has ended."""
    runner, make = case
    runner.start(replace(make("a", plan), service=True))
    ended = until_ended(runner, "a")["a"]
    assert (ended.exit_code, ended.serving, ended.left_behind) == (0, True, 0)
    return runner


def test_a_service_goes_on_until_it_is_asked_to_end(case: Case) -> None:
    runner = _serve(case, Plan(serves=True))
    assert list(runner.wait(0.02)) == []
    runner.stop(StepId("a"), force=False)
    assert until_service_ended(runner, "a") == [ServiceEnded(StepId("a"))]
    runner.stop(StepId("a"), force=True)
    assert list(runner.wait(0)) == []


def test_a_service_that_does_not_listen_has_to_be_forced(case: Case) -> None:
    runner = _serve(case, Plan(serves=True, ignores_term=True))
    runner.stop(StepId("a"), force=False)
    assert list(runner.wait(0.02)) == []
    runner.stop(StepId("a"), force=True)
    until_service_ended(runner, "a")


def test_a_service_can_end_by_itself(case: Case) -> None:
    until_service_ended(_serve(case, Plan(serves=True, serves_for_s=0.02)), "a")


@pytest.mark.parametrize("plan", [Plan(), Plan(serves=True, exit_code=3), Plan(serves=True, signal=9)])
def test_what_leaves_nothing_or_fails_does_not_serve(case: Case, plan: Plan) -> None:
    runner, make = case
    runner.start(replace(make("a", plan), service=True))
    ended = until_ended(runner, "a")["a"]
    assert (ended.exit_code, ended.serving) == (None if plan.signal else plan.exit_code, False)
    assert list(runner.wait(0)) == []


def test_a_service_that_is_stopped_before_it_serves_does_not_serve(case: Case) -> None:
    runner, make = case
    runner.start(replace(make("a", FOREVER), service=True))
    until_output(runner, "a", b"ready")
    runner.stop(StepId("a"), force=False)
    assert not until_ended(runner, "a")["a"].serving


def test_closes_although_a_service_goes_on(case: Case) -> None:
    _serve(case, Plan(serves=True)).close()


def test_tells_where_the_processes_of_running_steps_hang(case: Case) -> None:
    runner, make = case
    assert runner.alive().leaders == {}
    for step in ("a", "b"):
        runner.start(make(step, FOREVER))
    runner.start(make("c", Plan()))
    until_ended(runner, "c")
    for step in ("a", "b"):
        until_running(runner, step)
    alive = runner.alive()
    assert set(alive.leaders) == {"a", "b"}
    assert len({*alive.leaders.values(), alive.spawner}) == 3
    runner.stop(StepId("a"), force=True)
    until_ended(runner, "a")
    assert runner.alive() == Alive({StepId("b"): alive.leaders[StepId("b")]}, alive.spawner)


def test_each_attempt_has_another_first_process(case: Case) -> None:
    runner, make = case
    leaders = []
    for _ in range(2):
        runner.start(make("a", FOREVER))
        until_running(runner, "a")
        leaders.append(runner.alive().leaders[StepId("a")])
        runner.stop(StepId("a"), force=True)
        until_ended(runner, "a")
    assert leaders[0] != leaders[1]
    assert runner.alive().leaders == {}


def until_running(runner: Runner, step: str) -> None:
    """Wait until the first process of a step is known."""
    for _ in range(1000):
        if StepId(step) in runner.alive().leaders:
            return
        runner.wait(0.01)
    raise AssertionError(f"`{step}` never ran")


def test_starts_others_right_after_a_launch(case: Case) -> None:
    runner, make = case
    first, *then = [make(name, Plan(output=name.encode())) for name in "abc"]
    runner.start(first, then)
    heard = news_until_ended(runner, "a", "b", "c")
    ended = [news for news in heard if isinstance(news, Ended)]
    assert [each.step for each in ended] == ["a", "b", "c"]
    assert [each.next_at for each in ended] == [ended[1].started_at, ended[2].started_at, None]
    assert all(one.ended_at <= two.started_at for one, two in pairwise(ended))
    order = [news.step for news in heard]
    assert order == sorted(order)
    assert [output_of(heard, name) for name in "abc"] == [b"a", b"b", b"c"]


@pytest.mark.parametrize(
    "plan",
    [Plan(exit_code=1), Plan(signal=9), Plan(error="the program `no-such-program` is not on the PATH")],
)
def test_starts_nothing_after_a_bad_end(case: Case, plan: Plan) -> None:
    runner, make = case
    runner.start(make("a", plan), [make("b", Plan()), make("c", Plan())])
    assert until_ended(runner, "a")["a"].next_at is None
    runner.start(make("b", Plan()))
    assert until_ended(runner, "b")["b"].exit_code == 0


def test_starts_nothing_where_something_stands_in_the_way(case: Case, tmp_path: Path) -> None:
    runner, make = case
    (tmp_path / "there").touch()
    then = [replace(make("b", Plan()), unless=str(tmp_path / "there")), make("c", Plan())]
    runner.start(make("a", Plan()), then)
    assert until_ended(runner, "a")["a"].next_at is None
    runner.start(make("b", Plan()), [replace(make("c", Plan()), unless=str(tmp_path / "not"))])
    ended = until_ended(runner, "b", "c")
    assert ended["b"].next_at == ended["c"].started_at


def test_starts_nothing_by_itself_that_cannot_be_started(case: Case) -> None:
    runner, make = case
    bad = make("b", Plan(error="the program `no-such-program` is not on the PATH"))
    runner.start(make("a", Plan()), [bad, make("c", Plan())])
    assert until_ended(runner, "a")["a"].next_at is None


@pytest.mark.parametrize("how", ["forgotten", "stopped", "another one fails"])
def test_starts_nothing_after_it_was_called_off(case: Case, how: str) -> None:
    runner, make = case
    runner.start(make("a", Plan(duration_s=math.inf, output=b"ready")), [make("b", Plan())])
    until_output(runner, "a", b"ready")
    if how == "forgotten":
        runner.forget_next()
    elif how == "another one fails":
        runner.start(make("bad", Plan(exit_code=1)))
        until_ended(runner, "bad")
    runner.stop(StepId("a"), force=True)
    assert until_ended(runner, "a")["a"].next_at is None


def test_closes_although_others_were_to_follow(case: Case) -> None:
    runner, make = case
    runner.start(make("a", FOREVER), [make("b", Plan()), make("c", Plan())])
    until_output(runner, "a", b"ready")
    runner.close()
