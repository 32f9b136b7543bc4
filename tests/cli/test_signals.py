"""What signals do to a running command, and to the processes of its steps."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, pid_from, start, until
from tests.support.processes import living

pytestmark = pytest.mark.slow

OBEYS = """
wfopt: 1
steps:
  wait:
    run: |
      sleep 1000 & child=$!
      echo $child > child.new; mv child.new child
      echo $$ > pid.new; mv pid.new pid
      wait
  later:
    needs: [wait]
    run: touch later
"""
IGNORES = """
wfopt: 1
steps:
  wait:
    run: |
      trap '' TERM INT HUP
      echo $$ > child
      echo $$ > pid.new; mv pid.new pid
      while :; do sleep 1000; done
"""


def started(text: str, folder: Path) -> tuple[subprocess.Popen[str], set[int]]:
    (folder / "wfopt.yml").write_text(text)
    process = start(["run", "--format", "json"], folder)
    return process, {pid_from(folder / "pid"), pid_from(folder / "child")}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_step_and_cancels_the_run(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    process, pids = started(OBEYS, tmp_path)
    assert living(pids) == pids
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=LIMIT_S)
    assert process.returncode == status, stderr
    assert living(pids) == set()
    report = json.loads(stdout)
    assert report["status"] == "cancelled"
    assert [step["status"] for step in report["steps"]] == ["cancelled", "cancelled"]
    assert not (tmp_path / "later").exists()
    assert "Traceback" not in stderr


def test_a_second_interrupt_kills_a_step_that_ignores_the_first(tmp_path: Path) -> None:
    process, pids = started(IGNORES, tmp_path)
    process.send_signal(signal.SIGINT)
    # The second must not merge with the first, which is only pending until the process has seen it.
    until(lambda: not pending(process.pid), "the first signal is delivered")
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=5)
    assert process.returncode == 130, stderr
    assert living(pids) == set()
    assert json.loads(stdout)["status"] == "cancelled"


def test_no_step_outlives_a_killed_wfopt(tmp_path: Path) -> None:
    process, pids = started(OBEYS, tmp_path)
    process.kill()
    process.communicate(timeout=LIMIT_S)
    until(lambda: not living(pids), "the step's processes end")


def pending(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["SigPnd"], 16) | int(fields["ShdPnd"], 16)
