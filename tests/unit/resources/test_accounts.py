"""What a tree used so far, though its processes come and go."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.resources.accounts import Account
from wfopt.resources.procfs import Row, parse_stat

SPAWNER = 50


def row(pid: int, parent: int, own: int = 0, waited: int = 0, started: int = 1) -> Row:
    text = f"{pid} (sh) S {parent} 1 1 0 -1 0 0 0 0 0 {own} 0 {waited} 0 20 0 1 0 {started} 9 9 9 1"
    made = parse_stat(text.encode())
    assert made is not None
    return made


def see(account: Account, *rows: Row) -> int:
    return account.see(rows, [each.ticks for each in rows], [each.waited_ticks for each in rows])


def test_growth() -> None:
    account = Account()
    assert see(account, row(100, SPAWNER, 5), row(101, 100, 7)) == 12
    assert see(account, row(100, SPAWNER, 6), row(101, 100, 7), row(102, 100, 1)) == 2
    assert account.total == 14


def test_a_child_that_was_waited_for_counts_once() -> None:
    account = Account()
    see(account, row(100, SPAWNER, 5), row(101, 100, 7))
    # It used 2 more before it ended.
    assert see(account, row(100, SPAWNER, 5, 9)) == 2
    assert account.total == 14


def test_an_orphan_that_the_spawner_waited_for_is_kept() -> None:
    account = Account()
    see(account, row(100, SPAWNER, 5), row(300, SPAWNER, 7))
    assert see(account, row(100, SPAWNER, 6)) == 1
    assert account.total == 13


def test_what_the_first_process_used_is_kept() -> None:
    account = Account()
    see(account, row(100, SPAWNER, 5, 4), row(101, 100, 7))
    assert see(account, row(101, SPAWNER, 8)) == 1
    assert account.total == 17
    assert see(account) == 0
    assert account.total == 17


def test_grandchildren_arrive_through_parents_that_are_gone_too() -> None:
    account = Account()
    see(account, row(100, SPAWNER, 1), row(101, 100, 2), row(102, 101, 30))
    assert see(account, row(100, SPAWNER, 1, 32)) == 0
    # Here the parent ended without having waited, so the spawner got the grandchild.
    account = Account()
    see(account, row(100, SPAWNER, 1), row(101, 100, 2), row(102, 101, 30))
    assert see(account, row(100, SPAWNER, 1, 2)) == 0
    assert account.total == 33


def test_a_child_that_nobody_waited_for_is_kept() -> None:
    account = Account()
    see(account, row(100, SPAWNER, 1), row(101, 100, 7))
    assert see(account, row(100, SPAWNER, 1)) == 0
    assert account.total == 8


def test_a_number_that_is_used_again_is_another_process() -> None:
    account = Account()
    see(account, row(100, SPAWNER, 1), row(101, 100, 7))
    assert see(account, row(100, SPAWNER, 1, 7), row(101, 100, 3, started=2)) == 3
    assert account.total == 11


def test_what_reads_less_than_before_is_not_taken_back() -> None:
    account = Account()
    see(account, row(100, SPAWNER, 9))
    assert see(account, row(100, SPAWNER, 4)) == 0
    assert account.total == 9


def test_parents_in_a_circle() -> None:
    account = Account()
    see(account, row(101, 102, 1), row(102, 101, 1))
    assert see(account) == 0
    assert account.total == 2


class _World:
    """A tree as the kernel accounts it: waiting moves everything to the parent."""

    def __init__(self) -> None:
        self.parents = {100: SPAWNER}
        self.own = {100: 0}
        self.waited = {100: 0}
        self.used = 0

    def fork(self, parent: int) -> None:
        pid = max(100, *self.own) + len(self.own) + 1
        self.parents[pid], self.own[pid], self.waited[pid] = parent, 0, 0

    def work(self, pid: int, ticks: int) -> None:
        self.own[pid] += ticks
        self.used += ticks

    def end(self, pid: int) -> None:
        parent = self.parents.pop(pid)
        used = self.own.pop(pid) + self.waited.pop(pid)
        if parent in self.waited:
            self.waited[parent] += used
        for child in [each for each, above in self.parents.items() if above == pid]:
            self.parents[child] = SPAWNER

    def rows(self) -> list[Row]:
        return [row(pid, self.parents[pid], self.own[pid], self.waited[pid]) for pid in sorted(self.own)]


_ACTIONS = st.tuples(st.sampled_from(["fork", "work", "end", "look"]), st.integers(0, 9), st.integers(0, 50))


@settings(max_examples=50, deadline=None)
@given(st.lists(_ACTIONS, max_size=40))
def test_never_more_than_was_used_and_never_backwards(actions: list[tuple[str, int, int]]) -> None:
    world, account, total = _World(), Account(), 0
    for action, place, ticks in actions:
        pids = sorted(world.own)
        pid = pids[place % len(pids)] if pids else 0
        if action == "look":
            grown = see(account, *world.rows())
            assert grown >= 0
            assert account.total == total + grown
            total = account.total
            assert total <= world.used
        elif pid and action == "fork":
            world.fork(pid)
        elif pid and action == "work":
            world.work(pid, ticks)
        elif pid:
            world.end(pid)


@settings(max_examples=50, deadline=None)
@given(st.lists(_ACTIONS, max_size=40))
def test_exact_if_one_looks_often_enough(actions: list[tuple[str, int, int]]) -> None:
    world, account = _World(), Account()
    for action, place, ticks in actions:
        pids = sorted(world.own)
        pid = pids[place % len(pids)] if pids else 0
        if pid and action == "fork":
            world.fork(pid)
        elif pid and action == "work":
            world.work(pid, ticks)
        elif pid and action == "end":
            world.end(pid)
        see(account, *world.rows())
        assert account.total == world.used
