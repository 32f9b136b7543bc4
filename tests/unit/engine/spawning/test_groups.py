"""Control groups of both versions, on folders that look like them."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import pytest

from tests.support.fake_cgroups import V1_FILES, V2_FILES, FakeCgroups
from wfopt.engine.spawning import groups
from wfopt.engine.spawning.groups import V2, Group, Hierarchy, number, pids_in, remove, sweep_leftovers


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCgroups:
    return FakeCgroups(tmp_path, monkeypatch)


def _group(kernel: FakeCgroups, *controllers: bytes, version: int = 2) -> tuple[Group, bytes]:
    """Return a group that has been made, with all of its controllers in one folder."""
    base = kernel.base("x", V2_FILES if version == 2 else V1_FILES)
    folder = base + b"/1"
    group = Group(dict.fromkeys(controllers, folder), {folder: base}, folder if version == 2 else None)
    group.make()
    return group, folder


def test_limits_in_version_2(kernel: FakeCgroups) -> None:
    group, _ = _group(kernel, b"memory", b"cpu", b"pids", V2)
    group.limit({b"memory": 5000, b"cpu": 1500, b"pids": 7})
    assert dict(kernel.written) == {
        "x/1/memory.max": b"5000",
        "x/1/memory.swap.max": b"0",
        "x/1/memory.oom.group": b"1",
        "x/1/cpu.max": b"150000 100000",
        "x/1/cpu.weight": b"150",
        "x/1/pids.max": b"7",
    }
    assert not group.kills_singly
    assert group.peak_bytes() == 4096


def test_limits_in_version_1(kernel: FakeCgroups) -> None:
    group, _ = _group(kernel, b"memory", b"cpu", b"pids", version=1)
    group.limit({b"memory": 5000, b"cpu": 1, b"pids": 7})
    assert dict(kernel.written) == {
        "x/1/memory.limit_in_bytes": b"5000",
        "x/1/memory.memsw.limit_in_bytes": b"5000",
        "x/1/cpu.cfs_period_us": b"100000",
        "x/1/cpu.cfs_quota_us": b"1000",
        "x/1/cpu.shares": b"2",
        "x/1/pids.max": b"7",
    }
    assert group.kills_singly
    assert group.peak_bytes() == 8192


def test_older_kernels_do_without_some_files(kernel: FakeCgroups) -> None:
    group, folder = _group(kernel, b"memory", V2)
    for name in ("memory.swap.max", "memory.oom.group", "memory.peak", "cgroup.kill"):
        (Path(os.fsdecode(folder)) / name).unlink()
    group.limit({b"memory": 5000})
    group.kill()
    assert kernel.text(folder, "memory.max") == "5000"
    assert group.kills_singly
    assert group.peak_bytes() is None


@pytest.mark.parametrize(
    ("events", "out"),
    [
        ("max 3\noom 1\noom_kill 1\n", True),
        ("max 3\noom 0\noom_kill 0\n", False),
        # Something further up was full.
        ("max 0\noom 0\noom_kill 1\n", False),
    ],
)
def test_knows_when_its_own_memory_was_not_enough(kernel: FakeCgroups, events: str, out: bool) -> None:
    group, folder = _group(kernel, b"memory", V2)
    kernel.set(folder, "memory.events", events)
    assert group.was_out_of_memory() is out


@pytest.mark.parametrize(("kills", "peak", "out"), [(1, 4999, True), (0, 5000, False), (1, 3000, False)])
def test_knows_the_same_in_version_1(kernel: FakeCgroups, kills: int, peak: int, out: bool) -> None:
    group, folder = _group(kernel, b"memory", version=1)
    kernel.set(folder, "memory.limit_in_bytes", "5000\n")
    kernel.set(folder, "memory.max_usage_in_bytes", f"{peak}\n")
    kernel.set(folder, "memory.oom_control", f"oom_kill_disable 0\noom_kill {kills}\n")
    assert group.was_out_of_memory() is out


def test_knows_when_a_process_was_refused(kernel: FakeCgroups) -> None:
    group, folder = _group(kernel, b"pids", V2)
    assert not group.was_refused_a_process()
    kernel.set(folder, "pids.events", "max 2\n")
    assert group.was_refused_a_process()
    assert not group.was_out_of_memory()
    assert group.peak_bytes() is None
    assert not group.kills_singly


def test_goes_in_and_back(kernel: FakeCgroups) -> None:
    group, _ = _group(kernel, b"pids", V2)
    group.enter()
    group.leave()
    assert kernel.written == [("x/1/cgroup.procs", b"0"), ("x/cgroup.procs", b"0")]


def test_tells_what_is_in_it_and_below_it(kernel: FakeCgroups) -> None:
    group, folder = _group(kernel, b"pids", version=1)
    assert not group.populated
    os.mkdir(folder + b"/inner")
    kernel.set(folder, "cgroup.procs", "5\n6\n")
    kernel.set(folder + b"/inner", "cgroup.procs", "7\n")
    assert group.populated
    assert group.pids() == {5, 6, 7}
    assert pids_in(folder, deep=False) == {5, 6}


def test_version_2_tells_whether_anything_is_in_it(kernel: FakeCgroups) -> None:
    group, folder = _group(kernel, V2)
    assert not group.populated
    kernel.set(folder, "cgroup.events", "populated 1\n")
    assert group.populated


def test_kills_all_at_once(kernel: FakeCgroups) -> None:
    group, _ = _group(kernel, V2)
    group.kill()
    assert kernel.written == [("x/1/cgroup.kill", b"1")]


def test_freezes_what_it_kills_in_version_1(kernel: FakeCgroups, monkeypatch: pytest.MonkeyPatch) -> None:
    group, folder = _group(kernel, b"freezer", version=1)
    kernel.set(folder, "cgroup.procs", "5\n6\n")
    sent = []

    def kill(pid: int, signum: int) -> None:
        sent.append((pid, signum, kernel.text(folder, "freezer.state")))
        if pid == 5:
            raise ProcessLookupError

    monkeypatch.setattr(groups.os, "kill", kill)
    group.kill()
    assert sorted(sent) == [(5, signal.SIGKILL, "FROZEN"), (6, signal.SIGKILL, "FROZEN")]
    assert kernel.text(folder, "freezer.state") == "THAWED"


def test_does_without_a_freezer_that_is_refused(kernel: FakeCgroups) -> None:
    group, folder = _group(kernel, b"freezer", version=1)
    kernel.refused["freezer.state"] = errno.EACCES
    group.kill()
    assert kernel.text(folder, "freezer.state") == "THAWED"


def test_a_group_with_nothing_to_kill_by_is_left_to_the_sweep(kernel: FakeCgroups) -> None:
    group, _ = _group(kernel, b"pids", version=1)
    group.kill()
    assert kernel.written == []


def test_removes_what_is_empty_with_what_is_below(kernel: FakeCgroups) -> None:
    group, folder = _group(kernel, b"pids", V2)
    os.mkdir(folder + b"/inner")
    kernel.set(folder, "cgroup.procs", "5")
    assert not group.remove()
    assert not os.path.exists(folder + b"/inner")
    kernel.set(folder, "cgroup.procs", "")
    assert group.remove()
    assert remove(folder)


def test_a_run_has_a_folder_that_is_tried_out_and_locked(kernel: FakeCgroups) -> None:
    base = kernel.base("pids", V1_FILES)
    hierarchy = Hierarchy(base, b"run", b"pids")
    assert os.listdir(base).count(b"wfopt-run") == 1
    assert [name for name, _ in kernel.written] == ["pids/wfopt-run/0/cgroup.procs", "pids/cgroup.procs"]
    assert (hierarchy.has(b"pids"), hierarchy.has(b"memory")) == (True, False)
    sweep_leftovers(base)
    assert os.path.isdir(hierarchy.folder)
    hierarchy.close()
    assert not os.path.exists(hierarchy.folder)


def test_a_folder_that_no_process_can_enter_is_given_up(kernel: FakeCgroups) -> None:
    base = kernel.base("pids", V1_FILES)
    kernel.refused["0/cgroup.procs"] = errno.EACCES
    with pytest.raises(OSError, match="Permission"):
        Hierarchy(base, b"run", b"pids")
    assert not [name for name in os.listdir(base) if name.startswith(b"wfopt")]


def test_a_folder_that_somebody_took_for_a_leftover_is_made_again(
    kernel: FakeCgroups, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = kernel.base("pids", V1_FILES)
    made, lock = [], groups._lock

    def too_late(folder: bytes) -> int | None:
        made.append(folder)
        locked = lock(folder)
        if len(made) == 1:
            remove(folder)
        return locked

    monkeypatch.setattr(groups, "_lock", too_late)
    Hierarchy(base, b"run", b"pids").close()
    assert len(made) == 2


def test_a_folder_that_somebody_else_has_locked_is_not_used(
    kernel: FakeCgroups, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = kernel.base("pids", V1_FILES)
    pauses: list[float] = []
    monkeypatch.setattr(groups, "_lock", lambda _: None)
    monkeypatch.setattr("time.sleep", pauses.append)
    with pytest.raises(BlockingIOError):
        Hierarchy(base, b"run", b"pids")
    assert 0.1 < sum(pauses) < 1


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_folder_that_somebody_is_just_looking_at_is_tried_again(
    kernel: FakeCgroups, monkeypatch: pytest.MonkeyPatch, *, is_gone: bool
) -> None:
    base = kernel.base("pids", V1_FILES)
    made, lock = [], groups._lock

    def looked_at(folder: bytes) -> int | None:
        made.append(folder)
        if len(made) > 2:
            return lock(folder)
        if is_gone:
            # Another run that starts has locked it first, and removed it.
            remove(folder)
        return None

    monkeypatch.setattr(groups, "_lock", looked_at)
    monkeypatch.setattr("time.sleep", lambda _: None)
    Hierarchy(base, b"run", b"pids").close()
    assert len(made) == 3


def test_switches_a_controller_on_when_it_is_needed(kernel: FakeCgroups) -> None:
    base = kernel.base("x", V2_FILES)
    hierarchy = Hierarchy(base, b"run", V2)
    kernel.written.clear()
    assert hierarchy.has(b"memory")
    assert hierarchy.has(b"memory")
    assert kernel.written == [
        ("x/cgroup.subtree_control", b"+memory"),
        ("x/wfopt-run/cgroup.subtree_control", b"+memory"),
    ]
    assert not hierarchy.has(b"hugetlb")
    assert hierarchy.home == base


def test_leaves_a_controller_that_is_on(kernel: FakeCgroups) -> None:
    base = kernel.base("x", V2_FILES | {"cgroup.subtree_control": "memory pids"})
    hierarchy = Hierarchy(base, b"run", V2)
    kernel.written.clear()
    assert hierarchy.has(b"pids")
    assert kernel.written == [("x/wfopt-run/cgroup.subtree_control", b"+pids")]


def test_steps_aside_where_it_is_alone(kernel: FakeCgroups) -> None:
    base = kernel.base("x", V2_FILES)
    hierarchy = Hierarchy(base, b"run", V2)
    kernel.set(base, "cgroup.procs", f"{os.getpid()}\n{os.getppid()}\n")
    kernel.refused["x/cgroup.subtree_control"] = errno.EBUSY
    kernel.written.clear()
    assert hierarchy.has(b"memory")
    leaf = base + b"/wfopt-run-self"
    assert hierarchy.home == leaf
    moved = sorted(text for name, text in kernel.written if name == "x/wfopt-run-self/cgroup.procs")
    assert moved == sorted(b"%d" % pid for pid in (os.getpid(), os.getppid()))
    sweep_leftovers(base)
    assert os.path.isdir(leaf)
    kernel.set(leaf, "cgroup.procs", "0")
    kernel.written.clear()
    hierarchy.close()
    assert kernel.written == [("x/cgroup.subtree_control", b"-memory"), ("x/cgroup.procs", b"0")]
    assert not os.path.exists(leaf)


def test_does_not_move_others(kernel: FakeCgroups) -> None:
    base = kernel.base("x", V2_FILES)
    hierarchy = Hierarchy(base, b"run", V2)
    kernel.set(base, "cgroup.procs", f"{os.getpid()}\n1\n")
    kernel.refused["x/cgroup.subtree_control"] = errno.EBUSY
    assert not hierarchy.has(b"memory")
    hierarchy.close()


def test_a_group_that_cannot_be_left_stays(kernel: FakeCgroups) -> None:
    base = kernel.base("x", V2_FILES)
    hierarchy = Hierarchy(base, b"run", V2)
    kernel.set(base, "cgroup.procs", str(os.getpid()))
    kernel.refused["x/cgroup.subtree_control"] = errno.EBUSY
    assert hierarchy.has(b"memory")
    kernel.refused["x/cgroup.subtree_control"] = errno.EBUSY
    hierarchy.close()
    assert os.path.isdir(base + b"/wfopt-run-self")


def test_removes_what_dead_runs_left_and_nothing_else(kernel: FakeCgroups) -> None:
    base = kernel.base("x", V2_FILES)
    living = Hierarchy(base, b"living", V2)
    for name in (b"wfopt-dead", b"wfopt-dead/3", b"wfopt-gone-self", b"others", b"wfopt-busy"):
        os.mkdir(base + b"/" + name)
    kernel.set(base + b"/wfopt-busy", "cgroup.procs", "77")
    (kernel.root / "x" / "wfopt-file").write_text("")
    sweep_leftovers(base)
    left = sorted(name for name in os.listdir(base) if b"." not in name)
    assert left == [b"others", b"wfopt-busy", b"wfopt-file", b"wfopt-living"]
    living.close()
    sweep_leftovers(base + b"/nowhere")


def test_reads_numbers() -> None:
    assert (number(b"a 1\nb 22\n", b"b"), number(b"a 1\n", b"b"), number(b"b x", b"b")) == (22, 0, 0)
