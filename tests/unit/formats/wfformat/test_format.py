"""Instances of WfFormat as workflows."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from wfopt.errors import LoadError
from wfopt.formats.history.reading import parse_history
from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.wfformat.format import WfFormat
from wfopt.model.workflow import Argv, EdgeKind
from wfopt.source import SourceFile

FIXTURES = Path(__file__).parents[3] / "fixtures" / "importers" / "wfformat"
DATA = os.getenv("WFOPT_DATA")


def read(text: str) -> Imported:
    return WfFormat().read(SourceFile(name="w.json", text=text), LoadOptions(workspace="/w"))


def instance(*tasks: dict[str, Any]) -> Imported:
    return read(json.dumps({"name": "w", "schemaVersion": "1.4", "workflow": {"tasks": list(tasks)}}))


def test_instances_are_told_by_their_keys() -> None:
    assert WfFormat().claims("any", ["name", "schemaVersion", "workflow"])
    assert not WfFormat().claims("w.json", ["name", "workflow"])


@pytest.mark.parametrize("name", ["split.json", "whole.json"])
def test_steps_are_called_as_the_history_calls_them(name: str) -> None:
    text = (FIXTURES / name).read_text()
    (story,) = parse_history(text.encode(), name)
    found = read(text)
    assert [step.id for step in found.workflow.steps] == list(story.shape.steps)
    walls = {each.step: each.wall_s for each in story.attempts if each.wall_s is not None}
    assert found.durations == walls


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"program": "a", "arguments": ["b c", ""]}, ["a", "b c", ""]),
        ({"program": "a"}, ["a"]),
        ({"program": "a b"}, None),
        ({"program": ""}, None),
        ({"program": 1}, None),
        ({"program": "a", "arguments": "b"}, None),
        ({"program": "a", "arguments": ["\0"]}, None),
        ({"program": "a", "arguments": ["\ud800"]}, None),
        ({}, None),
    ],
)
def test_commands_are_taken_over_as_they_are(command: dict[str, Any], words: list[str] | None) -> None:
    (step,) = instance({"name": "a", "command": command}).workflow.steps
    found = [each.static for each in step.run.args] if isinstance(step.run, Argv) else None
    assert found == words


def test_files_that_go_from_task_to_task_make_data_edges() -> None:
    found = instance(
        {"name": "a", "files": [{"link": "output", "name": "/far/x"}, {"link": "output", "name": "*.txt"}]},
        {"name": "b", "parents": ["a"], "files": [{"link": "input", "name": "/far/x"}]},
        {"name": "c", "parents": ["a"]},
    )
    assert [edge.kind for edge in found.workflow.edges] == [EdgeKind.DATA, EdgeKind.ORDER]
    first, second, third = found.workflow.steps
    assert (first.outputs, second.inputs, third.inputs) == (None, None, None)
    assert [path.text for path in second.outputs or ()] == []
    (remark,) = found.remarks
    assert remark.message == "a file is left out: its name is no path inside a workspace"


def test_names_of_files_are_no_patterns() -> None:
    files = [{"link": "output", "name": name} for name in ("a[1]*?", "!b", "~c", "d/../e")]
    (step,) = instance({"name": "a", "files": files}).workflow.steps
    assert [path.text for path in step.outputs or ()] == ["a[[]1][*][?]", "!b", "~c", "e"]
    assert not any(path.negated for path in step.outputs or ())


def outcome(text: str) -> str:
    """Return how reading a text ends; anything but a LoadError is an error."""
    try:
        found = read(text)
    except LoadError as error:
        return "refused" if error.diagnostics else "silent"
    return "read" if found.workflow.steps else "empty"


def test_broken_files_are_read_or_refused() -> None:
    chance = Random(3)  # noqa: S311 - nothing is secret
    texts = [(FIXTURES / name).read_text() for name in ("split.json", "whole.json")]
    outcomes: Counter[str] = Counter()
    for _ in range(300):
        text = chance.choice(texts)
        start, length = chance.randrange(len(text)), chance.randint(0, 20)
        other = chance.choice(['"', "0", "{}", "[]", "null", "1e999", "", text[start : start + length] * 2])
        outcomes[outcome(text[:start] + other + text[start + length :])] += 1
    assert set(outcomes) == {"read", "refused"}


def test_what_is_nested_too_deep_is_refused() -> None:
    assert outcome("[" * 100_000) == "refused"
    assert outcome('{"name": ' * 5_000) == "refused"
    assert outcome('{"name": ' + "9" * 10_000 + "}") == "refused"


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="WFOPT_DATA names no folder with instances")
def test_published_instances_can_be_read() -> None:
    for path in sorted(Path(str(DATA)).rglob("original/*.json")):
        assert read(path.read_text()).durations
