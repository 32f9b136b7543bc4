"""Limits for real, at every level that this machine has."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.limited import LEVELS, MB, groups_of, hog, missing, with_limits
from tests.support.processes import (
    AWKWARD_KINDS,
    RUN_ID,
    awkward,
    launch,
    living,
    news_until_ended,
    output_of,
    pids_in,
    shell,
    until_ended,
    until_output,
)
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.runner import Ended, Launch
from wfopt.engine.spawning.processes import read_table
from wfopt.errors import SpawnerError
from wfopt.model.outcome import Enforcer, LimitKind, PeakSource
from wfopt.model.workflow import StepId

pytestmark = pytest.mark.slow

BASE = {"PATH": os.defpath}


@pytest.fixture(params=LEVELS)
def level(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    why = missing(name)
    if why:
        pytest.skip(why)
    groups = groups_of(name)
    monkeypatch.setattr("wfopt.resources.limits.own_groups", lambda: groups)
    return name


@pytest.fixture
def runner() -> Iterator[LocalRunner]:
    made = LocalRunner(BASE, SystemClock())
    yield made
    made.close()


def _run(runner: LocalRunner, step: Launch) -> tuple[bytes, Ended]:
    runner.start(step)
    heard = news_until_ended(runner, step.step)
    ended = heard[-1]
    assert isinstance(ended, Ended)
    return output_of(heard, step.step), ended


def _left() -> list[str]:
    """Return what is left of the groups of this process's runs."""
    names = [name for folder in groups_of("both versions").values() for name in os.listdir(folder)]
    return [name for name in names if name.startswith(f"wfopt-{RUN_ID}-")]


def test_a_tree_that_holds_too_much_together_is_stopped(level: str, runner: LocalRunner) -> None:
    _, ended = _run(runner, with_limits(hog("a", 30 * MB), memory=50 * MB))
    assert ended.limit is not None
    assert (ended.limit.kind, ended.limit.limit) == (LimitKind.MEMORY, 50 * MB)
    assert ended.limit.enforced_by is runner.enforcers()["memory"]
    by_kernel = "versions" in level or level == "version 1"
    # Version 2 alone enforces memory only where that controller is not in version 1.
    if level != "version 2":
        assert ended.limit.enforced_by is (Enforcer.KERNEL if by_kernel else Enforcer.WATCHDOG)
    if ended.limit.enforced_by is Enforcer.KERNEL:
        assert ended.peak_memory_source is PeakSource.CGROUP
        assert 45 * MB < ended.limit.observed <= 50 * MB
    else:
        assert ended.peak_memory_source is PeakSource.TREE
        assert ended.limit.observed > 50 * MB
    assert ended.ended_at - ended.started_at < 10


def test_what_stays_below_its_limits_is_left_alone(level: str, runner: LocalRunner) -> None:
    step = with_limits(shell("a", "sleep 0.1 & wait; echo done"), memory=500 * MB, pids=50)
    output, ended = _run(runner, step)
    assert (output, ended.exit_code, ended.limit) == (b"done\n", 0, None)
    assert 0 < ended.peak_memory_bytes < 100 * MB


def test_too_many_processes_fail_the_step(level: str, runner: LocalRunner) -> None:
    script = "for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; wait; exit 0"
    _, ended = _run(runner, with_limits(shell("a", script), pids=5))
    assert ended.limit is not None
    assert (ended.limit.kind, ended.limit.limit) == (LimitKind.PIDS, 5)
    assert ended.limit.observed > 5


def test_a_whole_tree_dies_and_its_groups_go(level: str, runner: LocalRunner) -> None:
    everything = awkward(*AWKWARD_KINDS, term="ignore", stay=True)
    runner.start(with_limits(launch("a", *everything), memory=500 * MB))
    pids = pids_in(until_output(runner, "a", b"ready"))
    assert len(pids) == len(AWKWARD_KINDS)
    runner.stop(StepId("a"), force=True)
    assert until_ended(runner, "a")["a"].signal == 9
    assert living(pids) == set()
    runner.close()
    assert _left() == []


def test_orphans_without_any_trace_are_told_apart(level: str, runner: LocalRunner) -> None:
    if level == "watchdog":
        pytest.skip("without control groups nothing tells where they come from")
    found = []
    for name in ("a", "b"):
        runner.start(with_limits(launch(name, *awkward("detached", stay=True)), memory=500 * MB))
        found.append(pids_in(until_output(runner, name, b"ready")))
    mine, others = found
    runner.stop(StepId("a"), force=True)
    until_ended(runner, "a")
    assert (living(mine), living(others)) == (set(), others)


def test_each_process_is_limited(runner: LocalRunner, tmp_path: Path) -> None:
    step = shell("a", "ulimit -n; nice; ulimit -t", cwd=str(tmp_path))
    output, ended = _run(runner, with_limits(step, open_files=77, nice=5, cpu_time=9))
    assert (output.split(), ended.limit) == ([b"77", b"5", b"9"], None)
    assert runner.enforcers() == dict.fromkeys(("open-files", "nice", "cpu-time"), Enforcer.KERNEL)
    step = shell("b", "head -c 3000000 /dev/zero > big; exit 0", cwd=str(tmp_path))
    _, ended = _run(runner, with_limits(step, file_size=MB))
    # This shell goes on and says that all is well, and only its last program counts.
    assert ended.limit is None
    assert (tmp_path / "big").stat().st_size == MB
    step = shell("c", "exec head -c 3000000 /dev/zero > big", cwd=str(tmp_path))
    _, ended = _run(runner, with_limits(step, file_size=MB))
    assert ended.limit is not None
    assert (ended.limit.kind, ended.limit.enforced_by) == (LimitKind.FILE_SIZE, Enforcer.KERNEL)


def test_cpu_time_is_limited(runner: LocalRunner) -> None:
    _, ended = _run(runner, with_limits(shell("a", "while :; do :; done"), cpu_time=1))
    assert ended.limit is not None
    assert (ended.limit.kind, ended.limit.limit) == (LimitKind.CPU_TIME, 1)


@pytest.mark.skipif(bool(missing("version 1")), reason=missing("version 1") or "there are")
def test_cpus_are_limited_where_that_is_asked_for(runner: LocalRunner) -> None:
    script = f"sleep 0.05; cat {groups_of('version 1')['cpu']}/wfopt-{RUN_ID}-*/1/cpu.cfs_quota_us"
    output, _ = _run(runner, with_limits(shell("a", script), cpu=500))
    assert (output, runner.enforcers()) == (b"50000\n", {"cpu": Enforcer.KERNEL})


def test_says_why_a_limited_program_cannot_be_started(level: str, runner: LocalRunner) -> None:
    _, ended = _run(runner, with_limits(launch("a", "no-such-program"), memory=500 * MB, nice=1))
    assert ended.error == "the program `no-such-program` is not on the PATH"
    _, ended = _run(runner, with_limits(launch("b", "/etc/passwd"), memory=500 * MB))
    assert ended.error == "`/etc/passwd` is not executable"
    runner.close()
    assert _left() == []


def test_the_spawner_stays_where_it_was(level: str, runner: LocalRunner) -> None:
    _run(runner, with_limits(shell("a", "exit 0"), memory=500 * MB))
    spawner = runner.alive().spawner
    with open(f"/proc/{spawner}/cgroup") as theirs, open("/proc/self/cgroup") as ours:
        assert theirs.read() == ours.read()
    assert spawner in {process.pid for process in read_table("/proc").everything()}


def test_what_a_killed_spawner_left_goes_with_the_next_run(level: str, runner: LocalRunner) -> None:
    runner.start(with_limits(shell("a", "sleep 1000"), memory=500 * MB))
    runner.start(shell("b", "echo ready; sleep 1000"))
    until_output(runner, "b", b"ready")
    spawner = runner.alive().spawner
    assert spawner is not None
    os.kill(spawner, signal.SIGKILL)
    with pytest.raises(SpawnerError):
        runner.wait(20)
    runner.close()
    again = LocalRunner(BASE, SystemClock())
    _run(again, with_limits(shell("a", "exit 0"), memory=500 * MB))
    again.close()
    assert _left() == []
