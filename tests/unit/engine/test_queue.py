"""Who waits for room, and who for another attempt."""

from wfopt.engine.queue import Queue, Retry
from wfopt.engine.reuse import Miss
from wfopt.model.outcome import StepOutcome, StepStatus

FAILED = StepOutcome(status=StepStatus.FAILED, reason="exit status 3")


def retry(due: float, attempt: int = 2) -> Retry:
    return Retry(due=due, attempt=attempt, outcome=FAILED, miss=Miss(reason="new"))


def queue(*nodes: int, ranks: tuple[float, ...] = (0.0,) * 5) -> Queue:
    made = Queue(ranks)
    made.add(nodes)
    return made


def test_best_first_and_ties_in_file_order() -> None:
    waiting = queue(3, 0, 4, 1, ranks=(2.0, 1.0, 0.0, 1.0, -1.0))
    assert waiting.best() == [4, 1, 3, 0]
    assert waiting.best(2) == [4, 1]
    assert len(waiting) == 4


def test_take() -> None:
    waiting = queue(0, 2, 3)
    assert [waiting.take(node) for node in (2, 1, 2, 4)] == [True, False, False, False]
    assert waiting.best() == [0, 3]


def test_discard() -> None:
    waiting = queue(0, 1, 2)
    waiting.discard({1, 4})
    assert waiting.best() == [0, 2]


def test_a_retry_starts_when_its_time_has_come_in_its_place() -> None:
    waiting = queue(0, 2)
    assert not waiting.retries
    assert waiting.next_due() is None
    waiting.put_back(1, retry(5.0))
    waiting.put_back(3, retry(7.0))
    assert (waiting.retries, waiting.next_due(), waiting.best()) == (True, 5.0, [0, 2])
    waiting.wake(4.9)
    assert waiting.best() == [0, 2]
    waiting.wake(5.0)
    assert waiting.best() == [0, 1, 2]
    assert waiting.next_due() == 7.0
    waiting.wake(9.0)
    waiting.wake(9.0)
    assert waiting.best() == [0, 1, 2, 3]
    assert waiting.next_due() is None


def test_what_is_known_of_a_retry_is_handed_out_once() -> None:
    waiting = queue(0)
    waiting.put_back(1, retry(5.0, attempt=4))
    waiting.wake(5.0)
    assert waiting.take(1)
    assert waiting.retry_of(0) is None
    assert waiting.retry_of(1) == retry(5.0, attempt=4)
    assert waiting.retry_of(1) is None
    assert not waiting.retries


def test_all_retries_are_given_up_whether_due_or_not() -> None:
    waiting = queue(0)
    waiting.put_back(1, retry(5.0))
    waiting.put_back(2, retry(9.0))
    waiting.wake(5.0)
    assert waiting.give_up_retries() == {1: retry(5.0), 2: retry(9.0)}
    assert (waiting.best(), waiting.retries, waiting.next_due()) == ([0], False, None)
    assert waiting.give_up_retries() == {}
