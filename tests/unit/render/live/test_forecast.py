"""How long a run will still take."""

from hypothesis import given
from hypothesis import strategies as st

from wfopt.graph.order import dag_of
from wfopt.render.live.forecast import Forecast
from wfopt.render.live.view import Span


def exact(*seconds: float) -> list[Span]:
    return [Span(expected_s=each, low_s=each, high_s=each) for each in seconds]


def test_the_longest_chain_bounds_it_on_many_cpus_and_the_work_on_few() -> None:
    dag = dag_of(4, [(0, 1), (0, 2)])
    many = Forecast(dag, exact(1, 5, 3, 2), 8).left({0, 3}, {})
    assert (many.expected_s, many.low_s) == (6.0, 6.0)
    one = Forecast(dag, exact(1, 5, 3, 2), 1).left({0, 3}, {})
    assert one == Span(expected_s=11, low_s=11, high_s=11)


def test_the_high_end_holds_for_every_schedule_that_leaves_no_cpu_idle() -> None:
    # Two cpus, and the long step last: 2 s for the short ones, then 4 s.
    left = Forecast(dag_of(5, []), exact(1, 1, 1, 1, 4), 2).left(set(range(5)), {})
    assert (left.expected_s, left.high_s) == (4.0, 6.0)


def test_what_ran_already_is_taken_off() -> None:
    forecast = Forecast(dag_of(2, [(0, 1)]), exact(10, 4), 2)
    forecast.leave(0)
    assert forecast.left((), {0: 3.0}).expected_s == 11.0
    # It takes longer than usual; when it ends is not known, but that step 1 follows is.
    assert forecast.left((), {0: 30.0}).expected_s == 4.0
    forecast.come_back(0)
    assert forecast.left({0}, {}).expected_s == 14.0


def test_the_interval_takes_all_steps_as_fast_or_as_slow_as_they_get() -> None:
    usual = [Span(expected_s=10, low_s=8, high_s=15)] * 2
    assert Forecast(dag_of(2, [(0, 1)]), usual, 1).left({0}, {}) == Span(expected_s=20, low_s=16, high_s=30)


@given(
    st.lists(st.floats(0, 1000), min_size=1, max_size=8),
    st.integers(0, 4),
    st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7))),
)
def test_the_ends_are_in_order(seconds: list[float], slots: int, pairs: set[tuple[int, int]]) -> None:
    size = len(seconds)
    dag = dag_of(size, [(a, b) for a, b in pairs if a < b < size])
    usual = [Span(expected_s=each, low_s=each / 2, high_s=each * 2) for each in seconds]
    left = Forecast(dag, usual, slots).left({node for node in range(size) if not dag.before[node]}, {})
    assert left.low_s <= left.expected_s <= left.high_s
    assert left.expected_s >= max(seconds)
