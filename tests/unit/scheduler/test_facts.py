"""What strategies are told follows from the steps, from what there is, and from earlier durations."""

import pytest

from tests.support.builders import step
from tests.support.scheduling import cell, facts
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.facts import demands_of, expected_seconds, group_of

ROOM = Capacity(slots=4, cpu_milli=3000, memory_bytes=10, tokens={"gpu": 2})


def test_everything_is_told() -> None:
    known = facts([step("a", priority=3), cell("b[x=1]", "b")], [("a", "b[x=1]")], seconds={"a": 2.0})
    assert known.dag.after == ((1,), ())
    assert (known.weights, known.timed) == ((2.0, 2.0), True)
    assert (known.priorities, known.groups, known.ids) == ((3, 0), ("", "b"), ("a", "b[x=1]"))


def test_without_estimates_every_step_counts_as_one() -> None:
    known = facts(["a", "b"])
    assert (known.weights, known.timed) == ((1.0, 1.0), False)


def test_unknown_steps_take_as_long_as_their_like() -> None:
    steps = [cell(f"t{number}", "t") for number in range(4)] + [step("a", expected_s=9.0), step("b")]
    seconds = {StepId("t0"): 2.0, StepId("t1"): 4.0, StepId("t2"): 30.0, StepId("other"): 99.0}
    assert expected_seconds(steps, seconds) == (2.0, 4.0, 30.0, 4.0, 9.0, 6.5)


def test_what_was_measured_counts_more_than_what_the_file_expects() -> None:
    assert expected_seconds([step("a", expected_s=9.0)], {StepId("a"): 0.0}) == (0.0,)
    assert expected_seconds([step("a")], {}) is None
    assert expected_seconds([], {}) is None


@pytest.mark.parametrize(("name", "group"), [("a", ""), ("part/a", "part"), ("part/deep/a", "part/deep")])
def test_groups(name: str, group: str) -> None:
    assert group_of(step(name)) == group
    assert group_of(cell(f"{name}[x=1]", name)) == name


def test_demands() -> None:
    steps = [
        step("a", memory_bytes=6, tokens={"gpu": 2}),
        cell("t1", "t", max_parallel=2),
        step("all", cpu_milli=9000),
        cell("t2", "t", max_parallel=2),
        cell("u1", "u"),
        step("tty", interactive=True),
    ]
    demands = demands_of(steps, ROOM)
    assert demands.resources == ("slots", "cpu", "memory", "token:gpu", "matrix:t")
    assert demands.capacity == (4, 3000, 10, 2, 2)
    assert [demands.rows[kind] for kind in demands.kinds] == [
        (1, 1000, 6, 2, 0),
        (1, 1000, 0, 0, 1),
        (1, 3000, 0, 0, 0),
        (1, 1000, 0, 0, 1),
        (1, 1000, 0, 0, 0),
        (4, 1000, 0, 0, 0),
    ]
    assert demands.kinds[1] == demands.kinds[3]


def test_memory_without_limit_is_no_resource() -> None:
    demands = demands_of([step("a", memory_bytes=10**15)], Capacity(slots=1, cpu_milli=1000))
    assert (demands.resources, demands.rows) == (("slots", "cpu"), ((1, 1000),))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (step("a", memory_bytes=11), "`a` asks for 11 of `memory`, and there is too little"),
        (step("a", tokens={"gpu": 3}), "`a` asks for 3 of `token:gpu`, and there is too little"),
        (step("a", tokens={"db": 1}), "`a` asks for 1 of `token:db`, and there is too little"),
    ],
)
def test_what_never_fits_is_refused(asked: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        demands_of([asked], ROOM)  # type: ignore[list-item]
