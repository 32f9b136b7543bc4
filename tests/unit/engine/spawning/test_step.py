"""How a step comes to its end, told by hand what time it is and who lives."""

from __future__ import annotations

import resource
import signal

import pytest

from wfopt.engine.spawning.family import Tree
from wfopt.engine.spawning.step import GIVE_UP_S, GRACE_S, SETTLE_S, Step

STATUS_3 = 3 << 8


class FakeFamily:
    """Members of one tree, and the signals that end them."""

    watch_s = 7.0

    def __init__(self, members: set[int], deadly: set[int]) -> None:
        self.members = members
        self.deadly = deadly
        self.sent: list[int] = []

    def holds(self, tree: Tree) -> bool:
        return bool(self.members)

    def signal(self, tree: Tree, signum: int) -> set[int]:
        self.sent.append(signum)
        reached = set(self.members)
        if signum in self.deadly:
            self.members.clear()
        return reached

    def sweep(self, tree: Tree) -> set[int]:
        return self.signal(tree, signal.SIGKILL)


def _usage() -> resource.struct_rusage:
    return resource.struct_rusage((1.5, 0.25, 2048, 0, 0, 0, 0, 0, 0, 4, 8, 0, 0, 0, 0, 0))


def _step(*, service: bool = False) -> Step:
    return Step(b"7", Tree(10), 100.0, service=service)


def _left(reply: list[bytes]) -> int:
    """Return how many background processes the reply counts."""
    assert reply[0] == b"finished"
    return int(reply[-5])


def test_reports_an_exit_status_and_the_figures() -> None:
    step = _step()
    step.leader_ended(STATUS_3, _usage(), 102.5)
    assert step.review(FakeFamily(set(), set()), 102.5) == [
        *(b"finished", b"7", b"3", b"", b"100.000000", b"102.500000", b"1.750000"),
        *(b"2097152", b"2048", b"4096", b"0", b"", b"", b"", b""),
    ]
    assert step.over


def test_reports_a_signal() -> None:
    step = _step()
    step.leader_ended(signal.SIGSEGV, _usage(), 101.0)
    assert step.review(FakeFamily(set(), set()), 101.0)[2:4] == [b"", b"11"]


def test_needs_no_look_while_it_runs() -> None:
    assert _step().look_at == float("inf")


def test_what_ends_by_itself_is_not_counted() -> None:
    step, family = _step(), FakeFamily({11}, set())
    step.leader_ended(0, _usage(), 101.0)
    assert not step.review(family, 101.0)
    family.members.clear()
    assert _left(step.review(family, 101.05)) == 0
    assert family.sent == []


@pytest.mark.parametrize("deadly", [signal.SIGTERM, signal.SIGKILL, None])
def test_what_is_left_is_asked_then_killed_then_given_up(deadly: int | None) -> None:
    step, family = _step(), FakeFamily({11, 12}, {deadly} if deadly else set())
    now = 101.0
    step.leader_ended(0, _usage(), now)
    while not (reply := step.review(family, now)):
        assert now <= step.look_at <= now + 0.1001
        now = max(step.look_at, now + 0.001)
    assert _left(reply) == 2
    spent = {signal.SIGTERM: SETTLE_S, signal.SIGKILL: SETTLE_S + GRACE_S}.get(
        deadly, SETTLE_S + GRACE_S + GIVE_UP_S
    )
    assert now - 101.0 == pytest.approx(spent, abs=0.02)
    assert family.sent[0] == signal.SIGTERM
    assert set(family.sent[1:]) == (set() if deadly == signal.SIGTERM else {signal.SIGKILL})


def test_a_stopped_step_takes_its_time() -> None:
    step, family = _step(), FakeFamily({10, 11}, {signal.SIGKILL})
    step.stop(signal.SIGTERM, family, 101.0)
    step.leader_ended(signal.SIGTERM, _usage(), 102.0)
    assert not step.review(family, 102.0)
    assert not step.review(family, 1000.0)
    assert family.sent == [signal.SIGTERM]
    step.stop(signal.SIGKILL, family, 1001.0)
    assert _left(step.review(family, 1001.0)) == 0


def test_a_killed_step_is_killed_to_the_last() -> None:
    step, family = _step(), FakeFamily({10, 11}, set())
    step.stop(signal.SIGKILL, family, 101.0)
    step.leader_ended(signal.SIGKILL, _usage(), 101.0)
    assert not step.review(family, 101.0)
    family.deadly.add(signal.SIGKILL)
    assert not step.review(family, 101.01)
    assert _left(step.review(family, 101.02)) == 0
    assert family.sent == [signal.SIGKILL] * 3


def _serving(family: FakeFamily) -> Step:
    step = _step(service=True)
    step.leader_ended(0, _usage(), 101.0)
    reply = step.review(family, 101.0)
    assert (reply[0], reply[-5:-3]) == (b"finished", [b"0", b"1"])
    return step


def test_a_service_goes_on_until_nothing_is_left_of_it() -> None:
    family = FakeFamily({11}, set())
    step = _serving(family)
    assert step.look_at == 108.0
    assert step.review(family, 108.0) == []
    assert not step.over
    family.members.clear()
    assert step.review(family, 109.0) == [b"gone", b"7"]
    assert step.over
    assert family.sent == []


def test_a_service_that_left_nothing_is_an_ordinary_step() -> None:
    step = _step(service=True)
    step.leader_ended(0, _usage(), 101.0)
    assert step.review(FakeFamily(set(), set()), 101.0)[-4] == b""
    assert step.over


def test_a_service_is_asked_to_end_then_killed() -> None:
    family = FakeFamily({11}, {signal.SIGKILL})
    step = _serving(family)
    step.stop(signal.SIGTERM, family, 102.0)
    assert step.look_at == 102.0
    assert step.review(family, 102.0) == []
    assert step.review(family, 1000.0) == []
    step.stop(signal.SIGKILL, family, 1001.0)
    assert step.review(family, 1001.0) == [b"gone", b"7"]
    assert family.sent == [signal.SIGTERM, signal.SIGKILL]


def test_a_service_that_failed_is_ended() -> None:
    step, family = _step(service=True), FakeFamily({11}, {signal.SIGTERM})
    step.leader_ended(STATUS_3, _usage(), 101.0)
    assert step.review(family, 101.0) == []
    assert step.review(family, 101.0 + SETTLE_S) == []
    reply = step.review(family, 101.2)
    assert (_left(reply), reply[-4]) == (1, b"")


def test_a_service_that_is_asked_to_end_before_it_serves_does_not_serve() -> None:
    step, family = _step(service=True), FakeFamily({10, 11}, set())
    step.stop(signal.SIGTERM, family, 101.0)
    step.leader_ended(0, _usage(), 101.5)
    assert step.review(family, 101.5) == []
    family.members.clear()
    reply = step.review(family, 102.0)
    assert (_left(reply), reply[-4]) == (0, b"")
