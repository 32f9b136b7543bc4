"""`wfopt run` of files of other formats: what runs, what is left out, and what steps hand to each other."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import run

pytestmark = pytest.mark.slow

SHA = "0123456789" * 4
GITHUB = """
name: ci
on: push
env: {COLOR: red, LEVEL: workflow}
jobs:
  build:
    runs-on: ubuntu-latest
    env: {LEVEL: job}
    outputs:
      tag: ${{ steps.meta.outputs.tag }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/labeler@v5
      - id: meta
        run: |
          echo "tag=v1.2" >> "$GITHUB_OUTPUT"
          printf 'notes<<EOF\\n$(touch evil) `touch evil`\\nsecond\\nEOF\\n' >> "$GITHUB_OUTPUT"
          echo "GREETING=hello there" >> "$GITHUB_ENV"
          echo "LEVEL=set" >> "$GITHUB_ENV"
          mkdir bin; printf '#!/bin/sh\\necho tool ran\\n' > bin/tool; chmod +x bin/tool
          echo "$PWD/bin" >> "$GITHUB_PATH"
          echo "# Done" >> "$GITHUB_STEP_SUMMARY"
      - id: use
        run: |
          tool
          echo "$GREETING, $LEVEL, ${{ env.GREETING }}, $COLOR"
          printf '%s\\n' "$NOTES"
          test -d "$RUNNER_TEMP"
        env:
          NOTES: ${{ steps.meta.outputs.notes }}
      - id: own
        run: echo "own $LEVEL, none [${{ steps.meta.outputs.other }}]"
        env: {LEVEL: step}
      - id: where
        run: echo "${{ github.sha }} $GITHUB_REF_NAME ${{ github.repository }} $GITHUB_JOB $CI"
      - id: skipped
        if: failure()
        run: echo must not run
      - id: last
        if: success() && github.event_name == 'workflow_dispatch'
        run: echo "dispatched ${{ job.status }}"
  test:
    needs: build
    runs-on: ${{ matrix.os }}
    strategy:
      matrix: {os: [ubuntu-latest, macos-latest]}
    steps:
      - id: show
        run: echo "tag is ${{ needs.build.outputs.tag }}"
  label:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - id: lab
        uses: some/labeler@v1
        with: {label-name: "for ${{ github.sha }}"}
      - id: shown
        run: echo "label ${{ steps.lab.outputs.label }}"
      - id: after
        run: echo after
"""
FAILING = """
on: push
jobs:
  bad:
    runs-on: ubuntu-latest
    steps:
      - id: breaks
        run: exit 3
      - id: next
        run: echo next
      - id: clean
        if: failure()
        run: echo "cleaned after ${{ job.status }} ${{ steps.breaks.outcome }}"
  after:
    needs: bad
    runs-on: ubuntu-latest
    steps:
      - id: one
        run: echo one
      - id: two
        if: always()
        run: echo two
  report:
    needs: bad
    if: always()
    runs-on: ubuntu-latest
    steps:
      - id: tell
        run: echo "bad was ${{ needs.bad.result }}"
"""


def repository(folder: Path, text: str, name: str = "ci.yml") -> Path:
    git = folder / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "refs" / "heads" / "main").write_text(f"{SHA}\n")
    (git / "config").write_text('[remote "origin"]\n\turl = git@github.com:me/shop.git\n')
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / name).write_text(text)
    return folder


def steps_of(folder: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    done = run(["run", "--format", "json", *words], folder)
    document = json.loads(done.stdout)
    return done.returncode, {each["id"]: each for each in document["steps"]}, done.stderr


CI = ".github/workflows/ci.yml"


def test_steps_of_a_job_hand_variables_paths_and_values_to_each_other(tmp_path: Path) -> None:
    done = run(["run", "--no-live", CI], repository(tmp_path, GITHUB))
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert "[build/use] tool ran" in said
    assert "[build/use] hello there, set, hello there, red" in said
    assert "[build/use] $(touch evil) `touch evil`" in said
    assert "[build/own] own step, none []" in said
    assert f"[build/where] {SHA} main me/shop build true" in said
    assert "[build/last] dispatched success" in said
    assert "[test[os=ubuntu-latest]/show] tag is v1.2" in said
    assert not (tmp_path / "evil").exists()
    line = "left out: actions/labeler (1), asks for macos-latest (1), some/labeler (1)"
    assert f"10 of 13 steps runnable here; {line}" in done.stderr.splitlines()


def test_what_is_left_out_says_why_and_what_hangs_on_it_is_not_guessed(tmp_path: Path) -> None:
    code, steps, _ = steps_of(repository(tmp_path, GITHUB), CI)
    assert code == 0
    reasons = {name: each["reason"] for name, each in steps.items() if each["status"] == "skipped"}
    assert reasons == {
        "build/2": "not run here: an action, actions/labeler@v5",
        "build/skipped": "its condition is false",
        "test[os=macos-latest]/show": "not run here: asks for macos-latest",
        "label/lab": "not run here: an action, some/labeler@v1",
        "label/shown": "it needs what `label/lab` would hand on, which is not run here",
    }


def test_a_command_runs_in_the_place_of_an_action(tmp_path: Path) -> None:
    mapped = 'Some/Labeler=echo "label=$INPUT_LABEL_NAME" >> "$GITHUB_OUTPUT"'
    done = run(["run", "--no-live", CI, "label", "--action", mapped], repository(tmp_path, GITHUB))
    assert done.returncode == 0, done.stderr
    assert f"[label/shown] label for {SHA}" in done.stdout.splitlines()


def test_a_job_is_named_like_its_steps(tmp_path: Path) -> None:
    _, steps, _ = steps_of(repository(tmp_path, GITHUB), CI, "build")
    assert {name.partition("/")[0] for name in steps} == {"build"}


def test_the_workspace_is_the_repository_wherever_the_command_runs(tmp_path: Path) -> None:
    repository(tmp_path, GITHUB)
    done = run(["run", "-q", "ci.yml", "build"], tmp_path / ".github" / "workflows")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "bin" / "tool").exists()
    assert (tmp_path / ".wfopt" / "history.db").exists()


def test_a_summary_is_kept_and_all_other_files_of_steps_are_not(tmp_path: Path) -> None:
    run(["run", "-q", CI, "build"], repository(tmp_path, GITHUB))
    (folder,) = (tmp_path / ".wfopt" / "runs").iterdir()
    others = {path.name for path in folder.iterdir() if path.suffix != ".log"}
    assert others == {"build%2Fmeta.summary.md"}
    assert (folder / "build%2Fmeta.summary.md").read_text() == "# Done\n"


def test_after_a_failure_steps_run_as_on_github(tmp_path: Path) -> None:
    done = run(["run", "-k", "--no-live", CI], repository(tmp_path, FAILING))
    assert done.returncode == 1
    assert "[bad/clean] cleaned after failure failure" in done.stdout.splitlines()
    assert "[report/tell] bad was failure" in done.stdout.splitlines()
    _, steps, _ = steps_of(tmp_path, "-k", CI)
    assert steps["bad/next"]["reason"] == "`bad/breaks` failed"
    assert steps["after/two"]["reason"] == "its job did not start"


def test_a_malformed_file_of_variables_fails_its_step(tmp_path: Path) -> None:
    text = "on: push\njobs: {a: {runs-on: x, steps: [{id: b, run: echo nonsense >> $GITHUB_ENV}]}}\n"
    code, steps, _ = steps_of(repository(tmp_path, text), CI)
    assert code == 1
    reason = "`$GITHUB_ENV` cannot be used: line 1 is neither `NAME=VALUE` nor `NAME<<END`"
    assert steps["a/b"]["reason"] == reason


def test_looking_runs_nothing_and_says_what_would_be_left_out(tmp_path: Path) -> None:
    done = run(["run", "-n", CI, "build"], repository(tmp_path, GITHUB))
    assert done.returncode == 0
    assert "7 of 8 steps runnable here; left out: actions/labeler (1)" in done.stderr
    assert "skip    not run here: an action, actions/labeler@v5" in done.stdout
    why = run(["cache", "why", CI, "build/2"], tmp_path)
    assert (why.returncode, "not run here: an action" in why.stdout) == (0, True)
    assert not (tmp_path / "bin").exists()
    listed = run(["run", "--list", CI], tmp_path)
    assert listed.returncode == 0
    assert "build/meta" in listed.stdout


TASKFILE = """
version: '3'
tasks:
  default:
    deps: [copy]
    cmds: [echo all done]
  copy:
    sources: [a.txt]
    generates: [b.txt]
    cmds: [cp a.txt b.txt, echo copied]
  broken:
    cmds: ['echo {{nofunction .X}}']
"""


def test_the_default_task_runs_and_is_cached_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "Taskfile.yml").write_text(TASKFILE)
    (tmp_path / "a.txt").write_text("a\n")
    _, first, _ = steps_of(tmp_path, "Taskfile.yml")
    assert {name: each["status"] for name, each in first.items()} == {
        "default": "succeeded",
        "copy": "succeeded",
    }
    assert (tmp_path / "b.txt").read_text() == "a\n"
    _, second, _ = steps_of(tmp_path, "Taskfile.yml", "copy")
    assert second["copy"]["status"] == "cached"


def test_stages_of_dvc_run_by_their_files(tmp_path: Path) -> None:
    last, first = "cmd: wc -l < s > n, deps: [s], outs: [n]", "cmd: sort r > s, deps: [r], outs: [s]"
    (tmp_path / "dvc.yaml").write_text(f"stages:\n  b: {{{last}}}\n  a: {{{first}}}\n")
    (tmp_path / "r").write_text("2\n1\n")
    code, _, _ = steps_of(tmp_path, "dvc.yaml")
    assert (code, (tmp_path / "s").read_text()) == (0, "1\n2\n")
    _, again, _ = steps_of(tmp_path, "dvc.yaml")
    assert [each["status"] for each in again.values()] == ["cached", "cached"]


GITLAB = """
stages: [build, test]
variables: {WHO: world}
build:
  stage: build
  script: ['echo "hello $WHO $CI $CI_COMMIT_SHA" > out.txt']
  artifacts: {paths: [out.txt]}
test:
  stage: test
  script: [cat out.txt]
  after_script: [echo afterwards]
other:
  stage: test
  trigger: some/project
"""


def test_jobs_of_gitlab_run_stage_by_stage(tmp_path: Path) -> None:
    (repository(tmp_path, "") / ".gitlab-ci.yml").write_text(GITLAB)
    done = run(["run", "--no-live", ".gitlab-ci.yml"], tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert f"[test] hello world true {SHA}" in said
    assert said.index("[test#after] afterwards") > said.index(f"[test] hello world true {SHA}")
    assert "3 of 4 steps runnable here; left out: another pipeline (1)" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["Taskfile.yml", "broken"], "nothing in this file can run here"),
        (["others.yml"], "there is no task `default`"),
        (["--from", "gihub", "Taskfile.yml"], "`--from gihub`: there is no such format"),
        (["--from", "dvc", "Taskfile.yml"], "nothing in this file can run here"),
        (["--action", "a/b=c", "Taskfile.yml"], "`--action a/b=...`: no step uses this action"),
        (["--action", "a/b", "Taskfile.yml"], "`--action a/b` is not `OWNER/NAME=COMMAND`"),
        (["notes.yml"], "wfopt"),
        (["Taskfile.yml", "copied"], "there is no step `copied`"),
    ],
)
def test_what_cannot_run_is_refused_in_plain_words(words: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "Taskfile.yml").write_text(TASKFILE)
    (tmp_path / "others.yml").write_text("version: '3'\ntasks: {a: echo a, b: echo b}\n")
    (tmp_path / "notes.yml").write_text("just: text\n")
    done = run(["run", *words], tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_workflow_becomes_a_native_file_that_runs(tmp_path: Path) -> None:
    (tmp_path / "Taskfile.yml").write_text(TASKFILE)
    (tmp_path / "a.txt").write_text("a\n")
    done = run(["optimize", "Taskfile.yml", "--to", "native", "-o", "wfopt.yml", "-q"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "not converted: `broken`: the function `nofunction`" in done.stderr
    ran = run(["run", "--no-live", "wfopt.yml"], tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "[default] all done" in ran.stdout
    refused = run(["optimize", "Taskfile.yml", "--to", "native", "--write"], tmp_path)
    assert refused.returncode == 2
    assert "`--to native` makes another file" in refused.stderr
