"""Files of past runs, whatever turns out to stand in them."""

from __future__ import annotations

import contextlib
import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.codes import TOO_COMPLEX, UNREADABLE_FILE
from wfopt.errors import UserError
from wfopt.formats.history import reading
from wfopt.formats.history.reading import parse_history, read_history
from wfopt.model.history import RunStory

DATA = os.getenv("WFOPT_DATA")
JOB = '{"jobs": [{"name": "a", "conclusion": "skipped"}]}'


def refusal(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        read_history(str(path), name="shown")
    return caught.value


def test_a_file_is_read_under_the_name_that_messages_show(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("# ninja log v5\n0\t1\t0\ta\tff\n")
    assert read_history(str(path))[0].run.workflow == str(tmp_path / "build.ninja")
    assert read_history(str(path), name="out/.ninja_log")[0].run.workflow == "out/build.ninja"


def test_a_byte_order_mark_is_dropped() -> None:
    assert len(parse_history(b"\xef\xbb\xbf" + JOB.encode(), "f")) == 1


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, message in (
        ("none", "there is no file `shown`"),
        ("", "`shown` is a directory"),
        ("pipe", "`shown` is not a regular file"),
        ("a\0b", "`shown` cannot be read: embedded null byte"),
    ):
        (diagnostic,) = refusal(tmp_path / name if name else tmp_path).diagnostics
        assert (diagnostic.code, diagnostic.message) == (UNREADABLE_FILE, message)


def test_a_file_may_not_be_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f"
    path.write_text(JOB)
    monkeypatch.setattr(reading, "MAX_BYTES", len(JOB))
    assert len(read_history(str(path))) == 1
    path.write_text(JOB + " ")
    (diagnostic,) = refusal(path).diagnostics
    assert diagnostic.code is TOO_COMPLEX


def test_messages_about_a_document_name_its_file() -> None:
    with pytest.raises(UserError) as caught:
        parse_history(b'{"jobs": [3]}', "shown.json")
    assert [each.file for each in caught.value.diagnostics] == ["shown.json"]


NAMES = st.sampled_from(["a", "b", "", "a_ID01", "\ud800", "x" * 70])
NUMBERS = st.sampled_from([0, 1, -1, 2.5, 1e400, 10**30, True, 864000001])
MOMENTS = st.sampled_from(["2025-03-01T10:00:00Z", "2025-03-01T10:00:07Z", "0001-01-01T00:00:00Z", "?", ""])
SCALARS = st.one_of(st.none(), NAMES, NUMBERS, MOMENTS, st.text(max_size=3))
KEYS = st.sampled_from(
    [
        *("jobs", "name", "conclusion", "status", "steps", "started_at", "completed_at", "run_id", "labels"),
        *("workflow", "schemaVersion", "specification", "execution", "tasks", "files", "id", "parents"),
        *(
            "children",
            "inputFiles",
            "runtimeInSeconds",
            "runtime",
            "machines",
            "nodeName",
            "cpu",
            "coreCount",
        ),
        *("memoryInBytes", "makespanInSeconds", "executedAt", "size", "link", "category", "runtimeSystem"),
    ]
)


ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
LINES = st.lists(
    st.one_of(
        st.tuples(*[st.integers(-1, 50)] * 3, st.sampled_from("abc"), st.just("ff")).map(
            lambda row: "\t".join(map(str, row))
        ),
        st.text(max_size=8),
    ),
    max_size=30,
)


def check(raw: bytes) -> None:
    """Read something that may be nothing; if there are runs, they are as they must be."""
    with contextlib.suppress(UserError):
        for story in parse_history(raw, "f"):
            check_story(story)


def check_story(story: RunStory) -> None:
    told = [each.step for each in story.attempts]
    assert sorted(told) == sorted(set(story.shape.steps))
    assert all(told)
    assert json.dumps([story.run.workflow, *told], ensure_ascii=False).encode("utf-8")
    assert 0 <= story.run.wall_s < float("inf")
    assert story.run.host.cpus >= 1
    for each in story.attempts:
        assert (each.started_s is None) == (each.wall_s is None)
        assert (each.started_s or 0.0) >= 0 <= (each.wall_s or 0.0)


@settings(deadline=None)
@given(ANYTHING)
def test_no_document_makes_trouble(document: object) -> None:
    check(json.dumps(document).encode())


GOOD = sorted((Path(__file__).parents[3] / "fixtures" / "imports" / "ok").glob("*.json"))
REPLACEMENTS = st.one_of(SCALARS, NUMBERS, st.sampled_from([[], {}, ["a"], [{}], {"name": "a"}]))


@settings(deadline=None)
@given(
    st.sampled_from(GOOD),
    st.lists(st.tuples(st.lists(st.integers(0, 20), max_size=9), REPLACEMENTS), max_size=3),
)
def test_no_change_of_a_good_document_makes_trouble(
    path: Path, changes: list[tuple[list[int], object]]
) -> None:
    document = json.loads(path.read_text())
    for turns, replacement in changes:
        replace_at(document, turns, replacement)
    check(json.dumps(document).encode())


def replace_at(node: Any, turns: list[int], replacement: object) -> None:
    """Go down into a document, taking a turn at each level, and put something else there."""
    for depth, turn in enumerate(turns):
        if not isinstance(node, list | dict) or not node:
            return
        key = turn % len(node) if isinstance(node, list) else sorted(node)[turn % len(node)]
        if depth == len(turns) - 1 or not isinstance(node[key], list | dict):
            node[key] = copy.deepcopy(replacement)
            return
        node = node[key]


@settings(deadline=None)
@given(st.sampled_from([5, 6, 7, 8]), LINES)
def test_no_log_makes_trouble(version: int, lines: list[str]) -> None:
    check("\n".join([f"# ninja log v{version}", *lines, ""]).encode("utf-8", "replace"))


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text('[]{}",:0123456789eE+-. \\ud', max_size=60).map(str.encode)))
def test_no_bytes_make_trouble(raw: bytes) -> None:
    check(raw)


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="WFOPT_DATA names no folder of recorded workflows")
def test_recorded_workflows_are_read() -> None:
    paths = sorted(Path(str(DATA)).rglob("wfinstances/original/*.json"))
    assert paths
    for path in paths:
        (story,) = read_history(str(path))
        check_story(story)
        assert story.run.started_at > 1_500_000_000
        assert story.run.critical_path_s <= story.run.wall_s
        assert story.run.workflow
