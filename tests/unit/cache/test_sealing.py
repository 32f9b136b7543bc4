"""Sealed records: read back as they were written, or not at all."""

import contextlib
import random
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.cache import sealing as module
from wfopt.cache.entry import LATEST_S, LONGEST_S, NO_LOG, Entry, Item, Kind, Log
from wfopt.cache.paths import in_order, path_problem
from wfopt.cache.sealing import seal, unseal

KEY = "4f" * 32
SEAL = 12
DIGEST = "0123456789abcdef" * 4
ITEMS = (
    Item("out", Kind.FOLDER, 0o755),
    Item("out/\udcffx", Kind.FILE, 0o4755, 17, DIGEST),
    Item("out/link", Kind.LINK, content="../out"),
    Item("big", Kind.TRACKED, 0o600, 0, DIGEST),
)
ENTRY = Entry(
    key=KEY,
    workflow="ci/wfopt.yml",
    step="test[python=3.10]",
    created_at=1764000000,
    wall_s=12.345,
    outputs=tuple(sorted(ITEMS, key=lambda item: in_order(item.path))),
    log=Log(digest="c" * 64, size=1234),
    captured={"version": "1.2", "ä": "\n"},
    parts=b"\x00\xffany\n\n",
)

SIMPLE = replace(
    ENTRY, outputs=(Item("build/main.o", Kind.FILE, 0o644, 12345, DIGEST),), log=NO_LOG, captured={}
)

digests = st.text("0123456789abcdef", min_size=64, max_size=64)
paths = st.text(
    st.characters(codec="utf-8") | st.sampled_from("\udc80\udcff/"), min_size=1, max_size=12
).filter(lambda path: not path_problem(path))
modes = st.integers(0, 0o7777)
sizes = st.integers(0, 2**63 - 1)
names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=5)
items = (
    st.builds(Item, paths, st.sampled_from([Kind.FILE, Kind.TRACKED]), modes, sizes, digests)
    | st.builds(Item, paths, st.just(Kind.FOLDER), modes)
    | st.builds(lambda path: Item(path, Kind.LINK, content="x"), paths)
)
texts = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)
logs = st.builds(Log, st.binary(max_size=20)) | st.builds(Log, digest=digests, size=st.integers(1, 2**63 - 1))


def arranged(found: list[Item]) -> tuple[Item, ...]:
    """Keep what can stand together: no path twice, nothing in what is not a folder."""
    kept: dict[str, Item] = {}
    for item in sorted(found, key=lambda item: in_order(item.path)):
        names = item.path.split("/")
        above = ["/".join(names[:count]) for count in range(1, len(names) + 1)]
        if all(kept[path].kind is Kind.FOLDER for path in above if path in kept) and item.path not in kept:
            kept[item.path] = item
    return tuple(kept.values())


entries = st.builds(
    Entry,
    key=st.text(max_size=5),
    workflow=names,
    step=names,
    created_at=st.integers(0, LATEST_S),
    wall_s=st.integers(0, 2**32 - 1).map(lambda milliseconds: milliseconds / 1000),
    outputs=st.lists(items, max_size=4).map(arranged),
    log=logs,
    captured=texts,
    parts=st.binary(max_size=9),
)


@pytest.mark.slow
@given(entries)
def test_what_was_sealed_is_read_back(entry: Entry) -> None:
    assert unseal(entry.key, seal(entry)) == entry


def test_a_record_is_small() -> None:
    assert len(seal(replace(SIMPLE, parts=b""))) <= 110


def test_the_order_of_mappings_does_not_matter() -> None:
    turned = replace(ENTRY, captured=dict(reversed(ENTRY.captured.items())))
    assert seal(turned) == seal(ENTRY)


def test_another_key_does_not_open_it() -> None:
    assert unseal("5f" * 32, seal(ENTRY)) is None


def test_every_truncation_is_a_miss() -> None:
    sealed = seal(ENTRY)
    assert [length for length in range(len(sealed)) if unseal(KEY, sealed[:length]) is not None] == []
    assert unseal(KEY, sealed + b" ") is None


def test_every_flipped_bit_is_a_miss() -> None:
    sealed = seal(ENTRY)
    for place in range(len(sealed) * 8):
        damaged = bytearray(sealed)
        damaged[place // 8] ^= 1 << place % 8
        assert unseal(KEY, bytes(damaged)) is None


def test_random_damage_behind_a_right_seal_is_no_error() -> None:
    """A forger can make the seal, so the body is not trusted either."""
    chance = random.Random(7)  # noqa: S311 - the same damage each time
    body = seal(ENTRY)[SEAL:]
    read = 0
    for _ in range(1200):
        damaged = bytearray(body)
        for _ in range(chance.randint(1, 3)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'\0\0\0[]{}",:017ftdl/./. \xff')
        found = unseal(KEY, forged(bytes(damaged)))
        if found is not None:
            read += 1
            assert unseal(KEY, seal(found)) == found
            assert not any(path_problem(item.path) for item in found.outputs)
    assert read < 1200


def forged(body: bytes) -> bytes:
    name = KEY.encode()
    start = b"%d:%b" % (len(name), name)
    return blake2b(start + body, digest_size=SEAL, person=b"wfopt-record-2").digest() + body


TIMES = b"\1\0\0\0\xd0\7\0\0"
SHA = bytes.fromhex(DIGEST)


def body_of(*texts: str, behind: bytes = b"", end: bytes = b"\0\0") -> bytes:
    data = "\0".join(("w", "s", *texts)).encode("utf-8", "surrogateescape")
    return TIMES + data + end + behind


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        (body_of(), {}),
        (body_of(behind=b"parts\0\0"), {"parts": b"parts\0\0"}),
        (body_of("a", "d755"), {"outputs": (Item("a", Kind.FOLDER, 0o755),)}),
        (body_of("a", "l../b"), None),
        (body_of("a", "lb"), {"outputs": (Item("a", Kind.LINK, content="b"),)}),
        (body_of("a", "f644 17", behind=SHA), {"outputs": (Item("a", Kind.FILE, 0o644, 17, DIGEST),)}),
        (body_of("a", "t0 0", behind=SHA), {"outputs": (Item("a", Kind.TRACKED, 0, 0, DIGEST),)}),
        (body_of('["x",{}]'), {"log": Log(b"x")}),
        (body_of('[7,{"a":"b"}]', behind=SHA), {"log": Log(digest=DIGEST, size=7), "captured": {"a": "b"}}),
    ],
)
def test_what_records_look_like(body: bytes, changed: dict[str, Any] | None) -> None:
    plain = Entry(key=KEY, workflow="w", step="s", created_at=1, wall_s=2.0)
    found = unseal(KEY, forged(body))
    assert found == (None if changed is None else replace(plain, **changed))
    assert found is None or seal(found) == forged(body)


FILE = ("a", "f644 1")


@pytest.mark.parametrize(
    ("texts", "behind"),
    [
        (("a", "x0"), b""),
        (("a", "F644 1"), SHA),
        (("a", "f644"), SHA),
        (("a", "f644 "), SHA),
        (("a", "f644 1 "), SHA),
        (("a", "f644 1\n"), SHA),
        (("a", "f0644 1"), SHA),
        (("a", "f648 1"), SHA),
        (("a", "f17777 1"), SHA),
        (("a", "f644 -1"), SHA),
        (("a", "f644 +1"), SHA),
        (("a", "f644 01"), SHA),
        (("a", "f644 1_0"), SHA),
        (("a", "f644 \u0661"), SHA),
        (("a", f"f644 {2**63}"), SHA),
        (("a", f"f644 {10**30}"), SHA),
        (FILE, b""),
        (FILE, SHA[:-1]),
        ((*FILE, "b", "f644 1"), SHA),
        (FILE + FILE, SHA + SHA),
        (("b", "d0", *FILE), SHA),
        ((*FILE, "a/b", "f0 0"), SHA + SHA),
        (("a", "lx", "a/b", "d0"), b""),
        (("a", "d"), b""),
        (("a", "d0 0"), b""),
        (("a", "d10000"), b""),
        (("a", "l"), b""),
        (("a", "l/etc/passwd"), b""),
        (("a", "l../x"), b""),
        (("a", "lb/../../x"), b""),
        (("../a", "f0 0"), SHA),
        (("/a", "f0 0"), SHA),
        (("a/../../b", "d0"), b""),
        (("a/..", "d0"), b""),
        (("a/.", "d0"), b""),
        (("a//b", "d0"), b""),
        (("a/", "d0"), b""),
        ((".", "d0"), b""),
        ((".wfopt/cache", "d0"), b""),
        (("b/.wfopt", "d0"), b""),
        (("x" * 256, "d0"), b""),
        (("\u00e4" * 128, "d0"), b""),
        (("[]",), SHA),
        (('["",{}]',), b""),
        (('["x",{},1]',), b""),
        (('["x"]',), b""),
        (('["x",[]]',), b""),
        (('["x",{"a":5}]',), b""),
        (('["x",{"a":null}]',), b""),
        (('["x",{"a":"\\ud800"}]',), b""),
        (('["x",{"\\ud800":"a"}]',), b""),
        (('["x",{"b":"","a":""}]',), b""),
        (('["x",{"a":"","a":""}]',), b""),
        (('["x", {}]',), b""),
        (('["\\u0100",{}]',), b""),
        (('["' + "x" * 513 + '",{}]',), b""),
        (("[0,{}]",), SHA),
        (("[-1,{}]",), SHA),
        (("[true,{}]",), SHA),
        (("[1.0,{}]",), SHA),
        (("[null,{}]",), SHA),
        (("[NaN,{}]",), SHA),
        (("[1,{}]",), SHA[:-1]),
        ((f"[{2**63},{{}}]",), SHA),
        (("[" * 100_000,), b""),
        (("[" * 100_000 + "]" * 100_000,), b""),
        (("9" * 100_000,), b""),
        (("{}",), b""),
        (("null",), b""),
        (("x",), b""),
    ],
    ids=str,
)
def test_odd_texts_are_misses(texts: tuple[str, ...], behind: bytes) -> None:
    assert unseal(KEY, forged(body_of(*texts, behind=behind))) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        TIMES,
        TIMES[:-1],
        TIMES + b"\0\0",
        TIMES + b"w\0\0",
        TIMES + b"w\0s",
        TIMES + b"w\0s\0",
        TIMES + b"\0s\0\0",
        body_of(*FILE, end=b"\0", behind=SHA),
    ],
)
def test_bodies_without_their_texts_are_misses(body: bytes) -> None:
    assert unseal(KEY, forged(body)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"log": Log(b"x" * 513)},
        {"log": Log(digest="c" * 63, size=1)},
        {"log": Log(digest="c" * 64)},
        {"log": Log(b"x", "c" * 64, 1)},
        {"log": Log(digest="c" * 64, size=-1)},
        {"created_at": -1},
        {"created_at": 1.5},
        {"created_at": LATEST_S + 1},
        {"created_at": float("nan")},
        {"wall_s": -0.001},
        {"wall_s": 0.0001},
        {"wall_s": LONGEST_S + 1},
        {"wall_s": float("inf")},
        {"wall_s": float("nan")},
        {"workflow": ""},
        {"workflow": "a\0b"},
        {"step": ""},
        {"step": "\ud800"},
        {"outputs": (ITEMS[1], ITEMS[0])},
        {"outputs": (Item("../x", Kind.FOLDER),)},
        {"outputs": (Item("x", Kind.FOLDER, size=3),)},
        {"outputs": (Item("x", Kind.FOLDER, -1),)},
        {"outputs": (Item("", Kind.FOLDER),)},
        {"outputs": (Item("x\0d0\0y", Kind.FOLDER),)},
        {"outputs": (Item("x", Kind.LINK, content=""),)},
        {"outputs": (Item("x", Kind.LINK, content="y\0z"),)},
        {"outputs": (Item("x", Kind.FILE, size=-1, content=DIGEST),)},
        {"outputs": (Item("x", Kind.FILE, content=DIGEST[:-1]),)},
        {"outputs": (Item("x", Kind.FILE, content=DIGEST.upper()),)},
        {"outputs": (Item("x", Kind.FILE),)},
        {"captured": {"a": "\ud800"}},
    ],
)
@pytest.mark.parametrize("entry", [ENTRY, SIMPLE], ids=["many outputs", "one file"])
def test_what_would_not_be_read_is_not_sealed(change: dict[str, Any], entry: Entry) -> None:
    with pytest.raises(ValueError, match=r".+"):
        seal(replace(entry, **change))


@given(
    st.builds(
        Item,
        st.text("ab./ä\0", max_size=4),
        st.sampled_from([Kind.FILE, Kind.TRACKED]),
        st.integers(-1, 0o10000),
        st.sampled_from([-1, 0, 7, 2**63 - 1, 2**63]),
        st.sampled_from([DIGEST, DIGEST.upper(), DIGEST[1:], "", "x"]),
    ),
    st.sampled_from(["", "a", "ä", "a\0", "\ud800"]),
    st.sampled_from([0.0, 0.001, 0.0001, 12.345, 1e9]),
)
def test_one_file_is_sealed_only_if_it_is_read_back(item: Item, name: str, wall_s: float) -> None:
    for named in ({"step": name}, {"workflow": name}):
        entry = replace(SIMPLE, outputs=(item,), wall_s=wall_s, **named)
        with contextlib.suppress(ValueError):
            assert unseal(KEY, seal(entry)) == entry


def test_a_record_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal(ENTRY)
    monkeypatch.setattr(module, "LARGEST_RECORD", len(sealed) - 1)
    assert unseal(KEY, sealed) is None
    with pytest.raises(ValueError, match="too large"):
        seal(ENTRY)
