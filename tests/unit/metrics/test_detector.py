"""Changes are found soon, and noise is not taken for one."""

import math
import random
from collections.abc import Iterable, Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.points import seeded
from wfopt.metrics.detector import GUARANTEE, Change, Rules, _Account, _Regime, find_changes, matters

ANY_SIZE = Rules(smallest_ratio=1.0, smallest_step=0.0)


def noise(rnd: random.Random, levels: Iterable[float], sd: float = 0.1) -> list[float]:
    return [level + rnd.gauss(0, sd) for level in levels]


def found_in(residuals: Sequence[float], rules: Rules | None = None) -> tuple[Change, ...]:
    return find_changes(residuals, [10 * math.exp(each) for each in residuals], rules=rules)


@pytest.mark.parametrize("odds", [12.0, 4.0, 0.25])
def test_an_account_wins_nothing_on_average(odds: float) -> None:
    total = 0.0
    orders = list(permutations(range(6)))
    for order in orders:
        account = _Account(3, odds, 1.0, 4.0)
        for known in (4, 5, 6):
            account.bet(sum(each < order[known - 1] for each in order[:3]), known)
        total += account.money
    assert total / len(orders) == pytest.approx(1.0)


@pytest.mark.slow
def test_a_regime_holds_no_more_than_was_put_in_on_average() -> None:
    money = []
    for order in permutations(range(7)):
        regime = _Regime()
        for rank in order:
            regime.add(rank)
        money.append(regime.money)
    assert 1.97 < sum(money) / len(money) <= 2.0 + 1e-9


@pytest.mark.slow
@pytest.mark.untraced
def test_false_alarms_are_as_seldom_as_promised() -> None:
    rnd = seeded(3)
    assert sum(len(found_in(noise(rnd, [0.0] * 500), ANY_SIZE)) for _ in range(30)) <= 15


@pytest.mark.parametrize(
    ("factor", "sd", "least"), [(1.2, 0.1, 48), (1.2, 0.05, 58), (1 / 1.2, 0.1, 44), (1.5, 0.2, 55)]
)
def test_most_shifts_are_found_within_ten_runs(factor: float, sd: float, least: int) -> None:
    rnd = seeded(4)
    hits = 0
    for _ in range(60):
        changes = found_in(noise(rnd, [0.0] * 40 + [math.log(factor)] * 10, sd))
        hits += bool(changes) and changes[-1].found >= 40 and (changes[-1].shift > 0) == (factor > 1)
    assert hits >= least


def test_every_change_of_a_series_is_found_and_placed() -> None:
    levels = [0.0] * 50 + [0.4] * 50 + [0.1] * 50 + [0.7] * 50
    changes = found_in(noise(seeded(6), levels, 0.03))
    assert [each.at for each in changes] == [50, 100, 150]
    assert [each.shift for each in changes] == pytest.approx([0.4, -0.3, 0.6], abs=0.05)
    assert all(each.at <= each.found <= each.at + 8 for each in changes)
    assert all(each.evidence >= 1000 for each in changes)


def test_a_change_is_placed_even_where_its_first_points_look_old() -> None:
    series = [0.01 * (each % 7) for each in range(40)] + [0.2, 0.06, 0.2, 0.2, 0.2, 0.2, 0.2]
    assert [each.at for each in found_in(series)] == [40]


def test_one_wild_run_is_no_change() -> None:
    series = noise(seeded(7), [0.0] * 80, 0.05)
    for place in (30, 50, 70):
        series[place] = 3.0
    assert found_in(series) == ()


@pytest.mark.parametrize(
    ("shift", "seconds", "alarms"),
    [(0.3, 10.0, 1), (0.03, 10.0, 0), (0.3, 0.03, 0), (0.06, 0.5, 1), (0.06, 0.2, 0)],
)
def test_only_changes_that_matter_raise_an_alarm(shift: float, seconds: float, alarms: int) -> None:
    series = noise(seeded(8), [0.0] * 60 + [shift] * 60, 0.002)
    assert len(find_changes(series, [seconds * math.exp(each) for each in series])) == alarms


def test_a_creeping_change_is_told_once_it_matters() -> None:
    creeping = noise(seeded(9), [0.0] * 60 + [0.03] * 40 + [0.07] * 60, 0.004)
    assert [change.found > 100 for change in found_in(creeping)] == [True]


@pytest.mark.parametrize("value", [-5.0, 0.0, 0.7])
def test_a_constant_series_has_no_change(value: float) -> None:
    assert found_in([value] * 1000) == ()


@given(st.lists(st.integers(min_value=0, max_value=50), max_size=80), st.integers(min_value=0, max_value=40))
def test_only_the_order_of_the_values_raises_alarms(numbers: list[int], shifted: int) -> None:
    numbers += [each + 1000 for each in numbers[:shifted]]
    plain = found_in([each / 1e3 for each in numbers], ANY_SIZE)
    cubed = found_in([each**3 / 2e9 for each in numbers], ANY_SIZE)
    assert [each.found for each in plain] == [each.found for each in cubed]
    assert [each.evidence for each in plain] == [each.evidence for each in cubed]


@pytest.mark.parametrize("count", [41, 43, 44, 45, 50, 70])
def test_an_alarm_rests_on_no_later_run(count: int) -> None:
    series = noise(seeded(11), [0.0] * 40 + [0.3] * 30)
    whole = found_in(series)
    assert found_in(series[:count]) == tuple(each for each in whole if each.found < count)


def test_a_short_or_empty_series_has_no_change() -> None:
    assert found_in([]) == ()
    assert found_in([0.0] * 5 + [1.0] * 5) == ()


def test_equal_values_are_noise_too() -> None:
    rnd = seeded(12)
    assert len(found_in([0.0] * 2000, ANY_SIZE)) <= 2
    assert sum(len(found_in([rnd.choice([0.0, 0.7]) for _ in range(500)], ANY_SIZE)) for _ in range(4)) <= 2


def test_a_lasting_change_too_small_to_matter_overflows_nothing() -> None:
    assert found_in([0.0001 * (each % 3) + 0.04 * (each >= 500) for each in range(700)]) == ()


@pytest.mark.parametrize(
    ("ratio", "before", "expected"),
    [(1.05, 10.0, True), (1.04, 10.0, False), (0.9, 10.0, True), (0.96, 10.0, False), (1.1, 0.1, False)],
)
def test_what_matters(ratio: float, before: float, expected: bool) -> None:
    assert matters(ratio, before, Rules()) is expected


def test_the_promise_names_the_run_length() -> None:
    assert "one false alarm in 1,000 runs" in GUARANTEE.format(run_length=Rules().run_length)
