"""Two samples compared: the test against known and simulated values, the interval, and the words."""

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.points import seeded
from wfopt.metrics.significance import Verdict, compare, mann_whitney

SMALL = st.lists(st.integers(min_value=1, max_value=6).map(float), min_size=1, max_size=5)


def doubled_u(first: list[float], second: list[float]) -> int:
    return sum(2 * (a > b) + (a == b) for a in first for b in second)


@given(SMALL, SMALL)
def test_the_exact_p_value_counts_every_split(first: list[float], second: list[float]) -> None:
    pooled = [*first, *second]
    middle = len(first) * len(second)
    distance = abs(doubled_u(first, second) - middle)
    splits = []
    for chosen in combinations(range(len(pooled)), len(first)):
        one = [pooled[place] for place in chosen]
        other = [pooled[place] for place in range(len(pooled)) if place not in chosen]
        splits.append(abs(doubled_u(one, other) - middle) >= distance)
    assert mann_whitney(first, second) == pytest.approx(sum(splits) / len(splits))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2, 3, 4], [5, 6, 7, 8], 2 / 70),
        ([1, 2, 3], [4, 5, 6], 0.1),
        ([1, 1, 1, 1], [1, 1, 1, 1], 1.0),
        ([1] * 15, [1] * 15, 1.0),
    ],
)
def test_known_p_values(first: list[float], second: list[float], expected: float) -> None:
    assert mann_whitney(first, second) == pytest.approx(expected)


@pytest.mark.parametrize("moved", [0.0, 2.5, 5.5, 7.5])
def test_the_normal_approximation_is_close(moved: float, monkeypatch: pytest.MonkeyPatch) -> None:
    first = [1.0, 3, 4, 6, 9, 10, 12, 13, 15, 16]
    second = [each + moved for each in (2, 5, 5, 7, 8, 11, 14, 14, 17, 19)]
    exact = mann_whitney(first, second)
    monkeypatch.setattr("wfopt.metrics.significance._EXACT_UP_TO", 0)
    assert mann_whitney(first, second) == pytest.approx(exact, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("count", "least"), [(6, 0.0), (25, 0.02)])
def test_noise_alone_is_seldom_significant_and_its_interval_seldom_wrong(count: int, least: float) -> None:
    rnd = seeded(1)
    wrong = outside = 0
    for _ in range(300):
        first, second = ([math.exp(rnd.gauss(0, 0.2)) for _ in range(count)] for _ in range(2))
        seen = compare(first, second)
        wrong += seen.verdict is not Verdict.NO_DIFFERENCE
        assert seen.low is not None
        assert seen.high is not None
        outside += not seen.low <= 1 <= seen.high
    assert least * 300 <= wrong <= 0.09 * 300
    assert abs(outside - wrong) <= 6


def test_a_real_difference_is_found_with_its_size() -> None:
    rnd = seeded(2)
    before = [10 * math.exp(rnd.gauss(0, 0.05)) for _ in range(12)]
    after = [12 * math.exp(rnd.gauss(0, 0.05)) for _ in range(14)]
    seen = compare(before, after)
    assert seen.verdict is Verdict.SLOWER
    assert seen.ratio == pytest.approx(1.2, abs=0.05)
    assert seen.low is not None
    assert seen.high is not None
    assert 1.1 < seen.low < seen.ratio < seen.high < 1.3
    assert (seen.n_before, seen.n_after) == (12, 14)
    assert compare(after, before).verdict is Verdict.FASTER


def test_the_words_give_the_numbers() -> None:
    assert compare([10.0, 10.1, 10.2, 10.3], [20.0, 20.2, 20.4, 20.6]).in_words == (
        "slower: 2.00 times (95 % interval 1.94 to 2.06, p = 0.029, 4 against 4 runs)"
    )
    assert compare([10.0], [20.0]).in_words == (
        "too few runs (1 against 1): no test can tell a change from noise"
    )


@pytest.mark.parametrize(
    ("n_before", "n_after", "possible"),
    [
        (1, 1, False),
        (3, 3, False),
        (4, 4, True),
        (3, 5, True),
        (2, 7, False),
        (2, 8, True),
        (1, 38, False),
        (1, 39, True),
    ],
)
def test_how_few_are_too_few(n_before: int, n_after: int, possible: bool) -> None:
    seen = compare([1.0 + 0.001 * each for each in range(n_before)], [2.0] * n_after)
    assert (seen.verdict is not Verdict.TOO_FEW) is possible
    assert (seen.p_value is not None) is possible
    assert (seen.low is not None) is possible
    assert seen.ratio == pytest.approx(2.0, rel=0.03)


def test_durations_of_zero_and_equal_samples() -> None:
    seen = compare([0.0] * 5, [0.0] * 5)
    assert (seen.ratio, seen.low, seen.high) == (1.0, 1.0, 1.0)
    assert seen.verdict is Verdict.NO_DIFFERENCE


def test_only_the_newest_values_count() -> None:
    seen = compare([1.0] * 300 + [2.0] * 200, [2.0] * 10)
    assert (seen.before, seen.n_before, seen.ratio) == (2.0, 200, 1.0)


@pytest.mark.parametrize("samples", [([], [1.0]), ([1.0], [])])
def test_an_empty_sample(samples: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match="no values"):
        compare(*samples)
    with pytest.raises(ValueError, match="no values"):
        mann_whitney(*samples)
