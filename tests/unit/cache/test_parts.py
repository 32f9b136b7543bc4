"""The parts of a key: what is readable, what is a digest, how much is kept."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.step_fields import STORE_KEY, fields, file, reads
from wfopt.cache import parts as module
from wfopt.cache.files import Entry, Kind
from wfopt.cache.key import Extra, step_key
from wfopt.cache.parts import parts_of
from wfopt.model.workflow import CacheExtra


def parts(store_key: bytes = STORE_KEY, **changed: Any) -> dict[str, str]:
    return parts_of(fields(**changed), store_key)


def test_names() -> None:
    found = parts(
        env={"CFLAGS": "-O2", "HOME": None, "WFOPT_PARAM_TOP_DIR": "x", "WFOPT_PARAM_A": "b"},
        run="echo $WFOPT_PARAM_A",
        references=frozenset({"params.top-dir"}),
        extras=(Extra(CacheExtra.TEXT, "v1", "v1"),),
    )
    assert list(found) == [
        "format",
        "inputs",
        "input src/a.c",
        "env CFLAGS",
        "env HOME",
        "param WFOPT_PARAM_A",
        "param top-dir",
        "script",
        "shell",
        "cwd",
        "outputs",
        "capture",
        "key 1",
        "platform",
    ]
    assert found["env CFLAGS"] == '"-O2"'
    assert found["env HOME"] == "unset"
    assert found["param top-dir"] == '"x"'
    assert found["platform"] == '"Linux x86_64"'
    assert found["format"] == "1"
    assert "command" in parts(run=("a", "b"))


def test_inputs() -> None:
    entries = (
        "plain=1",
        file("tool=1", executable=True),
        Entry("gone", Kind.ABSENT),
        Entry("", Kind.DIR),
        Entry("link", Kind.LINK, False, "plain"),
        file("link=1"),
    )
    found = parts(inputs=reads(*entries))
    digest = found["input plain"].removeprefix("file ")
    assert found["inputs"].endswith(" 5")
    assert found["input tool"] == f"program {digest}"
    assert (found["input gone"], found["input ."]) == ("absent", "dir")
    first, second = found["input link"].split(" to ")
    assert first.startswith("link #")
    assert second == f"file {digest}"


def test_many_inputs_are_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_INPUTS", 2)
    assert len([name for name in parts(inputs=reads("a=1", "b=1")) if name.startswith("input ")]) == 2
    many = parts(inputs=reads("a=1", "b=1", "c=1"))
    assert not [name for name in many if name.startswith("input ")]
    assert many["inputs"].endswith(" 3")


def test_long_scripts_have_a_digest_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 2)
    assert len(parts(run="a\nb")["script"].split()) == 2
    longer = parts(run="a\nb\nc\nd")["script"].split()
    assert len(longer) == 3
    other = parts(run="a\nb\nc\ne")["script"].split()
    assert (longer[:2], longer[2] != other[2]) == (other[:2], True)


SECRET = {"secrets": frozenset({"TOKEN"}), "secret_values": ("sesame",)}


@pytest.mark.parametrize(
    "changed",
    [
        {"env": {"TOKEN": "open"}},
        {"env": {"URL": "https://sesame@host"}},
        {"env": {"TOKEN": "open", "URL": "https://open@host"}},
        {"run": "curl sesame"},
        {"run": ("curl", "sesame")},
        {"cwd": "sesame"},
        {"capture": "sesame"},
        {"extras": (Extra(CacheExtra.TEXT, "sesame", "sesame"),)},
        {"env": {"TOKEN": "x" * 300}},
    ],
)
def test_secrets_are_nowhere_and_cannot_be_tried_out(changed: dict[str, Any]) -> None:
    found, elsewhere = parts(**SECRET, **changed), parts(b"another key of 1", **SECRET, **changed)
    text = json.dumps(found)
    assert "sesame" not in text
    assert "open" not in text
    # Every digest depends on the key of the store.
    assert not {value for value in found.values() if "#" in value} & set(elsewhere.values())


def test_long_values_are_digests() -> None:
    assert parts(env={"A": "x" * 200})["env A"].startswith('"xxx')
    assert parts(env={"A": "x" * 201})["env A"].startswith("#")
    assert parts(env={"A": "#abc"})["env A"] == '"#abc"'


def test_odd_names_survive_json() -> None:
    found = parts(inputs=reads(file("\udcff\n=1")), env={"A": "\udcff"})
    assert json.loads(json.dumps(found)) == found
    json.dumps(found).encode("utf-8")


CHANGED = st.fixed_dictionaries(
    {},
    optional={
        "run": st.sampled_from(["a", "a\nb", ("a",), ("a", "b")]),
        "shell": st.sampled_from([("sh",), ("s", "h")]),
        "cwd": st.sampled_from(["", "x"]),
        "env": st.dictionaries(st.sampled_from("AB"), st.none() | st.sampled_from(["", "unset"]), max_size=2),
        "extras": st.sampled_from(
            [(), (Extra(CacheExtra.FILE, "a", None),), (Extra(CacheExtra.FILE, "a", ""),)]
        ),
        "inputs": st.sampled_from([reads(), reads("a=1"), reads(Entry("a", Kind.LINK, False, "1"))]),
        "capture": st.sampled_from(["", "x"]),
        "platform": st.sampled_from([("a", "b"), ("b", "a")]),
    },
)


@settings(max_examples=25)
@given(CHANGED, CHANGED)
def test_parts_differ_exactly_when_keys_do(one: dict[str, Any], other: dict[str, Any]) -> None:
    keys = [step_key(fields(**each), STORE_KEY) for each in (one, other)]
    assert (parts(**one) == parts(**other)) is (keys[0] == keys[1])
