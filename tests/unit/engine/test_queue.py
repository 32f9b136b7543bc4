"""Who waits for room, and who for another attempt."""

import pytest

from tests.support.builders import step, workflow
from tests.support.scheduling import facts
from wfopt.engine.admission import queue_of
from wfopt.engine.plan import Plan
from wfopt.engine.queue import Queue, Retry
from wfopt.engine.reuse import Miss
from wfopt.model.outcome import StepOutcome, StepStatus
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.critical_path import CriticalPath
from wfopt.scheduler.strategies.fifo import Fifo

FAILED = StepOutcome(status=StepStatus.FAILED, reason="exit status 3")
PLAN = Plan(workflow("abcde"))
ONE = Capacity(slots=1, cpu_milli=1000)
TWO = Capacity(slots=2, cpu_milli=2000)


def retry(due: float, attempt: int = 2) -> Retry:
    return Retry(due=due, attempt=attempt, outcome=FAILED, miss=Miss(reason="new"))


def queue(*nodes: int, capacity: Capacity = TWO) -> Queue:
    made = queue_of(PLAN, capacity, Fifo())
    made.add(nodes, 0.0)
    return made


def everything(waiting: Queue, now: float = 9.0) -> list[int]:
    """Return all that starts if each ends at once."""
    order = []
    while started := waiting.start(now):
        order += started
        for node in started:
            waiting.end(node, now)
    return order


def test_what_fits_starts_and_the_rest_when_there_is_room_again() -> None:
    waiting = queue(3, 0, 4)
    assert waiting.start(0.0) == [0, 3]
    assert waiting.start(0.0) == []
    waiting.end(0, 1.0)
    assert waiting.start(1.0) == [4]


def test_a_place_is_passed_on() -> None:
    waiting = queue(0, 2)
    assert waiting.start(0.0) == [0, 2]
    waiting.pass_on(0, 1, 1.0)
    waiting.add([0], 1.0)
    assert waiting.start(1.0) == []
    waiting.end(1, 2.0)
    assert waiting.start(2.0) == [0]
    Queue(lambda: 1 / 0).pass_on(0, 1, 1.0)


def test_what_is_dropped_does_not_start() -> None:
    waiting = queue(0, 1, 2)
    waiting.discard({1, 4})
    assert everything(waiting) == [0, 2]


def test_nothing_was_ever_added() -> None:
    waiting = queue_of(PLAN, TWO, Fifo())
    waiting.discard({1})
    assert (waiting.start(0.0), waiting.held_up, waiting.retries) == ([], 0, False)


def test_a_retry_starts_when_its_time_has_come_in_its_place() -> None:
    waiting = queue(0, 2, capacity=ONE)
    assert not waiting.retries
    assert waiting.next_due() is None
    waiting.put_back(1, retry(5.0))
    waiting.put_back(3, retry(7.0))
    assert (waiting.retries, waiting.next_due()) == (True, 5.0)
    waiting.wake(4.9)
    assert waiting.next_due() == 5.0
    waiting.wake(5.0)
    assert waiting.next_due() == 7.0
    waiting.wake(9.0)
    waiting.wake(9.0)
    assert waiting.next_due() is None
    assert everything(waiting) == [0, 1, 2, 3]


def test_what_is_known_of_a_retry_is_handed_out_once() -> None:
    waiting = queue(0)
    waiting.put_back(1, retry(5.0, attempt=4))
    waiting.wake(5.0)
    assert waiting.retry_of(0) is None
    assert waiting.retry_of(1) == retry(5.0, attempt=4)
    assert waiting.retry_of(1) is None
    assert not waiting.retries


def test_all_retries_are_given_up_whether_due_or_not() -> None:
    waiting = queue(0)
    waiting.put_back(1, retry(5.0))
    waiting.put_back(2, retry(50.0))
    waiting.wake(5.0)
    assert waiting.give_up_retries() == {1: retry(5.0), 2: retry(50.0)}
    assert not waiting.retries
    assert everything(waiting) == [0]


def test_since_when_a_node_might_have_started() -> None:
    waiting = queue(0)
    waiting.add((1,), 3.0)
    waiting.put_back(2, retry(5.0))
    waiting.wake(6.0)
    assert [waiting.since(node) for node in (0, 1, 2)] == [0.0, 3.0, 6.0]


def test_who_is_held_up_although_there_are_slots_and_cpus() -> None:
    plan = Plan(workflow([step(name, memory_bytes=600) for name in "abc"]))
    waiting = queue_of(plan, Capacity(slots=3, cpu_milli=3000, memory_bytes=1000), Fifo())
    waiting.add((0, 1, 2), 0.0)
    assert waiting.start(0.0) == [0]
    assert waiting.held_up == 2
    full = queue(0, 1, 2)
    assert full.start(0.0) == [0, 1]
    assert full.held_up == 0


@pytest.mark.parametrize(
    ("estimates", "order"),
    [({}, [0, 1, 2]), ({"c": 9.0, "a": 1.0, "b": 5.0}, [2, 1, 0]), ({"b": 9.0}, [0, 1, 2])],
)
def test_the_past_is_asked_when_order_matters(estimates: dict[str, float], order: list[int]) -> None:
    asked = []

    def remembered() -> dict[str, float]:
        asked.append(1)
        return estimates

    waiting = queue_of(Plan(workflow("abc")), ONE, CriticalPath(), remembered)  # type: ignore[arg-type]
    waiting.add((0,), 0.0)
    assert waiting.start(0.0) == [0]
    waiting.end(0, 1.0)
    assert asked == []
    waiting.add((0, 1, 2), 1.0)
    assert everything(waiting) == order
    assert asked == [1]


def test_facts_that_come_late_change_nothing_about_what_runs() -> None:
    waiting = queue_of(PLAN, TWO, Fifo(), lambda: {step.id: 1.0 for step in PLAN.workflow.steps})
    waiting.add((0, 1), 0.0)
    assert waiting.start(0.0) == [0, 1]
    waiting.add((2, 3), 0.0)
    assert waiting.start(0.0) == []
    waiting.end(1, 1.0)
    assert waiting.start(1.0) == [2]


def test_more_memory_stays_reserved_when_the_past_becomes_known() -> None:
    steps = [step("a", memory_bytes=40), step("b", memory_bytes=50), step("c", memory_bytes=50)]
    plan, capacity = Plan(workflow(steps)), Capacity(slots=2, cpu_milli=2000, memory_bytes=100)
    waiting = queue_of(plan, capacity, Fifo())
    waiting.add([0], 0.0)
    assert waiting.start(0.0) == [0]
    waiting.end(0, 1.0, typical=False)
    assert waiting.grow(0, 60) == 60
    known = facts(steps, capacity=capacity)
    waiting.recall = lambda: known
    waiting.add([1, 2, 0], 1.0)
    # The past is asked for now, as more wait than there are slots.
    assert waiting.start(1.0) == [0]


def test_more_memory_is_granted_to_what_never_waited() -> None:
    assert queue_of(PLAN, TWO, Fifo()).grow(0, 60) == 60
