"""A whole run: what happens around the graph, and in which order."""

import math
from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.runners import FakeRunner
from tests.support.runners import Plan as Script
from tests.support.runs import Recorded, run
from wfopt.codes import SERVICE_ENDED
from wfopt.dataclass import replace
from wfopt.engine.runner import Output
from wfopt.events import Noticed, RunFinished, StepOutput, StepStarted
from wfopt.formats.expressions import parse_condition, parse_template
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, RunStatus, StepStatus
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import Argv, Retries, Step, StepId, Workflow
from wfopt.resources.pool import Capacity

BAD, GOOD = Script(exit_code=1), Script()
ENDLESS = Script(duration_s=math.inf)
STUBBORN = Script(duration_s=math.inf, ignores_term=True)
SERVICE = frozenset({"service"})
TWO = Capacity(slots=2, cpu_milli=2000)


def undone(name: str, **changes: bool) -> Step:
    return step(name, rollback=step(f"rollback:{name}"), **changes)


def failing(*, services: bool = False) -> Workflow:
    """Return a workflow whose last step fails if told so, with every kind of hook."""
    first = step("a", rollback=step("rollback:a"), effects=SERVICE if services else None)
    return workflow(
        [first, undone("b"), undone("c")],
        [("a", "b"), ("b", "c")],
        on_failure=["on-failure:mail", "on-failure:log"],
        finally_steps=["finally:clean", "finally:bye"],
    )


def hooks(told: Recorded) -> list[str]:
    return [name for name in told.started if ":" in name]


AFTER_FAILURE = [
    "rollback:b",
    "rollback:a",
    "on-failure:mail",
    "on-failure:log",
    "finally:clean",
    "finally:bye",
]


def test_after_a_failure_everything_is_rolled_back_told_and_cleaned() -> None:
    told = run(failing(), {"c": BAD})
    assert hooks(told) == AFTER_FAILURE
    assert told.runner.most_at_once == 1
    assert told.end == RunFinished(at=9.0, status=RunStatus.FAILED)
    assert told.not_run == {}


def test_after_success_only_finally() -> None:
    told = run(failing())
    assert hooks(told) == ["finally:clean", "finally:bye"]
    assert told.end == RunFinished(at=5.0, status=RunStatus.SUCCEEDED)


def test_after_a_signal_only_finally() -> None:
    told = run(failing(), {"c": ENDLESS}, signals=[(2.5, 15)])
    assert hooks(told) == ["finally:clean", "finally:bye"]
    assert told.end == RunFinished(at=4.5, status=RunStatus.CANCELLED, signal=15)
    assert told.not_run == {}


def test_a_failure_before_a_signal_calls_for_no_rollback_either() -> None:
    steps = [undone("a"), undone("b"), "c"]
    scripts = {"b": Script(duration_s=2.0, exit_code=1), "c": ENDLESS}
    told = run(workflow(steps, finally_steps=["finally:x"]), scripts, capacity=TWO, signals=[(3.0, 2)])
    assert told.outcomes["b"].status is StepStatus.FAILED
    assert hooks(told) == ["finally:x"]


def test_hooks_say_why_they_run() -> None:
    told = run(failing(), {"c": BAD})
    reasons = [event.reason for event in told.events if isinstance(event, StepStarted) and ":" in event.step]
    assert reasons == ["a later step failed"] * 2 + ["the run failed"] * 2 + ["the run ends"] * 2


def test_rollbacks_go_in_the_reverse_order_of_completion() -> None:
    steps = [undone("slow"), undone("fast"), undone("last")]
    scripts = {"slow": Script(duration_s=3.0), "fast": GOOD, "last": Script(duration_s=5.0, exit_code=1)}
    told = run(workflow(steps), scripts, capacity=Capacity(slots=3, cpu_milli=3000))
    assert hooks(told) == ["rollback:slow", "rollback:fast"]


def test_what_did_not_succeed_is_not_rolled_back() -> None:
    steps = [
        undone("good"),
        undone("allowed", allow_failure=True),
        step("skipped", condition=parse_condition("false"), rollback=step("rollback:skipped")),
        undone("bad"),
        undone("after"),
    ]
    told = run(workflow(steps), {"allowed": BAD, "bad": BAD})
    assert hooks(told) == ["rollback:good"]
    assert told.not_run["after"] == "`bad` failed"


def test_keep_going_rolls_back_at_the_end() -> None:
    told = run(workflow([undone("a"), "b", undone("c")]), {"b": BAD}, keep_going=True)
    assert told.started == ["a", "b", "c", "rollback:c", "rollback:a"]


def test_allowed_failure_calls_for_nothing() -> None:
    steps = [undone("a"), step("b", allow_failure=True)]
    told = run(workflow(steps, on_failure=["on-failure:mail"]), {"b": BAD})
    assert hooks(told) == []


def test_without_steps_there_is_still_a_finally() -> None:
    told = run(workflow([], finally_steps=["finally:x"]))
    assert told.started == ["finally:x"]
    assert told.end.status is RunStatus.SUCCEEDED


@pytest.mark.parametrize("script", [BAD, Script(error="no such program"), Script(signal=9)])
@pytest.mark.parametrize(("last", "status"), [(BAD, RunStatus.FAILED), (GOOD, RunStatus.SUCCEEDED)])
def test_failed_hooks_change_nothing(script: Script, last: Script, status: RunStatus) -> None:
    scripts = {"c": last} | dict.fromkeys(AFTER_FAILURE, script)
    told = run(failing(), scripts)
    assert hooks(told) == (AFTER_FAILURE if last is BAD else AFTER_FAILURE[-2:])
    assert told.outcomes["finally:clean"].status is StepStatus.FAILED
    assert told.end.status is status
    assert told.end.signal is None


def test_a_hook_without_a_value_for_its_expression_fails_alone() -> None:
    late = Argv((parse_template("${{ needs.ghost.status }}"),))
    bad = step("finally:x", run=late, references=frozenset({"needs.ghost"}))
    told = run(workflow(["a"], finally_steps=[bad, "finally:y"]))
    assert told.outcomes["finally:x"].reason == "`needs` has no `ghost`; known: `a`"
    assert told.started == ["a", "finally:x", "finally:y"]
    assert told.end.status is RunStatus.SUCCEEDED


def test_hooks_know_what_failed_and_what_steps_left() -> None:
    tell = Argv((parse_template("${{ failed.ids }}/${{ needs.a.out.X }}/${{ needs.b.status }}"),))
    late = frozenset({"failed.ids", "needs.a", "needs.b"})
    kinds = [step(name, run=tell, references=late) for name in ("on-failure:mail", "finally:clean")]
    told = run(
        workflow([step("a", capture="X"), "b"], on_failure=kinds[:1], finally_steps=kinds[1:]),
        {"a": Script(stdout=b"1\n"), "b": BAD},
    )
    assert [launch.argv for launch in told.runner.launches[2:]] == [("b/1/failed",)] * 2


def test_hooks_are_tried_again_and_have_timeouts() -> None:
    slow = step("finally:x", timeout_s=2.0, retries=Retries(max=1, delay_s=4.0))
    told = run(workflow([], finally_steps=[slow]), {"finally:x": ENDLESS})
    assert told.attempts == [("finally:x", 1, 0.0), ("finally:x", 2, 6.0)]
    assert told.outcomes["finally:x"].reason == "timed out"
    assert told.end == RunFinished(at=8.0, status=RunStatus.SUCCEEDED)


def test_after_a_signal_hooks_are_not_tried_again() -> None:
    last = step("finally:x", retries=Retries(max=2))
    told = run(workflow("a", finally_steps=[last]), {"finally:x": BAD}, signals=[(0.5, 2)])
    assert told.started == ["a", "finally:x"]
    assert told.retried == []


def test_outputs_of_hooks_are_checked(tmp_path: Path) -> None:
    made = step("finally:x", outputs=(PathPattern("o"),))
    told = run(workflow([], finally_steps=[made]), folder=str(tmp_path))
    assert told.outcomes["finally:x"].reason == "its output `o` is missing"


def test_a_hook_gets_the_cpus_that_there_are() -> None:
    greedy = step("finally:x", cpu_milli=9000)
    told = run(workflow([], finally_steps=[greedy]), capacity=TWO)
    (launch,) = told.runner.launches
    assert launch.env["WFOPT_STEP_CPUS"] == "2"


def test_the_memory_of_a_hook_grows_up_to_what_there_is() -> None:
    growing = Retries(max=2, delay_s=0.0, memory_factor=4.0)
    big = step("finally:x", memory_bytes=100, retries=growing)
    limit = LimitHit(kind=LimitKind.MEMORY, limit=100, observed=150, enforced_by=Enforcer.WATCHDOG)
    told = run(
        workflow([], finally_steps=[big]),
        {"finally:x": Script(exit_code=0, limit=limit)},
        capacity=replace(TWO, memory_bytes=1000),
    )
    assert [launch.limits["memory"] for launch in told.runner.launches] == [100, 400, 1000]


@pytest.mark.parametrize(("script", "end"), [(ENDLESS, 3.5), (STUBBORN, 13.5)])
def test_signal_during_a_rollback_leaves_only_finally(script: Script, end: float) -> None:
    told = run(failing(), {"c": BAD, "rollback:b": script}, signals=[(3.5, 2)])
    assert hooks(told) == ["rollback:b", "finally:clean", "finally:bye"]
    assert told.outcomes["rollback:b"].status is StepStatus.CANCELLED
    assert told.not_run == dict.fromkeys(
        ["rollback:a", "on-failure:mail", "on-failure:log"], "the run was stopped by SIGINT"
    )
    assert told.end == RunFinished(at=end + 2.0, status=RunStatus.CANCELLED, signal=2)


def test_signal_during_on_failure_leaves_only_finally() -> None:
    told = run(failing(), {"c": BAD, "on-failure:mail": ENDLESS}, signals=[(5.5, 15)])
    assert list(told.not_run) == ["on-failure:log"]
    assert hooks(told)[-3:] == ["on-failure:mail", "finally:clean", "finally:bye"]


def test_signal_during_finally_ends_this_one_only() -> None:
    told = run(failing(), {"finally:clean": ENDLESS}, signals=[(3.5, 2)])
    assert told.outcomes["finally:clean"].status is StepStatus.CANCELLED
    assert told.outcomes["finally:bye"].status is StepStatus.SUCCEEDED
    assert told.end == RunFinished(at=4.5, status=RunStatus.CANCELLED, signal=2)


def test_second_signal_ends_everything_at_once() -> None:
    told = run(failing(), {"c": BAD, "rollback:b": STUBBORN}, signals=[(3.5, 2), (4.0, 2)])
    assert told.runner.stops == [("rollback:b", False), ("rollback:b", True)]
    assert hooks(told) == ["rollback:b"]
    assert list(told.not_run) == AFTER_FAILURE[1:]
    assert told.end == RunFinished(at=4.0, status=RunStatus.CANCELLED, signal=2)


def test_second_signal_during_finally_kills_it_and_drops_the_rest() -> None:
    told = run(failing(), {"b": ENDLESS, "finally:clean": STUBBORN}, signals=[(1.5, 15), (2.0, 2)])
    assert told.runner.stops == [("b", False), ("finally:clean", True)]
    assert told.not_run == {
        "c": "the run was stopped by SIGTERM",
        "finally:bye": "the run was stopped by SIGTERM",
    }
    assert told.end == RunFinished(at=2.0, status=RunStatus.CANCELLED, signal=15)


def test_two_signals_in_the_graph_drop_every_hook() -> None:
    told = run(failing(), {"a": STUBBORN}, signals=[(0.5, 2), (0.6, 2)])
    assert told.started == ["a"]
    assert list(told.not_run)[-2:] == ["finally:clean", "finally:bye"]
    assert told.end.at == pytest.approx(0.6)


def test_signals_that_came_together_count_as_two() -> None:
    told = run(failing(), {"a": STUBBORN}, signals=[(0.5, 2), (0.5, 2)])
    assert told.started == ["a"]
    assert told.end.at == 0.5


def serving(**changes: float | bool) -> Script:
    return Script(serves=True, **changes)  # type: ignore[arg-type]


def test_services_are_asked_to_end_after_everything_else() -> None:
    told = run(failing(services=True), {"a": serving(), "c": BAD})
    assert hooks(told) == AFTER_FAILURE
    assert told.runner.stops == [("a", False)]
    assert (told.runner.serving, told.services, told.notices) == ([], set(), [])
    assert told.end == RunFinished(at=9.0, status=RunStatus.FAILED)


def test_services_end_in_the_order_of_their_names() -> None:
    steps = [step(name, effects=SERVICE) for name in "cab"]
    told = run(workflow(steps), dict.fromkeys("abc", serving()))
    assert told.runner.stops == [("a", False), ("b", False), ("c", False)]


def test_services_are_forced_when_their_grace_is_over() -> None:
    steps = [step("a", effects=SERVICE), step("b", effects=SERVICE)]
    told = run(workflow(steps), {"a": serving(ignores_term=True), "b": serving()})
    assert told.runner.stops == [("a", False), ("b", False), ("a", True)]
    assert told.end == RunFinished(at=12.0, status=RunStatus.SUCCEEDED)
    assert told.runner.serving == []


@pytest.mark.parametrize(
    ("signals", "stops", "at"),
    [
        ([(0.5, 2)], [("b", False), ("a", False), ("a", True)], 10.5),
        ([(0.5, 2), (4.0, 2)], [("b", False), ("a", False), ("a", True)], 4.0),
        ([(0.5, 2), (0.5, 2)], [("b", False), ("b", True), ("a", True)], 0.5),
    ],
)
def test_services_after_signals(
    signals: list[tuple[float, int]], stops: list[tuple[str, bool]], at: float
) -> None:
    scripts = {
        "a": serving(duration_s=0.25, ignores_term=True),
        "b": STUBBORN if ("b", True) in stops else ENDLESS,
    }
    told = run(workflow([step("a", effects=SERVICE), "b"]), scripts, capacity=TWO, signals=signals)
    assert told.runner.stops == stops
    assert told.end == RunFinished(at=at, status=RunStatus.CANCELLED, signal=2)


def test_first_signal_while_services_end_forces_them() -> None:
    told = run(workflow([step("a", effects=SERVICE)]), {"a": serving(ignores_term=True)}, signals=[(4.0, 15)])
    assert told.runner.stops == [("a", False), ("a", True)]
    assert told.end == RunFinished(at=4.0, status=RunStatus.CANCELLED, signal=15)


def test_service_that_ended_early_is_told_and_not_stopped() -> None:
    steps = [step("a", effects=SERVICE), "b"]
    told = run(workflow(steps), {"a": serving(serves_for_s=2.0), "b": Script(duration_s=5.0)})
    assert told.notices == [SERVICE_ENDED.number]
    assert [event.at for event in told.events if isinstance(event, Noticed)] == [3.0]
    assert told.runner.stops == []


def test_service_that_ended_during_a_hook_is_told() -> None:
    told = run(
        workflow([step("a", effects=SERVICE)], finally_steps=["finally:x"]),
        {"a": serving(serves_for_s=2.0), "finally:x": Script(duration_s=5.0)},
    )
    assert told.notices == [SERVICE_ENDED.number]
    assert told.end == RunFinished(at=6.0, status=RunStatus.SUCCEEDED)


def test_hooks_may_start_services() -> None:
    told = run(workflow([], finally_steps=[step("finally:x", effects=SERVICE)]), {"finally:x": serving()})
    assert told.runner.stops == [("finally:x", False)]
    assert told.services == set()


def test_failed_service_does_not_serve() -> None:
    told = run(workflow([step("a", effects=SERVICE)]), {"a": serving(exit_code=1)})
    assert told.runner.stops == []


@pytest.mark.parametrize("last", [GOOD, BAD])
@pytest.mark.parametrize("signals", [[], [(2.5, 2)], [(2.5, 2), (2.5, 2)]])
def test_the_end_is_told_once_and_last(last: Script, signals: list[tuple[float, int]]) -> None:
    told = run(failing(services=True), {"a": serving(), "c": last}, signals=signals)
    assert [isinstance(event, RunFinished) for event in told.events].index(True) == len(told.events) - 1
    ends = [*told.outcomes, *told.not_run]
    assert len(ends) == len(set(ends))


def test_output_of_a_hook_is_told() -> None:
    told = run(workflow([], finally_steps=["finally:x"]), {"finally:x": Script(output=b"bye\n")})
    assert StepOutput(at=0.0, step=told.runner.started[0], data=b"bye\n") in told.events


def test_a_service_that_nothing_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: FakeRunner, step: StepId, *, force: bool) -> None:
        self.stops.append((step, force))
        self._news.append(Output(step, b"forced\n" if force else b"asked\n"))

    monkeypatch.setattr(FakeRunner, "stop", stop)
    told = run(workflow([step("a", effects=SERVICE)]), {"a": serving()})
    assert told.runner.stops == [("a", False), ("a", True)]
    assert [event for event in told.events if isinstance(event, StepOutput)] == [
        StepOutput(at=1.0, step=told.runner.started[0], data=b"asked\n"),
        StepOutput(at=11.0, step=told.runner.started[0], data=b"forced\n"),
    ]
    assert told.end == RunFinished(at=21.0, status=RunStatus.SUCCEEDED)


def test_only_services_that_still_go_on_are_stopped() -> None:
    steps = [step("a", effects=SERVICE), "b", step("c", effects=SERVICE)]
    scripts = {"a": serving(serves_for_s=1.5), "c": serving(ignores_term=True)}
    told = run(workflow(steps), scripts)
    assert told.notices == [SERVICE_ENDED.number]
    assert told.runner.stops == [("c", False), ("c", True)]


def test_hooks_are_held_to_what_they_ask_for() -> None:
    held = step("finally:clean", memory_bytes=1 << 20)
    undo = step("rollback:a", memory_bytes=2 << 20)
    made = workflow([step("a", rollback=undo), "b"], [("a", "b")], finally_steps=[held, "finally:bye"])
    told = run(made, {"b": BAD})
    limits = {str(each.step): dict(each.limits) for each in told.runner.launches if ":" in each.step}
    assert limits == {
        "rollback:a": {"memory": 2 << 20},
        "finally:clean": {"memory": 1 << 20},
        "finally:bye": {},
    }
