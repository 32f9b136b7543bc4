"""Edits add or take away one key, and what comes out means what was intended."""

from __future__ import annotations

import pytest
import yaml

from tests.support.analyses import NO_TIMEOUT
from tests.support.texts_at import place_of
from wfopt.analyzer.base import Confidence, Edit, Finding
from wfopt.analyzer.edits import edited
from wfopt.analyzer.yaml_blocks import Entry, siblings
from wfopt.analyzer.yaml_edits import key_after, key_before, without
from wfopt.errors import Label, Severity
from wfopt.source import SourceFile


def applied(text: str, edit: Edit | None) -> str:
    """Return a text with an edit made."""
    assert edit is not None
    finding = Finding(
        code=NO_TIMEOUT,
        message="",
        severity=Severity.NOTE,
        confidence=Confidence.LOW,
        primary=Label(edit.span),
        edits=(edit,),
    )
    return edited(SourceFile("f.yml", text), [finding]).text


def entry(text: str, key: str) -> Entry:
    return next(each for each in siblings(place_of(text, f"{key}:")) if each.key == key)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("job:\n  runs-on: linux\n  steps: []\n", "job:\n  runs-on: linux\n  new: 1\n  steps: []\n"),
        ("job:\n  runs-on: linux # why\n", "job:\n  runs-on: linux # why\n  new: 1\n"),
        ("job:\n  runs-on: linux", "job:\n  runs-on: linux\n  new: 1"),
        ("job:\r\n  runs-on: linux\r\n", "job:\r\n  runs-on: linux\r\n  new: 1\r\n"),
        ("- runs-on: linux\n  steps: []\n", "- runs-on: linux\n  new: 1\n  steps: []\n"),
        ("# é 🚀\njob:\n    runs-on: [a, b]\n", "# é 🚀\njob:\n    runs-on: [a, b]\n    new: 1\n"),
    ],
)
def test_a_key_is_put_behind_another(text: str, wanted: str) -> None:
    assert applied(text, key_after(entry(text, "runs-on"), "new: 1")) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("job:\n  runs-on:\n    - a\n", "job:\n  new: 1\n  runs-on:\n    - a\n"),
        ("- runs-on: linux\n  b: 2\n", "- new: 1\n  runs-on: linux\n  b: 2\n"),
        ("job:\r\n  # why\r\n  runs-on: a\r\n", "job:\r\n  # why\r\n  new: 1\r\n  runs-on: a\r\n"),
        ("runs-on: a\n", "new: 1\nruns-on: a\n"),
    ],
)
def test_a_key_is_put_in_front_of_another(text: str, wanted: str) -> None:
    assert applied(text, key_before(place_of(text, "runs-on"), "new: 1")) == wanted


def test_a_key_may_have_lines_of_its_own() -> None:
    text = "- uses: a\n- uses: b\n"
    after = applied(text, key_after(entry(text, "uses"), "with:\n  cache: npm"))
    assert yaml.safe_load(after) == [{"uses": "a", "with": {"cache": "npm"}}, {"uses": "b"}]
    before = applied(text, key_before(place_of(text, "uses"), "with:\n  cache: npm"))
    assert yaml.safe_load(before) == yaml.safe_load(after)


@pytest.mark.parametrize(
    "text",
    [
        "job:\n  runs-on:\n    - a\n",
        "job:\n  runs-on: >-\n    linux\n",
        "job:\n  runs-on: |\n",
        "job:\n  runs-on: [a,\n    b]\n",
    ],
)
def test_nothing_is_put_behind_values_of_several_lines(text: str) -> None:
    assert key_after(entry(text, "runs-on"), "new: 1") is None


@pytest.mark.parametrize("text", ["job: {runs-on: a}\n", "job: {\n  runs-on: a,\n  b: 1\n}\n"])
def test_flow_style_is_left_alone(text: str) -> None:
    place = place_of(text, "runs-on")
    own = Entry(key="runs-on", span=place, value="a", end_line=place.line)
    assert key_before(place, "new: 1") is None
    assert key_after(own, "new: 1") is None
    assert without(own) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("w:\n  a: 1\n  drop: 0 # all\n  b: 2\n", "w:\n  a: 1\n  b: 2\n"),
        ("w:\n  a: 1\n  drop: 0", "w:\n  a: 1\n"),
        ("w:\r\n  drop: 0\r\n  b: 2\r\n", "w:\r\n  b: 2\r\n"),
        ("w:\n  drop:\n    c: 1\n    # why\n    d: 2\n  b: 2\n", "w:\n  b: 2\n"),
    ],
)
def test_a_key_is_taken_away(text: str, wanted: str) -> None:
    assert applied(text, without(entry(text, "drop"))) == wanted


def test_a_key_behind_a_dash_stays() -> None:
    assert without(entry("- drop: 0\n  b: 2\n", "drop")) is None
