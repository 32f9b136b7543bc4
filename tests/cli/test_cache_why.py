"""Asking before a run: what would run, what is cached, and why."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.cached import ran, workspace
from tests.support.commands import run

CHAIN = """params: {level: 1}
steps:
  head:
    run: cp in.txt out.txt; echo $WFOPT_PARAM_LEVEL >> out.txt
    env: {MODE: fast, KEY: "${{ env.TOKEN }}"}
    secrets: [KEY]
    inputs: [in.txt]
    outputs: [out.txt]
  tail: {run: cp out.txt end.txt, inputs: [out.txt], outputs: [end.txt]}
  apart: {run: cp other.txt apart.txt, inputs: [other.txt], outputs: [apart.txt], needs: [head]}
  loose: {run: echo hi, needs: [head]}
  later: {run: "true", inputs: [], outputs: [], if: needs.head.status == 'failed'}
  say:
    run: echo v1
    capture: {stdout: version}
    inputs: [other.txt]
    outputs: []
  use: {run: 'echo "${{ needs.say.out.version }}"', inputs: [], outputs: []}
"""
FILES = {"in.txt": "1\n", "other.txt": "o\n"}
SECRET = "rather-secret-value"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = workspace(tmp_path / "w", CHAIN, FILES)
    assert ran(made, env={"TOKEN": SECRET}).code == 0
    return made


def everything(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def asked(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(list(words), folder, {"TOKEN": SECRET})


def planned(folder: Path, *words: str) -> dict[str, tuple[bool | None, str]]:
    done = asked(folder, "run", "-n", "--format", "json", *words)
    assert done.returncode == 0, done.stderr
    return {each["id"]: (each["cached"], each["reason"]) for each in json.loads(done.stdout)["steps"]}


def why(folder: Path, *words: str) -> dict[str, dict[str, Any]]:
    done = asked(folder, "cache", "why", "wfopt.yml", *words, "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "wfopt.cache-why/1"
    return {each["id"]: each for each in document["steps"]}


@pytest.mark.measured
def test_a_dry_run_knows_what_is_cached(folder: Path) -> None:
    before = everything(folder)
    condition = (None, "its condition decides when it is due")
    loose = (False, "not cached: no inputs and outputs declared")
    fresh = (True, "up to date")
    all_cached = dict.fromkeys(("head", "tail", "apart", "say", "use"), fresh)
    assert planned(folder) == all_cached | {"loose": loose, "later": condition}
    assert everything(folder) == before

    (folder / "end.txt").unlink()
    (folder / "out.txt").write_text("edited\n")
    (folder / "other.txt").write_text("changed\n")
    assert planned(folder) == {
        "head": (True, "to be restored: output out.txt was edited"),
        "tail": (None, "depends on what `head` makes"),
        "apart": (False, "input other.txt changed"),
        "loose": loose,
        "later": condition,
        "say": (False, "input other.txt changed"),
        "use": (None, "depends on what `say` makes"),
    }
    forced = planned(folder, "--force-step", "head")
    assert forced["head"] == (False, "forced")
    assert planned(folder, "--cache", "off")["head"] == (False, "the cache is off")


def test_a_dry_run_before_the_first_run_makes_nothing(tmp_path: Path) -> None:
    made = workspace(tmp_path / "w", CHAIN, FILES)
    before = everything(made)
    found = planned(made)
    assert found["head"] == (False, "never ran")
    assert found["loose"] == (False, "not cached: no inputs and outputs declared")
    assert found["tail"] == (None, "depends on what `head` makes")
    assert everything(made) == before


def test_why_compares_with_the_nearest_result(folder: Path) -> None:
    before = everything(folder)
    upper = why(folder, "head")["head"]
    assert (upper["action"], upper["reason"]) == ("nothing", "up to date")
    assert upper["nearest"]["cache_key"] == upper["cache_key"]
    assert upper["nearest"]["differences"] == []

    (folder / "in.txt").write_text("2\n")
    found = why(folder, "head", "-p", "level=2")["head"]
    assert found["action"] == "run"
    wanted = ["input in.txt changed", 'param level: "1" to "2"']
    assert found["nearest"]["differences"] == wanted
    parts = {each["name"]: (each["then"], each["now"]) for each in found["parts"]}
    assert parts["param level"] == ('"1"', '"2"')
    assert parts["env MODE"] == ('"fast"', '"fast"')
    assert SECRET not in json.dumps(found)
    assert parts["env KEY"][0] == parts["env KEY"][1]

    # A result from before the last one may be nearer.
    assert ran(folder, "-p", "level=2", env={"TOKEN": SECRET}).code == 0
    (folder / "in.txt").write_text("3\n")
    nearest = why(folder, "head")["head"]["nearest"]
    assert nearest["cache_key"] == upper["cache_key"]
    assert nearest["differences"] == ["input in.txt changed"]
    (folder / "in.txt").write_text("1\n")
    (folder / "out.txt").unlink()
    assert why(folder, "head")["head"]["action"] == "restore"
    assert set(everything(folder)) >= set(before) - {"out.txt"}


def test_why_of_steps_without_a_key(folder: Path) -> None:
    found = why(folder)
    assert set(found) == {"head", "tail", "apart", "loose", "later", "say", "use"}
    loose = found["loose"]
    assert (loose["cache_key"], loose["nearest"], loose["parts"]) == (None, None, [])
    assert found["use"]["action"] == "nothing"

    fresh = workspace(folder.parent / "fresh", CHAIN, FILES)
    assert why(fresh, "head")["head"]["reason"] == "never ran"
    assert why(fresh, "use")["use"]["reason"].startswith("never ran")
    assert sorted(path.name for path in fresh.iterdir()) == ["in.txt", "other.txt", "wfopt.yml"]


@pytest.mark.measured
def test_why_in_words(folder: Path) -> None:
    (folder / "in.txt").write_text("2\n")
    text = asked(folder, "cache", "why", "wfopt.yml", "head", "loose").stdout
    lines = text.splitlines()
    assert lines[0] == "step head would run: input in.txt changed"
    assert "what is different from then" in lines
    assert any(line.startswith("~ input in.txt") for line in lines)
    assert lines[-1] == "step loose would run: not cached: no inputs and outputs declared"
    assert asked(folder, "cache", "why", "wfopt.yml", "apart").stdout.startswith("step apart is up to date\n")


def test_why_of_an_unknown_step_is_an_error(folder: Path) -> None:
    done = asked(folder, "cache", "why", "wfopt.yml", "heed")
    assert done.returncode == 2
    assert "did you mean `head`?" in done.stderr
