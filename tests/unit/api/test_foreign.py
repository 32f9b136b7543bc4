"""Workflows of other formats, read for a run."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import step, workflow
from wfopt.api.foreign import check_runnable, read_foreign
from wfopt.api.prepare import RunOptions
from wfopt.dataclass import replace
from wfopt.errors import UserError
from wfopt.formats.outside import Outside
from wfopt.formats.reading import read_source
from wfopt.model.workflow import Opaque
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo

GITHUB = "on: push\njobs: {a: {runs-on: x, steps: [{uses: own/act@v1}, {run: a}]}}\n"
GITLAB = """
one: {script: [make]}
two: {script: ['echo $CI_COMMIT_SHA $CI_COMMIT_BRANCH'], variables: {CI: own}}
"""


def options(folder: Path, file: str, text: str = "", **given: Any) -> RunOptions:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    made = RunOptions(
        file=str(path),
        workspace=str(folder),
        state_folder=str(folder / ".wfopt"),
        capacity=Capacity(slots=1, cpu_milli=1000, memory_bytes=None),
        strategy=Fifo(),
    )
    return replace(made, **given)


def test_a_native_file_is_left_to_its_own_reader(tmp_path: Path) -> None:
    asked = options(tmp_path, "a.yml", "wfopt: 1\nsteps: {a: {run: a}}\n")
    assert read_foreign(read_source(asked.file), asked, Outside({})) is None
    unknown = options(tmp_path, "b.yml", "a: b\n")
    assert read_foreign(read_source(unknown.file), unknown, Outside({})) is None


def test_jobs_of_gitlab_get_variables_of_the_runner(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    git.mkdir()
    (git / "HEAD").write_text("a" * 40)
    asked = options(tmp_path, ".gitlab-ci.yml", GITLAB, environ={"CI_COMMIT_BRANCH": "given"})
    found = read_foreign(read_source(asked.file), asked, Outside({}))
    assert found is not None
    one, two = (
        {name: value and value.static for name, value in each.env.items()} for each in found.workflow.steps
    )
    assert one == {"CI": "true", "CI_PROJECT_DIR": str(tmp_path)}
    assert two == {"CI": "own", "CI_PROJECT_DIR": str(tmp_path), "CI_COMMIT_SHA": "a" * 40}


@pytest.mark.parametrize(
    ("action", "hint"), [("own/axt", "did you mean `own/act`?"), ("zzz/qqq", "there are: `own/act`")]
)
def test_an_action_that_is_mapped_must_occur(action: str, hint: str, tmp_path: Path) -> None:
    asked = options(tmp_path, ".github/workflows/ci.yml", GITHUB, actions={"own/act": "a", action: "b"})
    with pytest.raises(UserError) as error:
        read_foreign(read_source(asked.file), asked, Outside({}))
    (problem,) = error.value.diagnostics
    assert (problem.message, problem.hints) == (f"`--action {action}=...`: no step uses this action", (hint,))


def test_something_must_be_able_to_run(tmp_path: Path) -> None:
    asked = options(tmp_path, "x.yml")
    check_runnable("github", workflow(["a"]), asked)
    left = replace(step("a"), run=Opaque(what="own/act@v1", why="an action"))
    for steps, hint in (
        ([left], "0 of 1 steps runnable here; left out: own/act (1)"),
        ([], "it has no steps"),
    ):
        with pytest.raises(UserError) as error:
            check_runnable("github", workflow(steps), asked)
        assert error.value.diagnostics[0].hints == (hint,)


def test_a_taskfile_without_a_default_task_must_be_told_what_to_run(tmp_path: Path) -> None:
    asked = options(tmp_path, "x.yml")
    names = [f"t{number}" for number in range(14)]
    with pytest.raises(UserError) as error:
        check_runnable("taskfile", workflow(names), asked)
    assert error.value.diagnostics[0].hints[0].endswith("`t10`, `t11` and 2 more")
    check_runnable("taskfile", workflow(names), replace(asked, steps=("t1",)))
    check_runnable("taskfile", workflow(names, targets=["t1"]), asked)
