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


FOLLOWS = """
wfopt: 1
steps:
  first:
    run: "true"
  wait:
    needs: [first]
    right-after: first
    run: |
      sleep 1000 & child=$!
      echo $child > child.new; mv child.new child
      echo $$ > pid.new; mv pid.new pid
      wait
  later:
    needs: [wait]
    right-after: wait
    run: touch later
"""


def started(text: str, folder: Path) -> tuple[subprocess.Popen[str], set[int]]:
    (folder / "wfopt.yml").write_text(text)
    process = start(["run", "--format", "json"], folder)
    return process, {pid_from(folder / "pid"), pid_from(folder / "child")}


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)],
)
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


@pytest.mark.parametrize("text", [OBEYS, FOLLOWS])
def test_no_step_outlives_a_killed_wfopt(text: str, tmp_path: Path) -> None:
    process, pids = started(text, tmp_path)
    process.kill()
    process.communicate(timeout=LIMIT_S)
    until(lambda: not living(pids), "the step's processes end")
    assert not (tmp_path / "later").exists()


def test_a_signal_ends_what_started_right_after_another_step(tmp_path: Path) -> None:
    process, pids = started(FOLLOWS, tmp_path)
    process.send_signal(signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 143, stderr
    assert living(pids) == set()
    statuses = {step["id"]: step["status"] for step in json.loads(stdout)["steps"]}
    assert statuses == {"first": "succeeded", "wait": "cancelled", "later": "cancelled"}
    assert not (tmp_path / "later").exists()


ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
TALKS = """
wfopt: 1
steps:
  talk:
    run: |
      echo $$ > pid.new; mv pid.new pid
      while :; do echo "many words that nobody reads"; done
"""


@pytest.mark.parametrize("number", ENDS)
def test_a_second_signal_breaks_off_a_run_that_waits_for_its_reader(
    number: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "wfopt.yml").write_text(TALKS)
    process = start(["run"], tmp_path)
    pid = pid_from(tmp_path / "pid")
    until(lambda: blocked(process.pid), "it waits for somebody to read")
    process.send_signal(number)
    until(lambda: not pending(process.pid), "the first signal is delivered")
    until(lambda: blocked(process.pid), "it waits again")
    process.send_signal(number)
    assert process.wait(timeout=5) == 128 + number
    assert living({pid}) == set()
    stderr = process.communicate()[1]
    assert "Traceback" not in stderr


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_ends_a_program_that_waits_for_its_reader_after_the_run(
    number: signal.Signals, tmp_path: Path
) -> None:
    steps = "".join(f"  step-{each}: {{description: {'x' * 100}, run: x}}\n" for each in range(2000))
    (tmp_path / "wfopt.yml").write_text(f"wfopt: 1\nsteps:\n{steps}")
    process = start(["run", "--list"], tmp_path)
    until(lambda: blocked(process.pid), "it waits for somebody to read")
    process.send_signal(number)
    assert process.wait(timeout=5) == 128 + number
    assert process.communicate()[1] == ""


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_ends_the_loading_of_a_large_file(number: signal.Signals, tmp_path: Path) -> None:
    steps = "".join(f"  step-{each}: {{run: x, env: {{A: b}}}}\n" for each in range(20_000))
    (tmp_path / "wfopt.yml").write_text(f"wfopt: 1\nsteps:\n{steps}")
    process = start(["run"], tmp_path)
    # The last of them: others are caught by the interpreter from its start.
    until(lambda: handles(process.pid, signal.SIGQUIT), "it has taken over the signals")
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, stdout, stderr) == (128 + number, "", "")


def blocked(pid: int) -> bool:
    """Return whether a process sleeps while it writes to a pipe."""
    with open(f"/proc/{pid}/wchan", encoding="ascii") as file:
        return "pipe_write" in file.read()


def handles(pid: int, number: signal.Signals) -> bool:
    return bool(mask(pid, "SigCgt") & 1 << (number - 1))


def pending(pid: int) -> int:
    return mask(pid, "SigPnd") | mask(pid, "ShdPnd")


def mask(pid: int, name: str) -> int:
    """Return a set of signals from the status of a process, the bit of signal 1 being the lowest."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields[name], 16)
