"""The parts of a key: what is readable, what is a digest, how much is kept."""

import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.step_fields import STORE_KEY, fields, file, reads
from wfopt.cache import parts as module
from wfopt.cache.files import Entry, Kind
from wfopt.cache.key import Extra, step_key
from wfopt.cache.parts import packed, parts_of, unpacked
from wfopt.model.patterns import PathPattern
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
        "input src/a.c",
        "env CFLAGS",
        "env HOME",
        "param WFOPT_PARAM_A",
        "param top-dir",
        "script",
        "outputs",
        "key 1",
        "shell",
        "cwd",
        "capture",
        "platform",
        "format",
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
    assert "inputs" not in found
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
        "namespace": st.sampled_from(["", "pr"]),
    },
)


@settings(max_examples=25)
@given(CHANGED, CHANGED)
def test_parts_differ_exactly_when_keys_do(one: dict[str, Any], other: dict[str, Any]) -> None:
    keys = [step_key(fields(**each), STORE_KEY) for each in (one, other)]
    assert (parts(**one) == parts(**other)) is (keys[0] == keys[1])


@settings(max_examples=25)
@given(CHANGED)
def test_packed_parts_are_unpacked_as_they_were(changed: dict[str, Any]) -> None:
    found = parts(**changed)
    again = unpacked(packed(found))
    assert again == found
    assert list(again) == list(found)


def shell(*argv: str) -> dict[str, Any]:
    return {"shell": argv}


def test_usual_parts_take_little_room() -> None:
    usual = parts(
        **shell("sh", "-eu", "-c"), inputs=reads("out/a.txt=1"), outputs=(PathPattern("out/b.txt"),)
    )
    assert len(packed(usual)) <= 36


def test_shells_are_readable_unless_it_is_unclear_where_a_word_ends() -> None:
    assert parts(**shell("bash", "-c"))["shell"] == '"bash -c"'
    odd = [parts(**shell(*argv))["shell"] for argv in (("bash -c",), (), ("a", "b c"), ("a b", "c"))]
    assert all(each.startswith("#") for each in odd)
    assert len(set(odd)) == len(odd)
    assert parts(**shell("sh", "sesame"), **SECRET)["shell"].startswith("#")


def test_too_many_parts_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    found = parts()
    monkeypatch.setattr(module, "MOST_BYTES", len(json.dumps(found, separators=(",", ":"))))
    assert unpacked(packed(found)) == found
    assert packed(found | {"key 1": "#"}) == b""
    assert unpacked(b"") is None


@pytest.mark.parametrize("text", [b"[]", b"5", b'{"a":5}', b'{"a":null}', b"{", b"\xff", b"[" * 100_000, b""])
def test_what_is_no_parts_is_nothing(text: bytes) -> None:
    packer = zlib.compressobj(wbits=-15)
    assert unpacked(packer.compress(text) + packer.flush()) is None


def test_damaged_parts_are_nothing_or_texts() -> None:
    whole = packed(parts())
    for place in range(len(whole)):
        damaged = unpacked(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        assert damaged is None or all(isinstance(value, str) for value in damaged.values())


def test_parts_that_swell_are_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    swollen = packed({"a": "b" * 10_000})
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    assert unpacked(swollen) is None
