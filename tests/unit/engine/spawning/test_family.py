"""Which process belongs to which step, on process tables made for the purpose."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from wfopt.engine.spawning import family
from wfopt.engine.spawning.family import (
    ControlGroup,
    Descendants,
    Groups,
    Relatives,
    Tree,
    env_marks,
    owner_by_group,
    owner_by_mark,
    send,
    send_group,
)
from wfopt.engine.spawning.processes import Process

ME = os.getpid()
MARK_A = frozenset({b"RUN=1", b"STEP=a"})
MARK_B = frozenset({b"RUN=1", b"STEP=b"})


class Machine:
    """A folder like `/proc`, and what happens when its processes are signalled."""

    def __init__(self, proc: Path, *, lists_children: bool = True) -> None:
        self.proc = proc
        self.sent: list[tuple[int, int]] = []
        self.parents: dict[int, int] = {}
        self.forks: dict[int, int] = {}
        self.immortal: set[int] = set()
        self._children = proc / str(ME) / "task" / str(ME) / "children"
        if lists_children:
            self._children.parent.mkdir(parents=True)
            self._children.write_text("", encoding="ascii")
        self.add(ME, 0, ME, ME)

    def add(
        self, pid: int, parent: int, group: int, session: int, env: frozenset[bytes] = frozenset()
    ) -> None:
        folder = self.proc / str(pid)
        folder.mkdir(exist_ok=True)
        (folder / "stat").write_text(f"{pid} (x) S {parent} {group} {session} 0", encoding="ascii")
        (folder / "environ").write_bytes(b"\0".join(env) + b"\0")
        self.parents[pid] = parent
        self._list()

    def become_zombie(self, pid: int) -> None:
        stat = self.proc / str(pid) / "stat"
        stat.write_text(stat.read_text(encoding="ascii").replace(") S", ") Z"), encoding="ascii")

    def end(self, pid: int) -> None:
        """Remove a process; its children become those of the test."""
        for name in ("stat", "environ"):
            (self.proc / str(pid) / name).unlink()
        (self.proc / str(pid)).rmdir()
        del self.parents[pid]
        for child in [child for child, parent in self.parents.items() if parent == pid]:
            stat = self.proc / str(child) / "stat"
            words = stat.read_text(encoding="ascii").split()
            words[3] = str(ME)
            stat.write_text(" ".join(words), encoding="ascii")
            self.parents[child] = ME
        self._list()

    def send(self, pid: int, signum: int) -> bool:
        self.sent.append((pid, signum))
        if pid in self.forks:
            self.add(self.forks.pop(pid), pid, 1000, 1000)
        if signum == signal.SIGKILL and pid in self.parents and pid not in self.immortal:
            self.end(pid)
        return True

    def send_group(self, group: int, signum: int) -> bool:
        self.sent.append((-group, signum))
        return True

    def _list(self) -> None:
        if self._children.exists():
            pids = [pid for pid, parent in self.parents.items() if parent == ME]
            self._children.write_text("".join(f"{pid} " for pid in pids), encoding="ascii")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(family, "send", made.send)
    monkeypatch.setattr(family, "send_group", made.send_group)
    return made


def _two_steps(machine: Machine) -> tuple[Descendants, Tree, Tree]:
    """Step a with the processes 10 and 11, step b with 20."""
    machine.add(10, ME, 10, ME, MARK_A)
    machine.add(11, 10, 11, 11, MARK_A)
    machine.add(20, ME, 20, ME, MARK_B)
    found = Descendants(str(machine.proc))
    a, b = Tree(10, MARK_A), Tree(20, MARK_B)
    found.add(a)
    found.add(b)
    return found, a, b


def _leader_ends(machine: Machine, tree: Tree) -> None:
    machine.end(tree.leader)
    tree.led = False


A, B, UNMARKED = Tree(10, MARK_A, frozenset({b"pipe:[1]"})), Tree(20, MARK_B), Tree(30)


@pytest.mark.parametrize(
    ("branch", "owner"),
    [
        ([Process(5, 1, 10, 1)], A),
        ([Process(5, 1, 5, 21)], B),
        ([Process(5, 1, 5, 5), Process(6, 5, 6, 20)], B),
        ([Process(5, 1, 5, 5)], None),
    ],
)
def test_finds_the_owner_of_an_orphan_by_its_company(branch: list[Process], owner: Tree | None) -> None:
    assert owner_by_group(branch, {A: {10, 11}, B: {20, 21}}) is owner


@pytest.mark.parametrize(
    ("traces", "owner"),
    [
        (MARK_A | {b"MORE=1"}, A),
        (MARK_B, B),
        ({b"RUN=1"}, None),
        ({b"RUN=1", b"pipe:[1]"}, A),
        ({b"pipe:[2]"}, None),
    ],
)
def test_finds_the_owner_of_an_orphan_by_its_marks(traces: set[bytes], owner: Tree | None) -> None:
    assert owner_by_mark(traces, [UNMARKED, A, B]) is owner


def test_the_only_step_owns_every_orphan() -> None:
    assert owner_by_group([Process(5, 1, 5, 5)], {A: {10}}) is A
    assert owner_by_group([Process(5, 1, 5, 5)], {}) is None


def test_nothing_is_left_of_a_step_without_orphans(machine: Machine) -> None:
    found, a, b = _two_steps(machine)
    machine.end(11)
    _leader_ends(machine, a)
    assert not found.holds(a)
    assert not found.holds(b)


@pytest.mark.parametrize("lists_children", [True, False])
def test_an_orphan_holds_its_step_until_it_was_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lists_children: bool
) -> None:
    machine = Machine(tmp_path, lists_children=lists_children)
    found, a, b = _two_steps(machine)
    _leader_ends(machine, a)
    assert found.holds(a)
    assert not found.holds(b)
    machine.end(11)
    found.reaped(11)
    assert not found.holds(a)


def test_remembers_groups_of_what_an_orphan_has_started(machine: Machine) -> None:
    found, a, b = _two_steps(machine)
    _leader_ends(machine, a)
    assert found.holds(a)
    # Without environment, but in the session of an orphan that is known.
    machine.add(12, 11, 12, 11)
    machine.add(13, 12, 12, 11)
    machine.end(12)
    assert found.signal(a, signal.SIGTERM) == {11, 13}
    assert found.signal(b, signal.SIGTERM) == {20}


def test_what_nobody_owns_is_left_alone_until_the_end(machine: Machine) -> None:
    found, a, b = _two_steps(machine)
    machine.end(11)
    machine.add(12, ME, 12, 12)
    _leader_ends(machine, a)
    assert not found.holds(a)
    found.remove(a)
    _leader_ends(machine, b)
    assert not found.holds(b)
    found.sweep_all()
    assert (12, signal.SIGKILL) in machine.sent


def test_what_is_left_of_a_forgotten_step_belongs_to_nobody(machine: Machine) -> None:
    found, a, b = _two_steps(machine)
    _leader_ends(machine, a)
    assert found.holds(a)
    found.remove(a)
    assert found.sweep(b) == {20}
    assert 11 in machine.parents


def test_a_child_that_has_ended_is_not_attributed(machine: Machine) -> None:
    found, a, _ = _two_steps(machine)
    machine.become_zombie(11)
    _leader_ends(machine, a)
    assert not found.holds(a)


def test_signals_the_group_at_once_and_the_others_one_by_one(machine: Machine) -> None:
    found, a, _ = _two_steps(machine)
    machine.add(12, 10, 10, ME)
    assert found.signal(a, signal.SIGTERM) == {10, 11, 12}
    assert machine.sent == [(-10, signal.SIGTERM), (11, signal.SIGTERM)]


def test_sweeps_until_nothing_new_appears(machine: Machine) -> None:
    found, a, b = _two_steps(machine)
    machine.forks = {10: 14, 14: 15}
    assert found.sweep(a) == {10, 11, 14, 15}
    stopped = [pid for pid, signum in machine.sent if signum == signal.SIGSTOP]
    assert sorted(stopped[:2]) == [10, 11]
    assert stopped[2:] == [14, 15]
    assert set(machine.parents) == {ME, 20}
    assert not found.holds(b)


def test_gives_up_sweeping_what_forks_for_ever(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(family, "_SWEEP_ROUNDS", 3)
    found, a, _ = _two_steps(machine)
    machine.forks = {11: 12, 12: 13, 13: 14}
    assert found.sweep(a) == {10, 11, 12, 13}
    assert 14 in machine.parents


def test_sweeps_everything(machine: Machine) -> None:
    found, _, _ = _two_steps(machine)
    machine.add(50, ME, 50, 50)
    machine.add(77, 1, 10, 10)
    assert found.sweep_all() == {10, 11, 20, 50}
    assert set(machine.parents) == {ME, 77}


def test_a_step_without_a_mark_owns_nothing_by_it() -> None:
    assert env_marks({b"WFOPT_STEP_ID": b"a"}) == frozenset()
    assert owner_by_mark({b"RUN=1"}, [Tree(10, frozenset())]) is None
    marks = env_marks({b"WFOPT_STEP_ID": b"a", b"WFOPT_RUN_ID": b"r", b"HOME": b"/"})
    assert marks == {b"WFOPT_STEP_ID=a", b"WFOPT_RUN_ID=r"}


def test_the_number_of_a_first_process_can_be_given_out_anew(machine: Machine) -> None:
    found, a, _ = _two_steps(machine)
    _leader_ends(machine, a)
    assert found.holds(a)
    anew = Tree(10)
    machine.add(10, ME, 10, ME)
    found.add(anew)
    machine.add(12, 10, 10, ME)
    machine.end(10)
    anew.led = False
    assert found.holds(anew)
    assert found.signal(anew, signal.SIGTERM) == {12}
    found.remove(anew)
    assert found.signal(a, signal.SIGTERM) == {11}


def _foreign(machine: Machine) -> Tree:
    """A tree below the first process: its group, a marked process, one below that, and strangers."""
    machine.add(60, 1, 60, 1)
    machine.add(61, 1, 60, 1)
    machine.add(62, 1, 62, 62, MARK_A)
    machine.add(63, 62, 63, 63)
    machine.add(70, 1, 70, 70, frozenset({b"RUN=1"}))
    return Tree(60, MARK_A)


def test_finds_relatives_among_all_processes(machine: Machine) -> None:
    tree, found = _foreign(machine), Relatives(str(machine.proc))
    assert found.holds(tree)
    (machine.proc / "62" / "environ").write_bytes(b"")
    assert found.signal(tree, signal.SIGTERM) == {60, 61, 62, 63}
    assert sorted(machine.sent) == [(-60, signal.SIGTERM), (62, signal.SIGTERM), (63, signal.SIGTERM)]
    assert found.sweep(tree) == {60, 61, 62, 63}
    assert set(machine.parents) == {ME, 70}
    assert not found.holds(tree)


def test_what_was_adopted_ends_with_everything(machine: Machine) -> None:
    found, _, _ = _two_steps(machine)
    found.adopt(_foreign(machine))
    assert found.sweep_all() == {10, 11, 20, 60, 61, 62, 63}
    assert set(machine.parents) == {ME, 70}


def test_what_was_released_does_not(machine: Machine) -> None:
    found = Descendants(str(machine.proc))
    found.adopt(_foreign(machine))
    found.release(60)
    assert found.sweep_all() == set()


def test_process_groups_are_what_there_is_elsewhere() -> None:
    groups = Groups()
    with subprocess.Popen(["sleep", "1000"], process_group=0) as process:
        tree = Tree(process.pid)
        groups.add(tree)
        assert groups.holds(tree)
        assert groups.signal(tree, signal.SIGCONT) == {process.pid}
        groups.sweep_all()
        assert process.wait() == -signal.SIGKILL
    groups.reaped(process.pid)
    assert not groups.holds(tree)
    assert groups.sweep(tree) == set()
    groups.remove(tree)


def test_adopts_process_groups() -> None:
    groups = Groups()
    with (
        subprocess.Popen(["sleep", "1000"], process_group=0) as adopted,
        subprocess.Popen(["sleep", "1000"], process_group=0) as released,
    ):
        groups.adopt(Tree(adopted.pid))
        groups.adopt(Tree(released.pid))
        groups.release(released.pid)
        assert groups.sweep_all() == {adopted.pid}
        assert adopted.wait() == -signal.SIGKILL
        assert released.poll() is None
        released.kill()


def test_signalling_what_is_gone_does_no_harm() -> None:
    with subprocess.Popen(["true"], process_group=0) as process:
        process.wait()
    assert not send(process.pid, signal.SIGTERM)
    assert not send_group(process.pid, signal.SIGTERM)
    assert send(ME, 0)


class Fixed(ControlGroup):
    """A control group with these processes."""

    def __init__(self, machine: Machine, pids: set[int]) -> None:
        self._machine = machine
        self._pids = pids

    @property
    def populated(self) -> bool:
        return bool(self.pids())

    def pids(self) -> set[int]:
        return self._pids & set(self._machine.parents)

    def kill(self) -> None:
        for pid in self.pids():
            self._machine.end(pid)


def test_a_control_group_tells_whose_an_orphan_is(machine: Machine) -> None:
    found, a, b = _two_steps(machine)
    c = Tree(30, frozenset({b"RUN=1", b"STEP=c"}))
    machine.add(30, ME, 30, ME)
    found.add(c)
    b.group = Fixed(machine, {20, 12})
    # Nothing about it tells where it comes from.
    machine.add(12, ME, 12, 12)
    assert not found.holds(a)
    assert found.holds(b)
    assert found.signal(b, signal.SIGTERM) == {20, 12}
    assert found.signal(a, signal.SIGTERM) == {10, 11}
    _leader_ends(machine, b)
    assert found.holds(b)
    assert found.sweep(b) == {12}
    found.reaped(12)
    assert not found.holds(b)
    assert set(machine.parents) == {ME, 10, 11, 30}


def test_what_a_control_group_does_not_hold_is_somebody_elses(machine: Machine) -> None:
    found, a, b = _two_steps(machine)
    a.group = Fixed(machine, {10, 11})
    machine.add(12, ME, 12, 12)
    # Of two steps only one can have something outside of a group.
    assert {each.pid for each in found.members(b)} == {20, 12}
