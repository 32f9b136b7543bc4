"""What optimizations were to save, and saved."""

import pytest

from tests.support.history import past_run, rewrite
from tests.support.told_history import SOUTH
from wfopt.metrics.savings import savings_of
from wfopt.model.history import Ending, Host, PastRun


def runs(content: str, *walls: float, host: Host = SOUTH, ending: Ending = Ending.SUCCEEDED) -> list[PastRun]:
    return [
        past_run(f"{content}{wall}{host.name}", content=content, wall_s=wall, host=host, ending=ending)
        for wall in walls
    ]


def test_medians_of_good_runs_are_compared() -> None:
    before = [*runs("old", 9.0, 10.0, 30.0), *runs("old", 1.0, ending=Ending.FAILED)]
    found = savings_of([rewrite(before="old", after="new")], [*before, *runs("new", 6.0, 7.0, 8.0)])
    (each,) = found.each
    assert (each.before_s, each.after_s, each.measured_s, each.host) == (10.0, 7.0, 3.0, "south")
    assert (each.runs_before, each.runs_after, each.is_certain) == (3, 3, True)
    assert (found.runs, found.predicted_s, found.measured_s) == (3, 2.5, 3.0)


def test_few_runs_are_not_certain() -> None:
    found = savings_of([rewrite(before="old", after="new")], [*runs("old", 1.0, 2.0), *runs("new", 1.0)])
    assert not found.each[0].is_certain


def test_machines_are_not_mixed() -> None:
    other = Host(name="west", cpus=1)
    before = [*runs("old", 10.0), *runs("old", 100.0, host=other)]
    past = [*before, *runs("new", 1.0), *runs("new", 50.0, host=other)]
    (each,) = savings_of([rewrite(before="old", after="new")], past).each
    assert (each.before_s, each.after_s, each.host) == (100.0, 50.0, "west")


@pytest.mark.parametrize(
    ("past", "host"), [([], ""), (runs("old", 1.0), "south"), (runs("new", 1.0), "south")]
)
def test_one_side_alone_measures_nothing(past: list[PastRun], host: str) -> None:
    found = savings_of([rewrite(before="old", after="new")], past)
    assert (found.each[0].measured_s, found.each[0].host) == (None, host)
    assert (found.predicted_s, found.measured_s) == (None, None)


def test_savings_add_up_where_both_are_known() -> None:
    rewrites = [
        rewrite(before="a", after="b", predicted_saving_s=5.0),
        rewrite(before="b", after="c", predicted_saving_s=2.0),
        rewrite(before="c", after="d", predicted_saving_s=100.0),
        rewrite(before="x", after="a", predicted_saving_s=None),
    ]
    past = [*runs("x", 30.0), *runs("a", 20.0), *runs("b", 16.0), *runs("c", 15.0)]
    found = savings_of(rewrites, past)
    assert (found.predicted_s, found.measured_s, found.runs) == (7.0, 5.0, 3)


def test_what_was_not_predicted_can_still_be_measured() -> None:
    found = savings_of(
        [rewrite(before="a", after="b", predicted_saving_s=None)], [*runs("a", 3.0), *runs("b", 1.0)]
    )
    assert (found.predicted_s, found.measured_s) == (None, 2.0)


def test_the_same_optimization_counts_once() -> None:
    twice = [rewrite(1.0, predicted_saving_s=1.0), rewrite(2.0, predicted_saving_s=9.0)]
    (each,) = savings_of(twice, []).each
    assert each.rewrite.predicted_saving_s == 9.0


def test_no_optimization() -> None:
    found = savings_of([], runs("a", 1.0))
    assert (found.each, found.runs, found.predicted_s, found.measured_s) == ((), 0, None, None)
