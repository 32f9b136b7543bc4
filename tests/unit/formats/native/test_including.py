"""Files that include others: where they are looked for, how many there may be, and what they inherit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from wfopt.errors import Diagnostic, LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native import including
from wfopt.formats.native.loader import load
from wfopt.formats.reading import read_source
from wfopt.model.selectors import directory_of
from wfopt.model.workflow import Workflow

STEP = "steps: {s: {run: x}}\n"


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"wfopt: 1\n{text}", encoding="utf-8")


def loaded(folder: Path, name: str = "wfopt.yml", environ: Mapping[str, str] | None = None) -> Workflow:
    options = LoadOptions(workspace=str(folder), path=str(folder / name), environ=environ or {})
    return load(read_source(str(folder / name), name=name), options)[0]


def refusals(folder: Path, name: str = "wfopt.yml") -> tuple[Diagnostic, ...]:
    with pytest.raises(LoadError) as caught:
        loaded(folder, name)
    return caught.value.diagnostics


def messages(folder: Path) -> list[str]:
    return [each.message for each in refusals(folder)]


def including_file(path: str, name: str = "part") -> str:
    return f"include: [{{path: {path}, as: {name}}}]\n{STEP}"


def test_the_depth_is_limited(tmp_path: Path) -> None:
    files = {f"{level}.yml": including_file(f"{level + 1}.yml") for level in range(including.MAX_DEPTH)}
    write(tmp_path, {**files, f"{including.MAX_DEPTH}.yml": STEP})
    assert len(loaded(tmp_path, "0.yml").steps) == including.MAX_DEPTH + 1
    write(tmp_path, {"wfopt.yml": including_file("0.yml")})
    assert messages(tmp_path) == ["files are included more than 16 levels deep"]


def test_the_number_of_files_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(including, "MAX_FILES", 6)
    twice = "include: [{path: NEXT, as: a}, {path: NEXT, as: b}]\n" + STEP
    files = {"wfopt.yml": twice.replace("NEXT", "1.yml"), "1.yml": twice.replace("NEXT", "2.yml")}
    write(tmp_path, {**files, "2.yml": STEP})
    workflow = loaded(tmp_path)
    assert [step.id for step in workflow.steps] == ["s", "a/s", "a/a/s", "a/b/s", "b/s", "b/a/s", "b/b/s"]
    assert [source.name for source in workflow.included] == ["1.yml", "2.yml"]
    write(tmp_path, {"2.yml": twice.replace("NEXT", "3.yml"), "3.yml": STEP})
    assert messages(tmp_path) == ["more than 6 files are included"]


def test_the_number_of_steps_is_limited_before_they_are_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(including, "MAX_STEPS", 2)
    entries = ", ".join(f"{{path: a.yml, as: n{number}}}" for number in range(9))
    write(tmp_path, {"wfopt.yml": f"include: [{entries}]\n{STEP}", "a.yml": STEP})
    assert messages(tmp_path) == ["the workflow has more than 2 steps"]


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    write(tmp_path, {"wfopt.yml": including_file("pipe.yml")})
    os.mkfifo(tmp_path / "pipe.yml")
    (found,) = refusals(tmp_path)
    assert found.message == "`pipe.yml` is not a regular file"
    assert str(found.primary and found.primary.span) == "wfopt.yml:2:18"


def test_a_link_may_not_lead_out_of_the_workspace(tmp_path: Path) -> None:
    work = tmp_path / "work"
    write(work, {"wfopt.yml": including_file("link.yml"), "inside.yml": STEP})
    write(tmp_path, {"outside.yml": STEP})
    (work / "link.yml").symlink_to("../outside.yml")
    assert messages(work) == ["`link.yml` leads out of the workspace"]
    (work / "link.yml").unlink()
    (work / "link.yml").symlink_to("inside.yml")
    assert len(loaded(work).steps) == 2
    (work / "folder").symlink_to("..")
    write(work, {"wfopt.yml": including_file("folder/outside.yml")})
    assert messages(work) == ["`folder/outside.yml` leads out of the workspace"]


def test_a_loop_is_found_through_links(tmp_path: Path) -> None:
    write(tmp_path, {"wfopt.yml": including_file("again.yml")})
    (tmp_path / "again.yml").symlink_to("wfopt.yml")
    assert messages(tmp_path) == ["files include each other: wfopt.yml -> again.yml"]


def test_paths_are_those_of_the_folder_that_was_named(tmp_path: Path) -> None:
    write(tmp_path, {"wfopt.yml": including_file("pkg/here.yml"), "common/here.yml": STEP})
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "here.yml").symlink_to("../common/here.yml")
    assert [step.cwd for step in loaded(tmp_path).steps] == ["", "pkg"]


@pytest.mark.parametrize("name", ["absent.yml", "dangling.yml"])
def test_a_missing_file_may_be_optional(tmp_path: Path, name: str) -> None:
    (tmp_path / "dangling.yml").symlink_to("nowhere.yml")
    entry = f"{{path: {name}, as: part, optional: true}}"
    write(tmp_path, {"wfopt.yml": f"include: [{entry}]\nsteps: {{s: {{run: x, needs: [part/*, part]}}}}\n"})
    workflow = loaded(tmp_path)
    assert [step.needs for step in workflow.steps] == [()]
    write(tmp_path, {"wfopt.yml": f"include: [{entry}]\ntargets: part\n{STEP}"})
    assert messages(tmp_path) == ["`targets` only names steps of files that are missing"]


def test_a_broken_file_is_never_optional(tmp_path: Path) -> None:
    write(tmp_path, {"wfopt.yml": f"include: [{{path: a.yml, as: a, optional: true}}]\n{STEP}"})
    (tmp_path / "a.yml").write_text("steps: {}", encoding="utf-8")
    assert messages(tmp_path) == ["this is not a wfopt workflow: it has no `wfopt: 1`"]


def test_a_file_below_the_workspace_includes_from_its_own_folder(tmp_path: Path) -> None:
    write(tmp_path, {"ci/all.yml": including_file("../lib/part.yml"), "lib/part.yml": STEP})
    workflow = loaded(tmp_path, "ci/all.yml")
    assert [(step.id, step.cwd) for step in workflow.steps] == [("s", ""), ("part/s", "lib")]
    assert [source.name for source in workflow.included] == ["lib/part.yml"]


def test_a_file_outside_the_workspace_includes_nothing(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    write(tmp_path, {"wfopt.yml": including_file("part.yml"), "part.yml": STEP})
    options = LoadOptions(workspace=str(work), path=str(tmp_path / "wfopt.yml"))
    with pytest.raises(LoadError) as caught:
        load(read_source(str(tmp_path / "wfopt.yml")), options)
    assert [each.message for each in caught.value.diagnostics] == ["`part.yml` leads out of the workspace"]


def test_params_of_an_included_file_do_not_come_from_outside(tmp_path: Path) -> None:
    part = (
        "params: {v: own, w: {default: own, env: W}}\nsteps: {s: {run: '${{ params.v }} ${{ params.w }}'}}\n"
    )
    write(tmp_path, {"wfopt.yml": f"params: {{up: 1}}\n{including_file('a.yml')}", "a.yml": part})
    environ = {"WFOPT_PARAM_V": "twin", "WFOPT_PARAM_UP": "2", "W": "named"}
    root, inner = loaded(tmp_path, environ=environ).steps
    assert {name: value and value.static for name, value in root.env.items()} == {"WFOPT_PARAM_UP": "2"}
    assert {name: value and value.static for name, value in inner.env.items()} == {
        "WFOPT_PARAM_UP": None,
        "WFOPT_PARAM_V": "own",
        "WFOPT_PARAM_W": "named",
    }


def test_one_mistake_is_told_once_however_often_its_file_is_included(tmp_path: Path) -> None:
    both = "include: [{path: a.yml, as: a}, {path: a.yml, as: b}]\n"
    write(
        tmp_path, {"wfopt.yml": both + STEP, "a.yml": "env: {A: '${{ params.x }}'}\nsteps: {s: {rnu: x}}\n"}
    )
    assert messages(tmp_path) == [
        "`params` has no `x`",
        "unknown key `rnu` in step `s`",
    ]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("part", ["part/s", "part/deep/s", "part/deep/t[v=1]", "part/deep/t[v=2]"]),
        ("part/deep", ["part/deep/s", "part/deep/t[v=1]", "part/deep/t[v=2]"]),
        ("part/*", ["part/s", "part/deep/s", "part/deep/t[v=1]", "part/deep/t[v=2]"]),
        ("part/?", ["part/s"]),
        ("part/deep/t[v=2]", ["part/deep/t[v=2]"]),
        ("part/deep/*[v=1]", ["part/deep/t[v=1]"]),
        ("*", ["s", "part/s", "part/deep/s", "part/deep/t[v=1]", "part/deep/t[v=2]"]),
        ("?", ["s"]),
        ("part/", []),
        ("deep", []),
    ],
)
def test_included_steps_are_selected_by_name(tmp_path: Path, selector: str, found: list[str]) -> None:
    deep = "steps: {s: {run: x}, t: {run: x, matrix: {v: [1, 2]}}}\n"
    files = {"wfopt.yml": including_file("a.yml"), "a.yml": including_file("b.yml", "deep"), "b.yml": deep}
    write(tmp_path, files)
    steps = loaded(tmp_path).steps
    assert [steps[place].id for place in directory_of(steps).select(selector)] == found
