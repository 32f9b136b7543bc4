"""Who sees to a limit, when a step is looked at, and what is told of it."""

from __future__ import annotations

import errno
import math
import os
from pathlib import Path

import pytest

from tests.support.fake_cgroups import V1_FILES, V2_FILES, FakeCgroups
from wfopt.engine.spawning.control import Control
from wfopt.engine.spawning.family import Descendants, Groups, Tree
from wfopt.engine.spawning.groups import V2
from wfopt.engine.spawning.holding import LOOK_S, NEAR_LOOK_S, StepHold, StepHolder
from wfopt.engine.spawning.launching import StartError, ignored_signals
from wfopt.engine.spawning.processes import Process, Table

MIB = 1 << 20


class Few(Descendants):
    """Knows the processes of each tree beforehand."""

    def __init__(self, pids: dict[int, set[int]]) -> None:
        self.pids = pids

    def members(self, tree: Tree | None, table: Table | None = None) -> list[Process]:
        assert tree is not None
        return [Process(pid, 1, pid, pid) for pid in self.pids[tree.leader]]


def _hold(proc: Path, mib: int, pid: int = 5) -> None:
    """Make a process hold so much, all of it its own."""
    folder = proc / str(pid)
    (folder / "task" / str(pid)).mkdir(parents=True, exist_ok=True)
    (folder / "statm").write_text(f"9 {mib * MIB // os.sysconf('SC_PAGE_SIZE')} 1\n")
    (folder / "smaps_rollup").write_text(f"Pss: {mib * 1024} kB\n")


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCgroups:
    return FakeCgroups(tmp_path, monkeypatch)


def _watched(tmp_path: Path, limits: bytes) -> tuple[StepHolder, StepHold, Tree]:
    """Return a step that only a watchdog sees to; it started at 100 s."""
    holder = StepHolder(Few({5: {5, 6}}), Control(b"run", {}), str(tmp_path))
    hold, _ = holder.prepare(limits)
    tree = Tree(5)
    hold.begin(tree, 100.0)
    return holder, hold, tree


def test_decides_once_who_sees_to_what(tmp_path: Path) -> None:
    holder = StepHolder(Few({}), Control(b"run", {}), str(tmp_path))
    _, told = holder.prepare(b"memory=1 pids=2 cpu=3 cpu-time=4 nice=1")
    assert told == [b"memory=watchdog", b"pids=watchdog", b"cpu=advisory", b"cpu-time=kernel", b"nice=kernel"]
    assert holder.prepare(b"memory=1 open-files=9")[1] == [b"open-files=kernel"]


def test_nobody_sees_to_memory_without_a_process_table() -> None:
    holder = StepHolder(Groups(), Control(b"run", {}))
    hold, told = holder.prepare(b"memory=1")
    assert told == [b"memory=advisory"]
    hold.begin(Tree(5), 100.0)
    assert holder.look_at == math.inf
    assert hold.verdict(0, 700) == [b"700", b"process", b""]


def test_ends_what_holds_too_much_together(tmp_path: Path) -> None:
    holder, hold, tree = _watched(tmp_path, b"memory=104857600")
    assert holder.look_at == pytest.approx(100.0 + NEAR_LOOK_S)
    _hold(tmp_path, 40)
    _hold(tmp_path, 41, pid=6)
    assert holder.look(100.05) == []
    # It grows and is near.
    assert holder.look_at == pytest.approx(100.05 + NEAR_LOOK_S)
    assert holder.look(100.10) == []
    assert holder.look_at == pytest.approx(100.10 + LOOK_S)
    _hold(tmp_path, 80)
    assert holder.look(100.30) == [tree]
    # Once is enough.
    assert holder.look(100.50) == []
    hit = b"memory 104857600 %d watchdog" % (121 * MIB)
    assert hold.verdict(0, 80 * MIB) == [b"%d" % (121 * MIB), b"tree", hit]
    hold.end()
    assert holder.look_at == math.inf


def test_a_step_that_stays_below_is_left_alone(tmp_path: Path) -> None:
    holder, hold, _ = _watched(tmp_path, b"memory=104857600")
    _hold(tmp_path, 20)
    assert holder.look(100.05) == []
    assert holder.look_at == pytest.approx(100.05 + LOOK_S)
    # The largest process may have held more between two looks than all of them when looked at.
    assert hold.verdict(0, 30 * MIB) == [b"%d" % (30 * MIB), b"process", b""]


def test_ends_what_has_too_many_processes(tmp_path: Path) -> None:
    holder, hold, tree = _watched(tmp_path, b"pids=1")
    _hold(tmp_path, 1)
    _hold(tmp_path, 1, pid=6)
    assert holder.look(100.05) == [tree]
    assert hold.verdict(-9, 1)[2] == b"pids 1 2 watchdog"


@pytest.mark.parametrize(
    ("limits", "code", "hit"),
    [
        (b"cpu-time=7", -24, b"cpu-time 7 7 kernel"),
        # So a shell tells how its last program ended.
        (b"cpu-time=7", 152, b"cpu-time 7 7 kernel"),
        (b"file-size=8", -25, b"file-size 8 8 kernel"),
        (b"file-size=8", -24, b""),
        (b"cpu-time=7", 24, b""),
        (b"cpu-time=7", 0, b""),
    ],
)
def test_knows_by_the_signal_what_a_process_exceeded(limits: bytes, code: int, hit: bytes) -> None:
    hold, _ = StepHolder(Few({}), Control(b"run", {})).prepare(limits)
    assert hold.verdict(code, 1) == [b"1", b"process", hit]


def test_the_kernel_needs_no_look_where_it_kills_all(kernel: FakeCgroups) -> None:
    base = kernel.base("x", V2_FILES | {"memory.oom.group": "1"})
    holder = StepHolder(Few({}), Control(b"run", {V2: base}))
    hold, told = holder.prepare(b"memory=5000 pids=3")
    assert told == [b"memory=kernel", b"pids=kernel"]
    tree = Tree(5)
    hold.begin(tree, 100.0)
    assert tree.group is hold.group
    assert holder.look_at == math.inf
    folder = base + b"/wfopt-run/1"
    kernel.set(folder, "memory.events", "max 1\noom_kill 2\n")
    assert hold.verdict(0, 1) == [b"4096", b"cgroup", b"memory 5000 4096 kernel"]
    hold.end()
    assert not os.path.exists(folder)
    holder.close()


def test_a_process_that_was_refused_fails_the_step(kernel: FakeCgroups) -> None:
    base = kernel.base("x", V2_FILES)
    hold, _ = StepHolder(Few({}), Control(b"run", {V2: base})).prepare(b"pids=3")
    kernel.set(base + b"/wfopt-run/1", "pids.events", "max 1\n")
    assert hold.verdict(0, 1) == [b"1", b"process", b"pids 3 4 kernel"]


def test_ends_what_the_kernel_lets_go_on_in_version_1(kernel: FakeCgroups) -> None:
    base = kernel.base("memory", V1_FILES)
    holder = StepHolder(Few({}), Control(b"run", {b"memory": base}))
    hold, _ = holder.prepare(b"memory=5000")
    tree = Tree(5)
    hold.begin(tree, 100.0)
    assert holder.look(100.05) == []
    folder = base + b"/wfopt-run/1"
    kernel.set(folder, "memory.limit_in_bytes", "5000")
    kernel.set(folder, "memory.max_usage_in_bytes", "5000")
    kernel.set(folder, "memory.oom_control", "oom_kill 1\n")
    assert holder.look(100.25) == [tree]


def _launch(hold: StepHold, *argv: bytes) -> int:
    here = os.getcwd()
    try:
        return hold.launch(
            list(argv) or [b"true"], b"/", {b"PATH": b"/bin:/usr/bin"}, (0, 1, 2), ignored_signals()
        )
    finally:
        os.chdir(here)


@pytest.mark.parametrize("limits", [b"pids=30", b"pids=30 nice=1"])
def test_starts_a_program_in_its_group(kernel: FakeCgroups, limits: bytes) -> None:
    base = kernel.base("pids", V1_FILES)
    hold, _ = StepHolder(Few({}), Control(b"run", {b"pids": base})).prepare(limits)
    kernel.written.clear()
    pid = _launch(hold)
    assert os.waitpid(pid, 0)[1] == 0
    assert kernel.text(base + b"/wfopt-run/1", "pids.max") == "30"
    # The process that is forked goes by itself, which is not seen here.
    went = [name for name, _ in kernel.written if name.endswith("procs")]
    assert went == ([] if b"nice" in limits else ["pids/wfopt-run/1/cgroup.procs", "pids/cgroup.procs"])


def test_says_that_a_group_cannot_be_entered(kernel: FakeCgroups) -> None:
    base = kernel.base("pids", V1_FILES)
    hold, _ = StepHolder(Few({}), Control(b"run", {b"pids": base})).prepare(b"pids=30")
    kernel.refused["1/cgroup.procs"] = errno.EACCES
    with pytest.raises(StartError) as caught:
        _launch(hold)
    assert caught.value.reason == b"it cannot be put into its control group: permission denied"
    hold.end()


def test_kills_what_cannot_be_limited(kernel: FakeCgroups) -> None:
    base = kernel.base("pids", V1_FILES)
    hold, _ = StepHolder(Few({}), Control(b"run", {b"pids": base})).prepare(b"pids=30")
    kernel.refused["pids.max"] = errno.EINVAL
    with pytest.raises(StartError) as caught:
        _launch(hold, b"sleep", b"1000")
    assert caught.value.reason == b"its limits cannot be set: invalid argument"
    assert os.wait()[1] == 9


def test_what_holds_more_from_the_start_is_over(kernel: FakeCgroups) -> None:
    base = kernel.base("memory", V1_FILES)
    hold, _ = StepHolder(Few({}), Control(b"run", {b"memory": base})).prepare(b"memory=5000")
    kernel.refused["memory.limit_in_bytes"] = errno.EBUSY
    os.waitpid(_launch(hold), 0)
    assert hold.verdict(0, 1) == [b"8192", b"cgroup", b"memory 5000 8192 kernel"]


def test_what_starts_more_before_the_limit_stands_is_over(kernel: FakeCgroups) -> None:
    base = kernel.base("pids", V1_FILES | {"pids.current": "9\n"})
    hold, _ = StepHolder(Few({}), Control(b"run", {b"pids": base})).prepare(b"pids=5")
    os.waitpid(_launch(hold), 0)
    assert hold.verdict(0, 1) == [b"1", b"process", b"pids 5 9 kernel"]


def test_says_which_limit_is_refused() -> None:
    hold, _ = StepHolder(Few({}), Control(b"run", {})).prepare(b"open-files=99999999999")
    with pytest.raises(StartError) as caught:
        _launch(hold)
    assert b"its limits cannot be set" in caught.value.reason


def test_a_folder_that_cannot_be_made_stops_the_step(
    kernel: FakeCgroups, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = kernel.base("pids", V1_FILES)
    holder = StepHolder(Few({}), Control(b"run", {b"pids": base}))
    holder.prepare(b"pids=30")

    def refuse(_: bytes) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("wfopt.engine.spawning.groups.os.mkdir", refuse)
    with pytest.raises(StartError) as caught:
        holder.prepare(b"pids=30")
    assert caught.value.reason == b"its limits cannot be set: no space left on device"
