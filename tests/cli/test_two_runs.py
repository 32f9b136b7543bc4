"""Two runs want the same workspace: one waits, gives up, or goes on under the other's lock."""

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, command, pid_from, run, start

pytestmark = pytest.mark.slow

HOLDS = """wfopt: 1
steps:
  hold:
    shell: sh
    run: |
      echo $$ > pid.new; mv pid.new pid
      until [ -e go ]; do sleep 0.01; done
"""
OTHER = "wfopt: 1\nsteps:\n  other: {shell: sh, run: touch other}\n"


@pytest.fixture
def first(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run whose step goes on until there is a file `go`."""
    (tmp_path / "wfopt.yml").write_text(HOLDS)
    (tmp_path / "other.yml").write_text(OTHER)
    process = start(["run", "wfopt.yml"], tmp_path)
    pid_from(tmp_path / "pid")
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=LIMIT_S)


def waiting(folder: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    """Start another run; return it, with what it says once it waits."""
    second = start(["run", *options, "other.yml"], folder)
    assert second.stderr is not None
    return second, second.stderr.readline()


def run_id(folder: Path) -> str:
    (name,) = os.listdir(folder / ".wfopt" / "runs")
    return name


def test_a_second_run_names_the_first_and_starts_at_its_end(
    first: subprocess.Popen[str], tmp_path: Path
) -> None:
    second, message = waiting(tmp_path)
    assert "WF510" in message
    assert f"waiting for run `{run_id(tmp_path)}` (pid {first.pid} on " in message
    assert "`wfopt run wfopt.yml`" in message
    assert not (tmp_path / "other").exists()
    (tmp_path / "go").touch()
    assert first.wait(LIMIT_S) == 0
    assert second.wait(LIMIT_S) == 0, second.communicate()
    assert (tmp_path / "other").exists()
    second.communicate()


def test_no_wait_gives_up_at_once_whatever_the_state_folder(
    first: subprocess.Popen[str], tmp_path: Path
) -> None:
    done = run(["run", "--no-wait", "other.yml"], tmp_path)
    assert done.returncode == 2
    assert f"another run has this workspace: run `{run_id(tmp_path)}` (pid {first.pid} on " in done.stderr
    done = run(["run", "--no-wait", "--state-dir", "elsewhere", "other.yml"], tmp_path)
    assert done.returncode == 2
    assert "another run has this workspace" in done.stderr
    assert sorted(os.listdir(tmp_path)) == [".wfopt", "other.yml", "pid", "wfopt.yml"]
    assert len(os.listdir(tmp_path / ".wfopt" / "runs")) == 1


def test_a_killed_run_frees_the_one_that_waits(first: subprocess.Popen[str], tmp_path: Path) -> None:
    second, _ = waiting(tmp_path)
    first.kill()
    assert second.wait(LIMIT_S) == 0
    second.communicate()
    assert (tmp_path / "other").exists()
    # What the killed one left behind is no obstacle to the next.
    assert run(["run", "--no-wait", "other.yml"], tmp_path).returncode == 0


def test_a_signal_ends_a_run_that_waits(first: subprocess.Popen[str], tmp_path: Path) -> None:
    second, _ = waiting(tmp_path)
    second.send_signal(signal.SIGTERM)
    assert second.wait(LIMIT_S) == 143
    assert second.communicate()[0] == ""
    (tmp_path / "go").touch()
    assert first.wait(LIMIT_S) == 0
    assert not (tmp_path / "other").exists()


def test_what_the_clock_says_is_no_matter(first: subprocess.Popen[str], tmp_path: Path) -> None:
    owner = tmp_path / ".wfopt" / "owner.json"
    record = json.loads(owner.read_text())
    for age_s in (-(10**8), 10**8):
        moment = record["started_at"] + age_s
        owner.write_text(json.dumps(record | {"started_at": moment}))
        for path in (owner, tmp_path / ".wfopt", tmp_path):
            os.utime(path, (moment, moment))
        assert run(["run", "--no-wait", "other.yml"], tmp_path).returncode == 2
    (tmp_path / "go").touch()
    assert first.wait(LIMIT_S) == 0
    # A description alone holds nothing, even if its process lives.
    owner.write_text(json.dumps(record | {"pid": os.getpid()}))
    assert run(["run", "--no-wait", "other.yml"], tmp_path).returncode == 0


NESTED = {
    "plain": [],
    "state-dir": ["--state-dir", "elsewhere"],
    "folder": ["-C", "sub/.."],
    "workspace": ["--workspace", "sub/.."],
}


def test_nested_runs_go_on_under_the_lock_of_their_parent(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "other.yml").write_text("wfopt: 1\nsteps:\n  other: {shell: sh, run: echo other >> others}\n")
    steps = HOLDS
    for name, options in NESTED.items():
        nested = shlex.join([*command(["run", *options]), "other.yml"])
        steps += f"  {name}: {{run: {json.dumps(nested)}, timeout: 30s}}\n"
    steps = steps.replace("    shell: sh\n", f"    shell: sh\n    needs: [{', '.join(NESTED)}]\n")
    (tmp_path / "wfopt.yml").write_text(steps)
    outer = start(["run", "--no-wait", "wfopt.yml"], tmp_path)
    pid_from(tmp_path / "pid")
    assert (tmp_path / "others").read_text() == "other\n" * len(NESTED)
    # The nested runs are over, the lock is still their parent's.
    refused = run(["run", "--no-wait", "other.yml"], tmp_path)
    assert (refused.returncode, f"(pid {outer.pid} on " in refused.stderr) == (2, True)
    (tmp_path / "go").touch()
    stdout, stderr = outer.communicate(timeout=LIMIT_S)
    assert outer.returncode == 0, stdout + stderr
    assert not (tmp_path / ".wfopt" / "owner.json").exists()
