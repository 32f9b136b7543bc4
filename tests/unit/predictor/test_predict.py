"""Predictions of steps: intervals that hold, odd pasts, hints, and what steps learn from each other."""

import random
from math import exp, inf, isfinite, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.predictions import noisy, samples_of
from wfopt.dataclass import replace
from wfopt.model.estimates import Basis, Estimate
from wfopt.model.workflow import StepId
from wfopt.predictor.base import Sample
from wfopt.predictor.confidence import Trust
from wfopt.predictor.past import StepPast
from wfopt.predictor.predict import Prediction, predict_step, predict_workflow

A, B, C = StepId("a"), StepId("b"), StepId("c")


def wall_of(past: StepPast, level: float = 0.8) -> Estimate:
    found = predict_step(A, past, level=level).wall
    assert found is not None
    return found


def test_a_steady_step_is_predicted_closely() -> None:
    prediction = predict_step(A, StepPast(walls=samples_of([10.0, 10.1, 9.9, 10.0] * 5), attempts=20))
    assert prediction.wall is not None
    assert prediction.wall.expected == pytest.approx(10.0, rel=0.01)
    assert 9.0 < prediction.wall.low < 10.0 < prediction.wall.high < 11.0
    assert prediction.wall.basis is Basis.MEASURED
    assert prediction.wall.samples == 20
    assert prediction.wall.model
    assert prediction.confidence.trust is Trust.HIGH
    assert prediction.failure == pytest.approx(0.5 / 21)


def test_sizes_of_inputs_are_used() -> None:
    sizes = [1e6 * size for size in (3, 9, 5, 7, 2, 8, 6, 4, 10, 1)]
    past = StepPast(walls=samples_of([1 + size / 1e6 for size in sizes], sizes), upcoming={"bytes": 20e6})
    assert wall_of(past).expected == pytest.approx(21.0, rel=0.02)


def test_inputs_far_beyond_those_seen_make_the_interval_wider() -> None:
    sizes = [1e6 * size for size in (3, 9, 5, 7, 2, 8, 6, 4, 10, 1)]
    walls = samples_of([size / 1e6 * each for size, each in zip(sizes, noisy(10), strict=True)], sizes)
    near, far = (wall_of(StepPast(walls=walls, upcoming={"bytes": size})) for size in (11e6, 1100e6))
    assert far.high / far.low > 1.3 * near.high / near.low


def test_of_several_features_the_telling_one_is_used() -> None:
    rnd = random.Random(3)  # noqa: S311 - the same every time
    walls = [
        Sample(1 + lines, run, {"bytes": rnd.random() * 1e6, "lines": lines, "files": 4.0})
        for run, lines in enumerate([5.0, 3.0, 8.0, 1.0, 9.0, 2.0, 7.0, 4.0])
    ]
    past = StepPast(walls=walls, upcoming={"bytes": 5e5, "lines": 6.0, "files": 4.0})
    assert wall_of(past).expected == pytest.approx(7.0, rel=0.05)


def test_another_feature_must_be_clearly_better_than_the_usual_one() -> None:
    rnd = random.Random(4)  # noqa: S311 - the same every time
    walls = [
        Sample(size * rnd.uniform(0.95, 1.05), run, {"bytes": size, "x-bytes": size * 1.001, "x-files": 1.0})
        for run, size in enumerate([5.0, 3.0, 8.0, 1.0, 9.0, 2.0, 7.0, 4.0, 6.0])
    ]
    past = StepPast(walls=walls, upcoming={"bytes": 5.0, "x-bytes": 5.005, "x-files": 1.0})
    assert wall_of(past).input == "bytes"
    assert wall_of(replace(past, upcoming={"bytes": 5.0})) == wall_of(past)
    assert wall_of(replace(past, upcoming={"x-files": 1.0})).input == ""


def test_without_a_past_nothing_is_said_but_a_range_from_other_steps() -> None:
    outlook = predict_workflow({A: StepPast(), B: StepPast(walls=samples_of([20.0] * 5))})
    assert outlook.steps[A] == Prediction(step=A)
    assert outlook.unknown == (A,)
    assert outlook.borrowed is not None
    assert outlook.borrowed.basis is Basis.BORROWED
    assert outlook.borrowed.low <= 20.0 / 2.9 < 20.0 * 2.9 <= outlook.borrowed.high


def test_if_nothing_is_known_at_all_nothing_is_borrowed() -> None:
    outlook = predict_workflow({A: StepPast(), B: StepPast()})
    assert outlook.unknown == (A, B)
    assert outlook.borrowed is None
    assert predict_workflow({}).steps == {}


def test_a_hint_stands_in_for_a_past() -> None:
    prediction = predict_step(A, StepPast(hint_s=120.0))
    assert prediction.wall is not None
    assert (prediction.wall.basis, prediction.wall.expected) == (Basis.HINT, 120.0)
    assert prediction.wall.low < 60
    assert prediction.wall.high > 240
    assert prediction.confidence.trust is Trust.LOW
    assert wall_of(StepPast(hint_s=120.0, walls=samples_of([5.0]))).basis is Basis.MEASURED


@pytest.mark.parametrize("hint", [nan, inf, -1.0])
def test_a_senseless_hint_is_none(hint: float) -> None:
    assert predict_step(A, StepPast(hint_s=hint)).wall is None


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 80.0, nan])
def test_impossible_levels_are_refused(level: float) -> None:
    with pytest.raises(ValueError, match="is not between 0 and 1"):
        predict_step(A, StepPast(), level=level)


@pytest.mark.parametrize("bad", [nan, inf, -inf, -1.0, 1e300])
def test_bad_values_are_counted_and_do_not_count(bad: float) -> None:
    good = noisy(12)
    past = StepPast(walls=[*samples_of(good), Sample(bad, 12)], peaks=[Sample(bad, 12)])
    prediction = predict_step(A, past)
    assert prediction.wall == wall_of(StepPast(walls=samples_of(good)))
    assert prediction.ignored == 2
    assert prediction.memory is None


@pytest.mark.parametrize("size", [nan, inf, -5.0])
def test_senseless_sizes_are_not_used(size: float) -> None:
    values = noisy(12)
    past = StepPast(walls=samples_of(values, [size] * 12), upcoming={"bytes": 10.0})
    assert wall_of(past).expected == wall_of(StepPast(walls=samples_of(values))).expected
    sized = samples_of(values, [float(number + 1) for number in range(12)])
    ahead = StepPast(walls=sized, upcoming={"bytes": size})
    assert wall_of(ahead).expected == wall_of(StepPast(walls=samples_of(values))).expected


def test_few_values_mean_wide_intervals_and_low_confidence() -> None:
    widths = []
    for count in (1, 2, 4, 20):
        prediction = predict_step(A, StepPast(walls=samples_of([10.0, 10.5] * 10)[:count]))
        assert prediction.wall is not None
        widths.append(prediction.wall.high / prediction.wall.low)
        assert (prediction.confidence.trust is Trust.LOW) == (count < 5)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 5


def test_an_old_past_is_not_trusted() -> None:
    past = StepPast(walls=samples_of([10.0] * 20))
    confidence = predict_workflow({A: past}, newest_run=45).steps[A].confidence
    assert (confidence.trust, confidence.runs_ago) == (Trust.LOW, 26)


def test_timed_out_attempts_push_the_prediction_up_and_failed_ones_do_not_pull_it_down() -> None:
    good = samples_of([10.0] * 4)
    stopped = [Sample(60.0, 4 + run, censored=True) for run in range(6)]
    failed = [Sample(0.5, 4 + run, censored=True) for run in range(6)]
    assert wall_of(StepPast(walls=[*good, *stopped])).expected > 30.0
    assert wall_of(StepPast(walls=[*good, *failed])).expected == pytest.approx(10.0)
    only = predict_step(A, StepPast(walls=stopped))
    assert only.wall is not None
    assert only.wall.expected == pytest.approx(60.0)
    assert only.wall.samples == 0
    assert only.confidence.trust is Trust.LOW


def test_a_bound_amid_the_values_goes_to_those_above_it() -> None:
    values = [
        *samples_of([8.0, 9.0, 11.0, 12.0]),
        *(Sample(10.0, 4 + run, censored=True) for run in range(5)),
    ]
    assert wall_of(StepPast(walls=values)).expected > 11.0


def test_a_bound_with_a_size_counts_if_it_contradicts() -> None:
    sizes = [1e6, 2e6, 3e6, 4e6, 5e6, 6e6]
    good = samples_of([size / 1e6 for size in sizes], sizes)
    late = Sample(30.0, 6, {"bytes": 6.1e6}, censored=True)
    early = Sample(0.1, 6, {"bytes": 6.1e6}, censored=True)
    ahead = {"bytes": 5.5e6}
    plain = wall_of(StepPast(walls=good, upcoming=ahead))
    assert wall_of(StepPast(walls=[*good, early], upcoming=ahead)).expected == plain.expected
    assert wall_of(StepPast(walls=[*good, late], upcoming=ahead)).high > plain.high


def test_other_machines_are_converted_by_measured_ratios() -> None:
    there = [Sample(20.0, run, host="slow/4") for run in range(8)]
    both = [Sample(10.0, run, host="slow/4") for run in range(4)]
    both += [Sample(5.0, 4 + run, host="quick/8") for run in range(4)]
    found = predict_workflow({A: StepPast(walls=there), B: StepPast(walls=both)}, host="quick/8")
    wall = found.steps[A].wall
    assert wall is not None
    assert wall.expected == pytest.approx(10.0)


def test_steps_learn_from_each_other_which_models_are_good() -> None:
    sizes = [1e6 * size for size in (3, 9, 5, 7, 2, 8, 6, 4, 10, 1)]
    others = {
        StepId(f"s{number}"): StepPast(
            walls=samples_of([number * size / 1e6 for size in sizes], sizes), upcoming={"bytes": 5e6}
        )
        for number in range(1, 6)
    }
    new = StepPast(walls=samples_of([4.0], [1e6]), upcoming={"bytes": 8e6})
    wall = predict_workflow({**others, A: new}).steps[A].wall
    assert wall is not None
    assert wall.expected == pytest.approx(32.0, rel=0.01)
    assert wall_of(new).expected < 10.0


def test_memory_comes_with_an_allocation() -> None:
    prediction = predict_step(A, StepPast(peaks=samples_of(noisy(30, middle=1e9, spread=0.02))))
    assert prediction.memory is not None
    assert prediction.memory.expected == pytest.approx(1e9, rel=0.02)
    assert prediction.allocation is not None
    assert 1e9 < prediction.allocation < 1.15e9


PAST = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 1e7), st.floats(allow_nan=True, allow_infinity=True)),
        st.floats(0, 1e13),
        st.booleans(),
        st.integers(0, 3),
    ),
    max_size=40,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(past=PAST, size=st.floats(0, 1e15), level=st.floats(0.01, 0.99))
def test_whatever_the_past_a_prediction_is_finite_and_in_order(
    past: list[tuple[float, float, bool, int]], size: float, level: float
) -> None:
    samples = [
        Sample(value, run // 2, {"bytes": own}, censored=bound, lag=min(lag, run))
        for run, (value, own, bound, lag) in enumerate(past)
    ]
    prediction = predict_step(
        A, StepPast(walls=samples, peaks=samples, upcoming={"bytes": size}), level=level
    )
    for estimate in (prediction.wall, prediction.memory):
        if estimate is not None:
            assert 0 <= estimate.low <= estimate.expected <= estimate.high
            assert isfinite(estimate.high)
    assert prediction.allocation is None or prediction.allocation >= 0


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.floats(0.1, 1e4), min_size=1, max_size=30), factor=st.floats(0.1, 1000))
def test_the_unit_does_not_matter(values: list[float], factor: float) -> None:
    ours = wall_of(StepPast(walls=samples_of(values)))
    scaled = wall_of(StepPast(walls=samples_of([factor * each for each in values])))
    assert scaled.expected == pytest.approx(factor * ours.expected, rel=0.05)
    assert scaled.high / scaled.expected == pytest.approx(ours.high / ours.expected, rel=0.05)


def test_the_order_of_steps_does_not_matter() -> None:
    pasts = {step: StepPast(walls=samples_of(noisy(20, seed=seed))) for seed, step in enumerate((A, B, C))}
    turned = dict(reversed(pasts.items()))
    one, other = predict_workflow(pasts).steps, predict_workflow(turned).steps
    for step in pasts:
        first, second = one[step].wall, other[step].wall
        assert first is not None
        assert second is not None
        assert first.high == pytest.approx(second.high)


@pytest.mark.slow
@pytest.mark.parametrize(("count", "slack"), [(6, 0.08), (20, 0.05), (50, 0.05)])
@pytest.mark.parametrize("level", [0.8, 0.9])
def test_intervals_hold_what_they_say_where_the_truth_is_known(
    count: int, slack: float, level: float
) -> None:
    rnd = random.Random(count)  # noqa: S311 - the same every time
    inside = trials = 0
    for _ in range(60):
        truths = {}
        pasts = {}
        for number in range(10):
            step = StepId(f"s{number}")
            values = [exp(number + rnd.gauss(0, 0.1)) for _ in range(count + 1)]
            pasts[step], truths[step] = StepPast(walls=samples_of(values[:-1])), values[-1]
        for step, each in predict_workflow(pasts, level=level).steps.items():
            assert each.wall is not None
            inside += each.wall.low <= truths[step] <= each.wall.high
            trials += 1
    assert level - slack <= inside / trials <= level + slack


def test_sizes_that_hardly_differ_do_not_make_a_model_say_anything_of_a_larger_one() -> None:
    sizes = [1e6 * (1 + number * 7 % 10 / 10) for number in range(10)]
    values = [(size / 1e6) ** 12 for size in sizes]
    wall = wall_of(StepPast(walls=samples_of(values, sizes), upcoming={"bytes": 1e7}))
    assert max(values) < wall.expected < 100 * max(values)
