"""Why a step runs again, and why it is never cached."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import step
from tests.support.step_fields import STORE_KEY, fields, file, reads
from wfopt.cache import parts as parts_module
from wfopt.cache.files import Entry, Kind
from wfopt.cache.key import Extra
from wfopt.cache.parts import parts_of
from wfopt.cache.why import explain, why_not_cached
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import CacheExtra, CacheRule


def told(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return explain(parts_of(fields(**before), STORE_KEY), parts_of(fields(**after), STORE_KEY))


SECRET = {"secrets": frozenset({"TOKEN"})}
LINK = Entry("x", Kind.LINK, False, "y")
ABSENT = Entry("x", Kind.ABSENT)
FOLDER = Entry("x", Kind.DIR)


def extra(kind: CacheExtra, value: str | None) -> Extra:
    return Extra(kind, "what", value)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"inputs": reads("x=1")}, {"inputs": reads("x=2")}, ["input x changed"]),
        ({"inputs": reads()}, {"inputs": reads("x=2")}, ["input x is new"]),
        ({"inputs": reads("x=2")}, {"inputs": reads()}, ["input x is gone"]),
        ({"inputs": reads("x=1")}, {"inputs": reads(ABSENT)}, ["input x is missing now"]),
        ({"inputs": reads(ABSENT)}, {"inputs": reads("x=1")}, ["input x exists now"]),
        ({"inputs": reads("x=1")}, {"inputs": reads(FOLDER)}, ["input x is a folder now"]),
        ({"inputs": reads(FOLDER)}, {"inputs": reads("x=1")}, ["input x is a file now"]),
        ({"inputs": reads("x=1")}, {"inputs": reads(LINK, "x=1")}, ["input x is a link now"]),
        ({"inputs": reads(LINK, "x=1")}, {"inputs": reads(LINK, "x=2")}, ["input x changed"]),
        (
            {"inputs": reads("x=1")},
            {"inputs": reads(file("x=1", executable=True))},
            ["input x changed its mode"],
        ),
        ({"inputs": reads("x=1")}, {"inputs": reads(file("x=2", executable=True))}, ["input x changed"]),
        (
            {"inputs": reads("a=1", "b=1")},
            {"inputs": reads("b=2", "c=1")},
            ["input b changed", "input c is new", "input a is gone"],
        ),
        ({"env": {"CFLAGS": "-O2"}}, {"env": {"CFLAGS": "-O3"}}, ['env CFLAGS: "-O2" to "-O3"']),
        ({"env": {"A": 'a"\n'}}, {"env": {"A": None}}, ['env A: "a\\"\\n" to unset']),
        ({"env": {}}, {"env": {"A": "1"}}, ["env A is new"]),
        ({"env": {"A": "1"}}, {"env": {}}, ["env A is gone"]),
        ({"env": {"TOKEN": "one"}} | SECRET, {"env": {"TOKEN": "two"}} | SECRET, ["env TOKEN changed"]),
        ({"env": {"TOKEN": "one"}}, {"env": {"TOKEN": "two"}} | SECRET, ["env TOKEN changed"]),
        ({"env": {"A": "x" * 999}}, {"env": {"A": "y"}}, ["env A changed"]),
        (
            {"env": {"WFOPT_PARAM_A_B": "1"}, "references": frozenset({"params.a-b"})},
            {"env": {"WFOPT_PARAM_A_B": "2"}, "references": frozenset({"params.a-b"})},
            ['param a-b: "1" to "2"'],
        ),
        ({"run": "a\nb\nc"}, {"run": "a\nb\nx"}, ["script changed (line 3)"]),
        ({"run": "a\nb\nc"}, {"run": "x\nb\ny"}, ["script changed (line 1)"]),
        ({"run": "a\nb"}, {"run": "a\nb\nc"}, ["script changed (line 3)"]),
        ({"run": "a\nb\nc"}, {"run": "a\nb"}, ["script changed (line 3)"]),
        ({"run": ("a", "b")}, {"run": ("a", "c")}, ["command changed (argument 2)"]),
        ({"run": ()}, {"run": ("a",)}, ["command changed (argument 1)"]),
        ({"run": "a"}, {"run": ("a",)}, ["script changed"]),
        ({"run": ("a",)}, {"run": "a"}, ["script changed"]),
        ({"shell": ("sh",)}, {"shell": ("bash",)}, ["shell changed"]),
        ({"cwd": ""}, {"cwd": "sub"}, ['folder to run in: "" to "sub"']),
        ({}, {"outputs": (PathPattern("o"),)}, ["outputs declared differently"]),
        ({}, {"capture": "x"}, ["captured under another name"]),
        ({}, {"platform": ("Linux", "arm")}, ['platform: "Linux x86_64" to "Linux arm"']),
        ({}, {"extras": (extra(CacheExtra.FILE, "1"),)}, ["cache.key file 1 is new"]),
        ({"extras": (extra(CacheExtra.ENV, "1"),)}, {}, ["cache.key env 1 is gone"]),
        (
            {"extras": (extra(CacheExtra.ENV, "1"), extra(CacheExtra.TEXT, "1"))},
            {"extras": (extra(CacheExtra.ENV, "1"), extra(CacheExtra.TEXT, "2"))},
            ["cache.key text 2 changed"],
        ),
        (
            {"run": "a", "env": {"A": "1"}},
            {"run": "b", "env": {"A": "2"}, "platform": ("a", "b"), "inputs": reads("src/a.c=3")},
            [
                "input src/a.c changed",
                'env A: "1" to "2"',
                "script changed (line 1)",
                'platform: "Linux x86_64" to "a b"',
            ],
        ),
    ],
)
def test_every_difference_has_words(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    assert told(before, after) == expected


def test_a_step_without_a_result_never_ran() -> None:
    assert explain(None, parts_of(fields(), STORE_KEY)) == ["never ran"]


def test_too_many_inputs_to_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "MOST_INPUTS", 1)
    before, after = reads("a=1", "b=1"), reads("a=1", "b=2")
    assert told({"inputs": before}, {"inputs": after}) == ["inputs changed (2 files)"]
    assert told({"inputs": reads("a=1")}, {"inputs": after}) == ["inputs changed (2 files)"]
    assert told({"inputs": before}, {"inputs": reads("c=1")}) == ["inputs changed"]


def test_parts_of_other_versions() -> None:
    new = parts_of(fields(), STORE_KEY)
    assert explain(new | {"format": "0"}, new) == ["wfopt makes keys in another way now"]
    assert explain(new | {"moon": "full"}, new) == ["moon changed"]
    assert explain(new | {"inputs": "#abcd 2"}, new) == ["inputs changed"]


@settings(max_examples=25)
@given(
    st.dictionaries(st.text(max_size=9) | st.sampled_from(["script", "key 1", "input x", "env A"]), st.text())
)
def test_any_old_parts_are_explained(old: dict[str, str]) -> None:
    new = parts_of(fields(), STORE_KEY)
    found = explain(old, new)
    assert found
    assert all(found)


IN, OUT = (PathPattern("a"),), (PathPattern("b"),)


@pytest.mark.parametrize(
    ("changed", "enabled", "expected"),
    [
        ({}, None, ""),
        ({}, True, ""),
        ({}, False, "cache: false"),
        ({"inputs": ()}, None, ""),
        ({"outputs": ()}, None, ""),
        ({"inputs": None}, None, "no inputs declared"),
        ({"outputs": None}, None, "no outputs declared"),
        ({"inputs": None, "outputs": None}, None, "no inputs and outputs declared"),
        ({"inputs": None}, True, "no inputs declared"),
        ({"interactive": True}, None, "interactive"),
        ({"interactive": True}, True, "interactive"),
        ({"effects": frozenset[str]()}, None, ""),
        *(({"effects": frozenset({name})}, None, f"effect {name}") for name in ("network", "time", "mail")),
        *(({"effects": frozenset({name})}, True, "") for name in ("network", "time", "random", "mail")),
        *(
            ({"effects": frozenset({name, "network"})}, True, f"effect {name}")
            for name in ("publish", "deploy", "service", "tty")
        ),
        ({"effects": frozenset({"time", "network"})}, None, "effect network"),
        ({"effects": frozenset({"network"}), "inputs": None}, None, "effect network"),
    ],
)
def test_why_a_step_is_not_cached(changed: dict[str, Any], enabled: bool | None, expected: str) -> None:
    values = {"inputs": IN, "outputs": OUT} | changed
    assert why_not_cached(step("a", cache=CacheRule(enabled=enabled), **values)) == expected
