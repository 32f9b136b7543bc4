"""`wfopt run` as a user meets it: exit statuses, streams, options and files."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, clean_environ, command, pid_from, run
from tests.support.processes import living

pytestmark = pytest.mark.slow

GOOD = """wfopt: 1
params:
  who: world
steps:
  make:
    description: write a greeting
    run: echo "hello $WFOPT_PARAM_WHO" > a.txt; cat a.txt
    outputs: [a.txt]
  use:
    run: cat a.txt > b.txt
    inputs: [a.txt]
    outputs: [b.txt]
"""
FAILING = """wfopt: 1
steps:
  bad:
    outputs: [b.txt]
    run: |
      echo half > b.txt
      echo first; echo about to fail
      exit 3
  after:
    needs: [bad]
    run: touch after
  zother:
    needs: [independent]
    run: touch other
  independent:
    run: touch independent
"""


def workflow(folder: Path, text: str, name: str = "wfopt.yml") -> Path:
    (folder / name).write_text(text)
    return folder


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return workflow(tmp_path, GOOD)


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    return workflow(tmp_path, FAILING)


def test_a_good_run_exits_with_0_and_prints_output_and_result_on_stdout(good: Path) -> None:
    done = run(["run"], good)
    assert done.returncode == 0
    assert "[make] hello world\n" in done.stdout
    assert "succeeded: 2 steps in [TIME]" in done.stdout
    assert "succeeded  make" in done.stderr
    assert "hello world" not in done.stderr


def test_a_failure_exits_with_1_and_says_where_and_what_and_which_log(failing: Path) -> None:
    done = run(["run", "-j1"], failing)
    assert done.returncode == 1
    assert "[bad] about to fail\n" in done.stdout
    assert "step `bad` failed with exit status 3 after [TIME]" in done.stderr
    assert " --> wfopt.yml:3:3" in done.stderr
    assert "about to fail" in done.stderr
    log = done.stderr.split("the whole output is in `")[1].split("`")[0]
    assert (failing / log).read_text() == "first\nabout to fail\n"


def test_outputs_of_a_failed_step_move_to_the_folder_of_the_run(failing: Path) -> None:
    report = json.loads(run(["run", "--format", "json"], failing).stdout)
    moved = failing / ".wfopt" / "runs" / report["run_id"] / "outputs" / "bad" / "b.txt"
    assert moved.read_text() == "half\n"
    assert not (failing / "b.txt").exists()


def test_an_output_that_stands_in_the_way_moves_to_the_trash(good: Path) -> None:
    (good / "a.txt").write_text("precious\n")
    report = json.loads(run(["run", "--format", "json"], good).stdout)
    assert (good / ".wfopt" / "trash" / report["run_id"] / "a.txt").read_text() == "precious\n"
    assert (good / "a.txt").read_text() == "hello world\n"


def test_keep_going_runs_what_does_not_depend_on_the_failure(failing: Path) -> None:
    done = run(["run", "-k", "-j1", "--format", "json"], failing)
    assert done.returncode == 1
    statuses = {step["id"]: step["status"] for step in json.loads(done.stdout)["steps"]}
    assert statuses == {
        "bad": "failed",
        "after": "skipped",
        "zother": "succeeded",
        "independent": "succeeded",
    }


def test_json_is_one_document_and_output_goes_to_stderr(good: Path) -> None:
    done = run(["run", "--format", "json"], good)
    report = json.loads(done.stdout)
    assert report["schema"] == "wfopt.run/1"
    assert (report["status"], report["exit_code"]) == ("succeeded", 0)
    assert "[make] hello world\n" in done.stderr


def test_jsonl_is_a_stream_of_events(good: Path) -> None:
    events = [
        json.loads(line)["event"] for line in run(["run", "--format", "jsonl"], good).stdout.splitlines()
    ]
    assert (events[0], events[-1]) == ("run-started", "run-finished")
    assert events.count("step-finished") == 2


def test_quiet_prints_failures_only(failing: Path) -> None:
    workflow(failing, GOOD, "good.yml")
    silent = run(["run", "good.yml", "-q"], failing)
    assert (silent.returncode, silent.stdout, silent.stderr) == (0, "", "")
    loud = run(["run", "wfopt.yml", "bad", "-q"], failing)
    assert (loud.returncode, loud.stdout) == (1, "")
    assert "step `bad` failed" in loud.stderr


def test_a_dry_run_prints_the_plan_and_leaves_no_trace(good: Path) -> None:
    text = run(["run", "-n"], good)
    assert text.returncode == 0
    assert "plan of wfopt.yml: 2 steps in 2 waves" in text.stdout
    plan = json.loads(run(["run", "-n", "--format", "json"], good).stdout)
    assert plan["schema"] == "wfopt.plan/1"
    assert plan["waves"] == [["make"], ["use"]]
    assert os.listdir(good) == ["wfopt.yml"]


def test_list_prints_steps_and_what_they_are_for(good: Path) -> None:
    done = run(["run", "--list"], good)
    assert done.stdout == "wfopt.yml\n  make  write a greeting\n  use\n\nparams\n  who  world\n"
    listed = json.loads(run(["run", "--list", "--format", "json"], good).stdout)
    assert (listed["schema"], [step["id"] for step in listed["steps"]]) == ("wfopt.list/1", ["make", "use"])


@pytest.mark.parametrize(("name", "start"), [("x.dot", "digraph"), ("x.mmd", "flowchart")])
def test_a_graph_is_written(name: str, start: str, good: Path) -> None:
    assert run(["run", "-n", "--graph", name], good).returncode == 0
    assert (good / name).read_text().startswith(start)


def test_another_folder_can_be_the_start(good: Path) -> None:
    done = run(["run", "-C", str(good), "-q"], good.parent)
    assert done.returncode == 0
    assert (good / "b.txt").exists()


def test_named_steps_run_with_what_they_need_only(good: Path) -> None:
    done = run(["run", "make", "--format", "json"], good)
    assert [step["id"] for step in json.loads(done.stdout)["steps"]] == ["make"]
    done = run(["run", "wfopt.yml", "use", "--format", "json"], good)
    assert [step["id"] for step in json.loads(done.stdout)["steps"]] == ["make", "use"]


def test_a_param_reaches_the_step(good: Path) -> None:
    assert "[make] hello moon\n" in run(["run", "-p", "who=moon"], good).stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["maek"], "did you mean `make`?"),
        (["-p", "who"], "`-p who` is not `NAME=VALUE`"),
        (["-p", "whom=x"], "a param that the workflow does not declare"),
        (["-j", "many"], "`-j many` is not a number of jobs"),
        (["-j", "0"], "`-j 0` is not a number of jobs"),
        (["--strategy", "luck"], "there is no strategy `luck`"),
        (["--graph", "x.png"], "must end in `.dot` or `.mmd`"),
        (["--graph", "none/x.dot"], "no such file or directory"),
        (["-C", "none"], "no such file or directory"),
        (["--workspace", "none"], "is not a folder"),
        (["--memory", "9"], "`--memory 9`: `9` has no unit"),
        (["--memory", "0B"], "`--memory 0B` leaves no memory"),
        (["--cpus", "0"], "`--cpus 0`"),
        (["--cpus", "nan"], "`--cpus nan`"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_wrong_options_exit_with_2_and_run_nothing(args: list[str], message: str, good: Path) -> None:
    done = run(["run", *args], good)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert os.listdir(good) == ["wfopt.yml"]


def test_without_a_file_the_only_workflow_of_the_folder_is_meant(tmp_path: Path) -> None:
    none = run(["run"], tmp_path)
    assert (none.returncode, none.stdout) == (2, "")
    assert "this folder has no `wfopt.yml`" in none.stderr
    assert "`build` is no file" in run(["run", "build"], tmp_path).stderr
    workflow(tmp_path, GOOD, "one.wfopt.yml")
    assert run(["run", "--list"], tmp_path).returncode == 0
    workflow(tmp_path, GOOD, "two.wfopt.yml")
    several = run(["run"], tmp_path)
    assert several.returncode == 2
    assert "several workflows: `one.wfopt.yml`, `two.wfopt.yml`" in several.stderr


def test_a_step_that_asks_for_too_many_cpus_gets_all_there_are(tmp_path: Path) -> None:
    workflow(tmp_path, "wfopt: 1\nsteps:\n  big:\n    resources: {cpu: 64}\n    run: echo ran\n")
    done = run(["run", "--cpus", "2"], tmp_path)
    assert done.returncode == 0
    assert "step `big` asks for 64 cpus, but there are 2: it gets those" in done.stderr
    assert "[big] ran\n" in done.stdout


def test_a_step_that_asks_for_too_much_memory_is_refused(tmp_path: Path) -> None:
    workflow(tmp_path, "wfopt: 1\nsteps:\n  big:\n    resources: {memory: 2GiB}\n    run: touch ran\n")
    done = run(["run", "--memory", "1GiB"], tmp_path)
    assert done.returncode == 2
    assert "step `big` asks for 2 GiB of memory" in done.stderr
    assert os.listdir(tmp_path) == ["wfopt.yml"]


def test_a_state_folder_that_cannot_be_made_is_named(good: Path) -> None:
    done = run(["run", "--state-dir", "wfopt.yml"], good)
    assert done.returncode == 2
    assert "the state folder" in done.stderr
    assert "--state-dir" in done.stderr


def test_a_timeout_kills_the_whole_step(tmp_path: Path) -> None:
    script = "sleep 1000 & echo $! > child; wait"
    workflow(tmp_path, f"wfopt: 1\nsteps:\n  slow:\n    timeout: 1s\n    run: {json.dumps(script)}\n")
    done = run(["run", "--format", "json"], tmp_path)
    assert done.returncode == 1
    step = json.loads(done.stdout)["steps"][0]
    assert (step["status"], step["limit"]["kind"]) == ("failed", "timeout")
    assert living({pid_from(tmp_path / "child")}) == set()


def test_github_gets_groups_and_annotations(failing: Path) -> None:
    done = run(["run", "bad"], failing, env={"GITHUB_ACTIONS": "true"})
    assert done.returncode == 1
    assert "::group::bad (failed, [TIME])" in done.stdout
    assert "::error file=wfopt.yml,line=3,col=3,title=WF501 step-failed::step `bad` failed" in done.stdout


def test_the_github_format_shows_groups_everywhere_and_appends_a_summary(failing: Path) -> None:
    summary = failing / "summary.md"
    environ = {"GITHUB_STEP_SUMMARY": str(summary)}
    done = run(["run", "--format", "github", "bad"], failing, env=environ)
    assert done.returncode == 1
    assert "::group::bad (failed, [TIME])" in done.stdout
    assert "failed: 1 step in [TIME]" in done.stdout
    assert "| bad | failed |" in summary.read_text()
    assert run(["run", "bad"], failing, env=environ).stdout.count("::group::") == 0


def test_a_failed_run_says_how_to_run_it_again(failing: Path) -> None:
    done = run(["run", "-j1", "wfopt.yml", "-k"], failing)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("run it again: ")]
    assert line == "run it again: wfopt run -j 1 -k wfopt.yml bad"
    again = run(shlex.split(line.removeprefix("run it again: wfopt ")), failing)
    assert again.returncode == 1
    assert "step `bad` failed" in again.stderr
    assert "run it again" not in run(["run", "-q"], failing).stderr


def test_markup_and_control_characters_in_output_are_harmless(tmp_path: Path) -> None:
    script = "echo '[red]x[/red] [/nothing]'; printf 'a\\033[31mb\\033]0;title\\007c\\n'; exit 1"
    workflow(tmp_path, f"wfopt: 1\nsteps:\n  odd:\n    run: {json.dumps(script)}\n")
    done = run(["run"], tmp_path)
    assert done.returncode == 1
    assert "[odd] [red]x[/red] [/nothing]\n" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout + done.stderr


def test_a_script_longer_than_an_argument_may_be_runs(tmp_path: Path) -> None:
    script = ": " + "x" * 140_000 + "\necho the end\n"
    workflow(tmp_path, f"wfopt: 1\nsteps:\n  long:\n    run: {json.dumps(script)}\n")
    done = run(["run"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "[long] the end\n" in done.stdout


def test_a_nested_run_has_its_own_settings_and_state(good: Path) -> None:
    inner = good / "inner"
    inner.mkdir()
    workflow(inner, GOOD)
    nested = shlex.join([sys.executable, "-m", "wfopt", "run", "-C", "inner", "--list"])
    running = shlex.join([sys.executable, "-m", "wfopt", "run", "-C", "inner"])
    outer = f"wfopt: 1\nsteps:\n  outer:\n    run: {json.dumps(f'{nested} && {running}')}\n"
    workflow(good, outer, "outer.yml")
    done = run(["run", "outer.yml"], good, env={"WFOPT_STATE_DIR": str(good / "state")})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[outer]   make  write a greeting\n" in done.stdout
    assert "[outer] [make] hello world\n" in done.stdout
    assert (inner / ".wfopt" / "runs").is_dir()
    assert (good / "state" / "runs").is_dir()


def test_version_and_help(tmp_path: Path) -> None:
    assert run(["--version"], tmp_path).stdout.startswith("wfopt ")
    assert "Usage: wfopt" in run(["--help"], tmp_path).stdout
    assert "--dry-run" in run(["run", "--help"], tmp_path).stdout


def test_the_schema_is_json(tmp_path: Path) -> None:
    assert json.loads(run(["schema"], tmp_path).stdout)["type"] == "object"


@pytest.mark.parametrize("args", [["schema"], ["run"], ["run", "--format", "jsonl"], ["run", "--help"]])
def test_a_reader_that_goes_away_is_no_fault(args: list[str], good: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{shlex.join(command(args))} | head -c1"],
        cwd=good,
        env=clean_environ(),
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )
    assert len(done.stdout) == 1
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert "fault" not in done.stderr
