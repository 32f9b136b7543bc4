"""How far off answers about whole runs were."""

from __future__ import annotations

from math import log

import pytest

from tests.support.builders import step, workflow
from tests.support.history import past_attempt, past_run, stories, story
from wfopt.api.knowledge import Past
from wfopt.api.predict_case import Case
from wfopt.api.predict_errors import Errors, errors_of
from wfopt.dataclass import replace
from wfopt.model.history import Ending, Foreseen, RunStory
from wfopt.model.workflow import StepId
from wfopt.predictor.drift import drift_of, overhead_of
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.critical_path import CriticalPath

A, B = StepId("a"), StepId("b")
CASE = Case(
    workflow=workflow([step("a"), step("b")]),
    capacity=Capacity(slots=2, cpu_milli=2000),
    strategy=CriticalPath(),
)


def errors(told: list[RunStory], case: Case = CASE) -> Errors:
    return errors_of(case, Past([(each.run, each.attempts) for each in told]), {A: 4.0, B: 6.0})


def run(number: int, wall_s: float, a: float = 4.0, b: float = 6.0, **other: object) -> RunStory:
    made = replace(past_run(f"r{number}", wall_s=wall_s, slots=2, cpus=2.0), **other)
    return story(made, [past_attempt("a", a), past_attempt("b", b)])


def test_runs_without_an_answer_are_played_again() -> None:
    found = errors([run(0, 6.0), run(1, 6.0), run(2, 12.0, b=12.0), run(3, 6.0)])
    assert found.overheads == pytest.approx((0.0,) * 4)
    assert found.errors == pytest.approx((log(2), 0.0))


def test_what_starting_steps_costs_is_no_error() -> None:
    found = errors([run(number, 6.6) for number in range(9)])
    assert found.overheads == pytest.approx([log(1.1)] * 9)
    assert all(0 < later < earlier for earlier, later in zip(found.errors, found.errors[1:], strict=False))


def test_of_a_long_past_no_error_holds_what_starting_steps_costs() -> None:
    found = errors([run(number, 12.0) for number in range(40)])
    assert len(found.errors) == 12
    assert max(found.errors) < 0.2 * log(2)


def test_the_answer_that_was_kept_is_taken() -> None:
    said = Foreseen(expected_s=3.0, low_s=1.0, high_s=9.0)
    found = errors([run(number, 6.0, foreseen=said) for number in range(3)])
    assert found.errors == pytest.approx((log(2),))


def test_a_correction_is_taken_off_again() -> None:
    said = Foreseen(expected_s=3.0, low_s=1.0, high_s=9.0, drift=0.25)
    found = errors([run(0, 6.0), run(1, 6.0), run(2, 6.0), run(3, 6.0, foreseen=said)])
    assert found.errors == pytest.approx((0.0, log(2)))
    assert found.drifts == pytest.approx((log(2) + 0.25,))


def test_each_run_is_played_on_its_own_machine() -> None:
    found = errors([run(number, 10.0, slots=1) for number in range(3)])
    assert found.overheads == pytest.approx((0.0,) * 3)


@pytest.mark.parametrize(
    "odd",
    [
        run(0, 6.0, ending=Ending.FAILED),
        run(0, 0.0),
        story(past_run("x"), []),
        story(past_run("x"), [past_attempt("gone", 3.0)]),
    ],
)
def test_runs_that_tell_nothing(odd: RunStory) -> None:
    assert errors([odd, odd, odd]) == Errors()


def test_a_step_that_is_new_cannot_have_been_predicted() -> None:
    only_a = [replace(each, attempts=each.attempts[:1]) for each in (run(0, 4.0), run(1, 4.0))]
    assert errors([*only_a, run(2, 6.0)]).errors == ()


def test_retries_and_what_runs_at_the_end_count() -> None:
    case = replace(CASE, workflow=replace(CASE.workflow, finally_steps=(step("finally:c"),)))
    attempts = [past_attempt("a", 4.0), past_attempt("a", 5.0, attempt=2), past_attempt("finally:c", 1.0)]
    told = [story(past_run(f"r{number}", wall_s=10.0), attempts) for number in range(3)]
    assert errors(told, case).overheads == pytest.approx((0.0,) * 3)


def test_only_the_newest_runs_are_played() -> None:
    told = stories(40, {"a": [1.0], "b": [1.0]})
    assert len(errors(told).overheads) == 15


def test_what_is_usual_and_what_changed_lately_are_corrected() -> None:
    found = Errors(overheads=(0.4,), drifts=(0.2, 0.2, 0.2))
    assert found.correction == pytest.approx(overhead_of([0.4]) + drift_of([0.2] * 3))
    assert Errors().correction == 0.0
