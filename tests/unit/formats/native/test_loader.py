"""What the loader makes of values, and what the command line adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from wfopt.codes import MATRIX_TOO_LARGE
from wfopt.errors import LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native import expansion, files
from wfopt.formats.native.loader import load
from wfopt.formats.reading import read_source
from wfopt.model.workflow import Argv, Script, Workflow
from wfopt.source import SourceFile

FOLDER = Path(__file__).parents[3] / "fixtures" / "formats" / "ok"


def loaded(name: str, **params: str) -> Workflow:
    path = FOLDER / f"{name}.yml"
    options = LoadOptions(workspace=str(FOLDER), params=params)
    return load(read_source(str(path), name=path.name), options)[0]


def test_defaults_fill_what_a_step_leaves_out() -> None:
    first, second = loaded("defaults").steps
    assert (first.cwd, first.timeout_s, second.cwd, second.timeout_s) == ("sub", 120, "", 5)
    assert (first.request.cpu_milli, second.request.cpu_milli) == (2000, 500)
    assert first.request.memory_bytes == second.request.memory_bytes == 1 << 30
    assert isinstance(first.run, Script)
    assert first.run.shell.name == "sh"


def test_expressions_are_filled_in_before_values_are_read() -> None:
    first, second = loaded("templated").steps
    assert isinstance(first.run, Argv)
    assert [each.static for each in first.run.args] == ["echo", "sub"]
    assert (first.timeout_s, first.cwd) == (90, "sub")
    assert (first.request.cpu_milli, first.request.memory_bytes) == (2000, 10**9)
    assert (first.allow_failure, second.allow_failure) == (True, True)


def test_every_plain_key_arrives() -> None:
    workflow = loaded("everything")
    (step,) = workflow.steps
    assert (workflow.name, workflow.description, workflow.targets) == ("all", "every key", ("a",))
    assert (step.description, step.quiet, step.priority, step.keep_on_failure) == ("a step", True, 3, True)
    assert (step.inputs, step.effects) == ((), frozenset({"network"}))
    assert [(out.text, out.optional, out.persist, out.store) for out in step.outputs or ()] == [
        ("o.txt", True, True, False)
    ]


def test_target_names_all_cells_of_a_matrix() -> None:
    assert loaded("target_one").targets == ("b[v=1]", "b[v=2]")


def test_the_command_line_beats_the_default() -> None:
    workflow = loaded("params", count="7", plain="given")
    assert workflow.params["count"] == "7"
    assert workflow.params["plain"] == "given"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("cuont", "1", "`-p cuont=...` sets a param that the workflow does not declare"),
        ("count", "x", "param `count`: `x` is not a whole number"),
        ("plain", "a\0b", "param `plain`: `a\0b` holds a NUL character"),
    ],
)
def test_params_of_the_command_line_are_checked(name: str, text: str, message: str) -> None:
    with pytest.raises(LoadError) as caught:
        loaded("params", **{name: text})
    assert [each.message for each in caught.value.diagnostics] == [message]


def test_the_number_of_steps_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "MAX_STEPS", 3)
    with pytest.raises(LoadError) as caught:
        loaded("matrix")
    assert [each.message for each in caught.value.diagnostics] == ["the workflow has more than 3 steps"]


def test_hooks_stand_around_the_graph() -> None:
    workflow = loaded("hooks")
    assert [hook.id for hook in workflow.hooks] == [
        "rollback:deploy",
        "rollback:configure",
        "rollback:each[n=1]",
        "rollback:each[n=2]",
        "on-failure:notify",
        "on-failure:second",
        "finally:clean",
        "finally:notify",
    ]
    assert [hook.definition for hook in workflow.hooks[2:4]] == ["rollback:each"] * 2
    described = workflow.hooks[1]
    assert (described.description, described.quiet) == ("back again", True)
    assert set(described.places) >= {"run", "shell", "retries"}


@pytest.mark.parametrize(
    "steps", ["{a: {rum: 1}, b: {rum: 1}, c: {rum: 1}}", "[{rum: 1}, {rum: 1}, {rum: 1}]"]
)
def test_a_crowd_of_steps_is_refused_before_they_are_read(
    steps: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(files, "MAX_STEPS", 2)
    with pytest.raises(LoadError) as caught:
        load(SourceFile("wfopt.yml", f"wfopt: 1\nsteps: {steps}\n"), LoadOptions(workspace=str(tmp_path)))
    assert [each.code for each in caught.value.diagnostics] == [MATRIX_TOO_LARGE]
