"""What Taskfiles become, beyond what the fixtures show."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.imports import damaged, read_text
from wfopt.errors import LoadError
from wfopt.formats.taskfile import assembling, calls, including
from wfopt.formats.taskfile.format import TaskfileFormat
from wfopt.model.workflow import Opaque, Script, Step, Workflow

FIXTURES = Path(__file__).parents[3] / "fixtures" / "importers" / "taskfile"
GOOD = sorted(path for path in FIXTURES.glob("*.yml") if not path.name.startswith("bad-"))


def read(text: str, folder: Path) -> Workflow:
    return read_text(TaskfileFormat(), f"version: '3'\n{text}", folder, name="Taskfile.yml").workflow


def script(workflow: Workflow, name: str) -> str:
    step = by_id(workflow, name)
    assert isinstance(step.run, Script)
    return step.run.text.static or ""


def by_id(workflow: Workflow, name: str) -> Step:
    return next(step for step in workflow.steps if step.id == name)


@pytest.mark.parametrize(
    ("path", "keys", "is_claimed"),
    [
        ("Taskfile.yml", (), True),
        ("a/taskfile.dist.yaml", (), True),
        ("corpus__Taskfile.yml", ("tasks",), True),
        ("build.yml", ("version", "tasks"), True),
        ("build.yml", ("tasks",), False),
        ("Taskfile.md", (), False),
        (".github/workflows/Taskfile.yml", ("on", "jobs"), False),
    ],
)
def test_files_are_claimed_by_name_or_keys(path: str, keys: tuple[str, ...], is_claimed: bool) -> None:
    assert TaskfileFormat().claims(path, keys) is is_claimed


def test_paths_of_the_file_are_absolute(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    text = "tasks: {a: {dir: sub, cmds: ['echo {{.ROOT_DIR}} {{.TASKFILE}} {{.TASK_DIR}}']}}"
    (tmp_path / "sub").mkdir()
    workflow = read(text, tmp_path)
    assert script(workflow, "a") == f"echo {root} {root}/Taskfile.yml {root}/sub"
    assert by_id(workflow, "a").cwd == "sub"


def test_a_folder_above_the_workspace_is_not_entered(tmp_path: Path) -> None:
    workflow = read("tasks: {a: {dir: '..', cmds: [pwd]}}", tmp_path)
    assert isinstance(by_id(workflow, "a").run, Opaque)


def test_the_task_of_a_call_waits_for_what_the_caller_did(tmp_path: Path) -> None:
    text = "tasks: {release: {cmds: [clean, {task: build}]}, build: make, default: {deps: [build]}}"
    workflow = read(text, tmp_path)
    pairs = {(edge.before, edge.after) for edge in workflow.edges}
    assert ("release#1", "release#2/build") in pairs
    assert ("build", "default") in pairs
    # Who only wants `build` does not get what `release` does before it.
    assert not any(after == "build" for _, after in pairs)


def test_ids_are_unique(tmp_path: Path) -> None:
    cmds = "[{task: x, vars: {A: [1]}}, {task: x, vars: {A: '[1]'}}]"
    deps = "[{task: x, vars: {A: [1]}}, {task: x, vars: {A: '[1]'}}]"
    text = f"tasks: {{x: 'echo {{{{.A}}}}', y: {{cmds: {cmds}}}, z: {{deps: {deps}}}, 'x(A=%5B1%5D)': echo}}"
    steps = read(text, tmp_path).steps
    assert len({step.id for step in steps}) == len(steps) == 8


def test_too_many_calls_are_left_to_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_INSTANCES", 3)
    found = read_text(
        TaskfileFormat(),
        "version: '3'\ntasks: {a: {cmds: [x, {for: [1, 2, 3, 4, 5], task: b}]}, b: echo}",
        tmp_path,
    )
    assert sum(isinstance(step.run, Opaque) for step in found.workflow.steps) == 2
    assert any("too many calls" in each.message for each in found.remarks)


def test_too_many_steps_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembling, "MAX_STEPS", 3)
    with pytest.raises(LoadError, match="more than 3 steps"):
        read("tasks: {a: [x, y], b: [x, y]}", tmp_path)


def test_calls_that_double_at_each_level_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = "\n".join(f"  t{n}: [start, {{task: t{n + 1}}}, {{task: t{n + 1}}}]" for n in range(30))
    monkeypatch.setattr(calls, "MAX_INSTANCES", 100)
    workflow = read(f"tasks:\n{levels}\n  t30: echo", tmp_path)
    assert len(workflow.steps) < 4 * (100 + 30)


@pytest.mark.parametrize(
    ("enum", "is_run"),
    [("[a, b]", True), ("[x]", False), ("{ref: .KINDS}", True), ("['{{now}}']", True), ("x", True)],
)
def test_a_value_must_be_one_of_those_allowed(tmp_path: Path, enum: str, is_run: bool) -> None:
    text = f"tasks: {{t: {{vars: {{K: a}}, requires: {{vars: [{{name: K, enum: {enum}}}]}}, cmds: [echo]}}}}"
    assert isinstance(by_id(read(text, tmp_path), "t").run, Script) is is_run


def test_what_runs_at_the_end_asks_for_the_needs_of_its_task(tmp_path: Path) -> None:
    workflow = read("tasks: {t: {deps: [d], cmds: [{defer: echo}, ./t]}, d: echo}", tmp_path)
    assert by_id(workflow, "t#1").references == {"needs.d"}
    assert {edge.before for edge in workflow.edges if edge.after == "t#1"} == {"d", "t#2"}


@pytest.mark.parametrize("limit", ["MAX_DEPTH", "MAX_FILES"])
def test_includes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(including, limit, 2)
    for number in range(5):
        (tmp_path / f"f{number}.yml").write_text(
            f"version: '3'\nincludes: {{n: f{number + 1}.yml}}\ntasks: {{t: echo}}\n"
        )
    found = read_text(TaskfileFormat(), "version: '3'\nincludes: {n: f0.yml}", tmp_path)
    assert len(found.workflow.included) == 2
    assert any("more than 2" in each.message for each in found.remarks)


def test_files_outside_the_workspace_are_not_read(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "far.yml").write_text("version: '3'\ntasks: {t: echo}\n")
    (tmp_path / "far.env").write_text("A=1\n")
    text = "version: '3'\nincludes: {n: ../far.yml}\ndotenv: [../far.env]\ntasks: {a: echo}"
    found = read_text(TaskfileFormat(), text, inner)
    assert [step.id for step in found.workflow.steps] == ["a"]
    assert not found.workflow.steps[0].env
    assert len([each for each in found.remarks if "outside the workspace" in each.message]) == 2


def test_a_dotenv_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "some.env").write_bytes(b"\xff\xfe")
    found = read_text(
        TaskfileFormat(), "version: '3'\ndotenv: [some.env]\ntasks: {a: echo, b: echo}", tmp_path
    )
    assert [each.code.number for each in found.remarks] == ["WF013"]


def test_files_that_make_a_circle_with_needs_are_told(tmp_path: Path) -> None:
    text = "tasks: {a: {sources: [x], cmds: [cat x]}, b: {deps: [a], generates: [x], cmds: [touch x]}}"
    found = read_text(TaskfileFormat(), f"version: '3'\n{text}", tmp_path)
    assert [(edge.before, edge.after) for edge in found.workflow.edges] == [("a", "b")]
    assert "goes before it" in found.remarks[0].message


def test_tasks_that_name_too_many_files_are_not_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wfopt.formats.native.edges.MAX_COMPARISONS", 0)
    text = "tasks: {a: {sources: [x], cmds: [cat]}, b: {generates: [x], cmds: [touch x]}}"
    found = read_text(TaskfileFormat(), f"version: '3'\n{text}", tmp_path)
    assert not found.workflow.edges
    assert "too many files" in found.remarks[0].message


@pytest.mark.slow
@pytest.mark.untraced
def test_damaged_files_are_read_or_refused() -> None:
    rounds = random.Random(5)  # noqa: S311 - the same cases every time
    for _ in range(300):
        text = damaged(rounds.choice(GOOD), rounds)
        start = time.process_time()
        with suppress(LoadError):
            found = read_text(TaskfileFormat(), text, FIXTURES)
            ids = [step.id for step in found.workflow.steps]
            assert len(set(ids)) == len(ids), text
            ends = {each for edge in found.workflow.edges for each in (edge.before, edge.after)}
            assert ends <= set(ids)
        assert time.process_time() - start < 2, text
