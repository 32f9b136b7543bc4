"""What input size explains of a series, and what is left."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.points import point, seeded
from wfopt.metrics.baseline import Metric, busy, by_host, expectation, measured, residuals

SIZES = [1_000_000 * (1 + each * 7 % 13) for each in range(40)]
ON_A_LINE = [2 + size / 1_000_000 for size in SIZES]


def test_a_line_on_the_input_size_explains_a_series() -> None:
    line = expectation(ON_A_LINE, SIZES)
    assert line.of(20_000_000) == pytest.approx(22)
    assert line.of(None) == pytest.approx(line.typical)
    assert residuals(ON_A_LINE, SIZES) == pytest.approx([0.0] * 40)


def test_wild_points_do_not_bend_the_line() -> None:
    wild = [value * 50 if place % 5 == 0 else value for place, value in enumerate(ON_A_LINE)]
    assert expectation(wild, SIZES).of(20_000_000) == pytest.approx(22, rel=0.05)


@pytest.mark.parametrize(
    ("why", "values", "sizes"),
    [
        ("no size is known", ON_A_LINE, [None] * 40),
        ("too few points", ON_A_LINE[:11], SIZES[:11]),
        ("too few sizes", [5.0, 6.0, 7.0] * 10, [5, 6, 7] * 10),
        ("larger inputs take less", [30 - each for each in ON_A_LINE], SIZES),
        ("size is unrelated", [5.0 + each * 3 % 7 for each in range(40)], SIZES),
    ],
)
def test_no_line(why: str, values: list[float], sizes: list[int | None]) -> None:
    flat = expectation(values, sizes)
    assert flat.slope == 0, why
    assert flat.of(10**12) == flat.typical == pytest.approx(sorted(values)[len(values) // 2], rel=0.1)


def test_noise_seldom_looks_like_a_line() -> None:
    rnd = seeded(1)
    noise = [[math.exp(rnd.gauss(0, 0.1)) for _ in range(12)] for _ in range(200)]
    lines = sum(expectation(each, [rnd.randrange(10**6) for _ in each]).slope > 0 for each in noise)
    assert lines <= 10


def test_a_line_expects_no_absurdly_short_time_of_a_small_input() -> None:
    steep = [(size - 900_000) / 100_000 for size in SIZES]
    line = expectation(steep, SIZES)
    assert line.intercept < 0
    assert line.of(0) == min(steep) / 2


def test_a_missing_size_counts_as_typical() -> None:
    first = residuals(ON_A_LINE, SIZES)
    with_gap = residuals([*ON_A_LINE, expectation(ON_A_LINE, SIZES).typical], [*SIZES, None])
    assert with_gap == (*first, 0.0)


@settings(max_examples=20)
@given(st.lists(st.floats(min_value=0, max_value=1e5), min_size=41, max_size=60))
def test_later_points_change_no_earlier_residual(values: list[float]) -> None:
    sizes = [int(each) for each in values]
    assert residuals(values[:40], sizes[:40]) == residuals(values, sizes)[:40]


def test_a_duration_of_zero_is_as_short_as_the_clock_can_tell() -> None:
    assert residuals([0.0, 0.001, 0.0005], [None] * 3) == (0.0, 0.0, 0.0)
    assert residuals([], []) == ()
    with pytest.raises(ValueError, match="no values"):
        expectation([], [])


@pytest.mark.parametrize(
    ("status", "timed_out", "values"),
    [
        ("succeeded", False, [3.0, 2.0, 5000]),
        ("failed", False, [None, None, None]),
        ("failed", True, [3.0, None, None]),
    ],
)
def test_what_a_point_tells(status: str, timed_out: bool, values: list[float | None]) -> None:
    seen = point(0, 3.0, status=status, timed_out=timed_out, cpu_s=2.0, peak_memory_bytes=5000)
    assert [measured(seen, each) for each in Metric] == values


def test_hosts_are_kept_apart_in_order() -> None:
    points = [point(number, 1.0, host=host) for number, host in enumerate("bab")]
    assert {host: [each.run_id for each in group] for host, group in by_host(points).items()} == {
        "b": ["run-0", "run-2"],
        "a": ["run-1"],
    }
    assert [each.smallest for each in Metric] == [0.001, 0.001, 4096]


@pytest.mark.parametrize(
    ("cpu", "kept"),
    [((1.0, 0.0, 2.0), [0, 2]), ((0.0, 0.0, 0.0), [0, 1, 2]), ((None, None, None), [0, 1, 2]), ((), [])],
)
def test_runs_in_which_nothing_ran_tell_no_durations(cpu: tuple[float | None, ...], kept: list[int]) -> None:
    runs = [point(number, 1.0, cpu_s=each) for number, each in enumerate(cpu)]
    assert list(busy(runs)) == [runs[number] for number in kept]
