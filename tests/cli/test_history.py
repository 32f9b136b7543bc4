"""What `wfopt run` remembers, and what becomes of the run if it cannot, as processes of their own."""

import base64
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import LIMIT_S, clean_environ, command, pid_from, run, start, until
from wfopt.metrics.store import read_history
from wfopt.model.history import Scope

pytestmark = pytest.mark.slow

FLOW = """wfopt: 1
steps:
  build: {run: cat a.txt > b.txt, inputs: [a.txt], outputs: [b.txt], shell: sh}
  test: {run: cat b.txt, inputs: [b.txt], outputs: [], shell: sh}
"""
FAILS = """wfopt: 1
steps:
  good: {run: 'true', shell: sh}
  bad: {run: 'echo no luck; exit 3', shell: sh}
"""
HOLDS = """wfopt: 1
steps:
  first: {run: 'true', shell: sh}
  hold:
    needs: [first]
    shell: sh
    run: |
      echo $$ > pid.new; mv pid.new pid
      until [ -e go ]; do sleep 0.01; done
"""
HASTY = """
import sys
from functools import partial
from wfopt.api import recorder, run
run.Recorder = partial(recorder.Recorder, _flush_at=0.1)
from wfopt.cli.main import main
sys.argv = ["wfopt", *sys.argv[1:]]
main()
"""
"""A program that is wfopt, but writes a run to the history at the first look at it."""

TOKEN = 'hush-"hush"/4417+x'
SECRET = """wfopt: 1
params:
  pass: {default: "", env: PASS}
  typed: {default: ""}
secrets: [TOKEN, PASS]
steps:
  shows: {run: 'echo "it is $TOKEN"; sleep 0.7; exit 1', shell: sh}
  given: {run: 'echo "${{ params.pass }}" "${{ params.typed }}"; exit 1', shell: sh, allow-failure: true}
  known: {run: 'echo "$TOKEN"', shell: sh, inputs: [], outputs: []}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository of its own with a workflow."""
    made = tmp_path / "work"
    (made / ".git").mkdir(parents=True)
    (made / "a.txt").write_text("one\n")
    (made / "wfopt.yml").write_text(FLOW)
    return made


def stats(folder: Path, *words: str) -> Any:
    """Return what `wfopt stats` says as JSON."""
    done = run(["stats", "--format", "json", *words], folder)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def endings(folder: Path, *words: str) -> dict[str, int]:
    """Return how many of the runs that are remembered ended how."""
    found: dict[str, int] = stats(folder, *words)["endings"]
    return {ending: count for ending, count in found.items() if count}


def histories(folder: Path) -> list[str]:
    """Return the names of the files of a history."""
    return sorted(path.name for path in folder.rglob("history*"))


def hasty(words: Sequence[str], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HASTY, *words],
        cwd=folder,
        env=clean_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def test_runs_are_counted_whether_something_ran_or_not(place: Path) -> None:
    for _ in range(3):
        assert run(["run"], place).returncode == 0
    # What a run in which nothing was started leaves is no matter to who asks.
    assert "history.spool" in histories(place)
    found = stats(place)
    assert (found["runs"], found["success_rate"]) == (3, 1.0)
    assert (found["cache"]["hits"], found["cache"]["misses"]) == (4, 2)
    (place / "a.txt").write_text("two\n")
    (place / "wfopt.yml").write_text(FLOW.replace("cat b.txt", "exit 1"))
    assert run(["run"], place).returncode == 1
    assert stats(place)["success_rate"] == 0.75


def test_a_run_that_is_not_to_be_remembered(place: Path) -> None:
    assert run(["run", "--keep", "off"], place).returncode == 0
    assert run(["run"], place, {"WFOPT_KEEP": "off"}).returncode == 0
    assert histories(place) == []
    assert stats(place)["runs"] == 0


def test_the_name_of_the_machine(place: Path) -> None:
    run(["run", "--host", "north"], place)
    run(["run", "--force"], place, {"WFOPT_HOST": "south"})
    (place / ".wfopt.toml").write_text('host = "east"\n')
    run(["run", "--force"], place)
    assert [stats(place, "--host", name)["runs"] for name in ("north", "south", "east", "x")] == [1, 1, 1, 0]


def test_a_run_that_is_killed_before_it_was_written_is_forgotten(place: Path) -> None:
    (place / "wfopt.yml").write_text(HOLDS)
    process = start(["run"], place)
    pid_from(place / "pid")
    process.kill()
    process.communicate(timeout=LIMIT_S)
    assert histories(place) == []
    (place / "go").touch()
    done = run(["run"], place)
    assert (done.returncode, "WF517" in done.stderr) == (0, False)
    assert endings(place) == {"succeeded": 1}


def test_a_run_that_is_killed_after_that_is_unfinished(place: Path) -> None:
    (place / "wfopt.yml").write_text(HOLDS)
    process = hasty(["run"], place)
    pid_from(place / "pid")
    until(lambda: "history.shapes" in histories(place), "the run was written")
    assert endings(place) == {"unfinished": 1}
    process.kill()
    process.communicate(timeout=LIMIT_S)
    assert endings(place) == {"unfinished": 1}
    (place / "go").touch()
    done = run(["run"], place)
    assert (done.returncode, "WF517" in done.stderr) == (0, False)
    assert endings(place) == {"succeeded": 1, "unfinished": 1}
    assert {each["id"]: each["runs"] for each in stats(place)["steps"]} == {"first": 2, "hold": 2}


def test_a_run_that_was_written_meanwhile_is_one_run(place: Path) -> None:
    (place / "wfopt.yml").write_text(HOLDS)
    process = hasty(["run"], place)
    pid_from(place / "pid")
    until(lambda: "history.shapes" in histories(place), "the run was written")
    (place / "go").touch()
    assert process.wait(LIMIT_S) == 0
    process.communicate()
    assert endings(place) == {"succeeded": 1}


@pytest.mark.parametrize(("flow", "status"), [(FLOW, 0), (FAILS, 1)])
def test_a_damaged_history_costs_a_run_one_warning(flow: str, status: int, place: Path) -> None:
    (place / "wfopt.yml").write_text(flow)
    (place / ".wfopt").mkdir()
    (place / ".wfopt/history.db").write_bytes(b"no database" * 1000)
    asked = run(["stats"], place)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr.startswith("error[WF517]: the history `")
    done = run(["run"], place)
    assert done.returncode == status
    assert done.stderr.count("[WF517]") == 1
    assert "is damaged; it starts anew" in done.stderr
    assert stats(place)["runs"] == 1
    assert run(["run"], place).stderr.count("WF517") == 0


@pytest.mark.parametrize(("flow", "status"), [(FLOW, 0), (FAILS, 1)])
def test_a_history_that_cannot_be_written_costs_a_run_one_warning(
    flow: str, status: int, place: Path
) -> None:
    (place / "wfopt.yml").write_text(flow)
    # Permission bits mean nothing to root; a folder where a file has to be does.
    for name in ("history.db", "history.db.lock", "history.spool"):
        (place / ".wfopt" / name / "x").mkdir(parents=True)
    for _ in range(2):
        done = run(["run"], place)
        assert done.returncode == status
        assert done.stderr.count("[WF517]") == 1
        assert "cannot be written" in done.stderr
        assert "the run itself is not affected" in done.stderr


def test_a_step_that_damages_the_history_is_no_matter_to_its_run(place: Path) -> None:
    harm = "wfopt: 1\nsteps:\n  harm: {run: 'echo gone > .wfopt/history.db', shell: sh}\n"
    run(["run"], place)
    (place / "wfopt.yml").write_text(harm)
    done = run(["run"], place)
    assert done.returncode == 0
    assert done.stderr.count("[WF517]") == 1
    assert endings(place) == {"succeeded": 1}


def test_files_about_a_run(place: Path) -> None:
    (place / "wfopt.yml").write_text(FAILS)
    words = ["--report", "out/deep/r.html", "--profile", "out/p.json", "--junit", "../j.xml"]
    done = run(["run", *words], place)
    assert done.returncode == 1
    assert "no luck" in (place / "out/deep/r.html").read_text()
    assert json.loads((place / "out/p.json").read_text())["traceEvents"]
    suite = ET.fromstring((place / "../j.xml").read_text()).find("testsuite")  # noqa: S314 - our own
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert sorted(os.listdir(place / "out")) == ["deep", "p.json"]


def test_files_that_cannot_be_written_change_nothing(place: Path) -> None:
    done = run(["run", "--report", ".git", "--profile", "a.txt/p.json", "--junit", "j.xml"], place)
    assert done.returncode == 0
    assert "warning[WF519]: `--report .git` could not be written: is a directory" in done.stderr
    assert "warning[WF519]: `--profile a.txt/p.json` could not be written: file exists" in done.stderr
    assert (place / "j.xml").exists()
    assert (place / "a.txt").read_text() == "one\n"


def test_a_file_is_never_meant_to_be_stdout(place: Path) -> None:
    done = run(["run", "--junit", "-", "--report=-"], place)
    assert done.returncode == 0
    assert "<" not in done.stdout


def test_files_come_from_the_config_file_too(place: Path) -> None:
    (place / ".wfopt.toml").write_text('junit = "out/j.xml"\n[alerts]\ndisk = "below 9999TiB"\n')
    (place / "wfopt.yml").write_text("wfopt: 1\nsteps:\n  slow: {run: sleep 0.8, shell: sh}\n")
    done = run(["run", "--format", "json"], place)
    assert (place / "out/j.xml").exists()
    (alert,) = [each for each in json.loads(done.stdout)["alerts"] if each["rule"] == "disk"]
    assert (alert["severity"], alert["step"]) == ("warning", None)
    assert "alert      machine " in done.stderr
    assert alert["message"] in done.stderr


def test_what_is_wrong_with_an_alert_is_said_before_anything_runs(place: Path) -> None:
    (place / ".wfopt.toml").write_text('[alerts]\ndsik = "1GiB"\n')
    done = run(["run"], place)
    assert (done.returncode, done.stdout) == (2, "")
    assert " --> .wfopt.toml:2:1" in done.stderr
    assert "did you mean `disk`?" in done.stderr
    assert not (place / ".wfopt").exists()


def test_secrets_stand_nowhere_in_what_is_remembered(place: Path) -> None:
    (place / "wfopt.yml").write_text(SECRET)
    env = {"TOKEN": TOKEN, "PASS": f"{TOKEN}-too"}
    words = ["--report", "out/r.html", "--profile", "out/p.json", "--junit", "out/j.xml"]
    words += ["-k", "-p", f"typed={TOKEN}"]
    first = subprocess.run(
        [sys.executable, "-c", HASTY, "run", *words],
        cwd=place,
        env=clean_environ(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=LIMIT_S,
    )
    assert first.returncode == 1, first.stderr
    for _ in range(2):
        again = run(["run", "known", "-p", f"typed={TOKEN}"], place, env)
        assert again.returncode == 0
    # The last run noted itself without the database.
    forms = {form.encode() for form in (TOKEN, json.dumps(TOKEN)[1:-1], TOKEN.replace('"', "&quot;"))}
    forms |= {base64.b64encode(TOKEN.encode()), TOKEN.encode().hex().encode()}
    assert not [form for form in forms if form in first.stdout + first.stderr]
    looked = 0
    for path in place.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            looked += 1
            assert not [form for form in forms if form in data], path
    assert looked > 8
    assert "history.spool" in histories(place)
    # What is packed in the database does not show in its bytes.
    with read_history(str(place / ".wfopt/history.db")) as history:
        told = [history.story(each.run_id) for each in history.runs(Scope())]
    assert len(told) == 3
    assert "it is ***" in repr(told)
    assert TOKEN not in repr(told).replace("\\", "")
    assert "it is ***" in (place / "out/r.html").read_text()
    assert "it is ***" in (place / "out/j.xml").read_text()


def test_past_builds_are_imported_once(place: Path) -> None:
    (place / ".ninja_log").write_text("# ninja log v7\n0\t300\t0\ta.o\t1\n300\t500\t0\tapp\t2\n")
    first = run(["stats", "wfopt.yml", "--import", ".ninja_log"], place)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith(".ninja_log: 1 new run with 2 step attempts ")
    again = run(["stats", "wfopt.yml", "--import", ".ninja_log"], place)
    assert again.stdout.startswith(".ninja_log: 0 new runs ")
    assert run(["run"], place).returncode == 0
    assert stats(place)["runs"] == 2


def test_a_page_of_the_newest_run(place: Path) -> None:
    run(["run"], place)
    run(["run", "--force"], place)
    done = run(["stats", "--html", "out/page.html"], place)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "wrote out/page.html\n")
    assert (place / "out/page.html").read_text().startswith("<!doctype html>")
    done = run(["stats", "--html", "."], place)
    assert done.returncode == 2
    assert "`--html .` could not be written: is a directory" in done.stderr


def test_two_runs_at_once_share_a_history(tmp_path: Path) -> None:
    processes = []
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "wfopt.yml").write_text(HOLDS)
        words = ["run", "--state-dir", str(tmp_path / "state")]
        processes.append(subprocess.Popen(command(words), cwd=tmp_path / name, env=clean_environ()))
        pid_from(tmp_path / name / "pid")
    for name in ("north", "south"):
        (tmp_path / name / "go").touch()
    assert [process.wait(LIMIT_S) for process in processes] == [0, 0]
    assert endings(tmp_path / "north", "--state-dir", str(tmp_path / "state")) == {"succeeded": 2}
    assert not os.path.exists(tmp_path / "north/.wfopt/history.db")
