"""Sealed records: read back as they were written, or not at all."""

import json
import random
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.cache import entry as module
from wfopt.cache.entry import Entry, Item, Kind, Log, seal, unseal
from wfopt.cache.paths import in_order, path_problem

KEY = "4f" * 32
DIGEST = "0123456789abcdef" * 4
ITEMS = (
    Item("out", Kind.FOLDER, 0o755),
    Item("out/\udcffx", Kind.FILE, 0o4755, 17, DIGEST),
    Item("out/link", Kind.LINK, content="../out"),
    Item("big", Kind.TRACKED, 0o600, 0, DIGEST),
)
ENTRY = Entry(
    key=KEY,
    step="test[python=3.10]",
    exit_code=0,
    created_at=1764000000.1234567,
    wall_s=12.345678,
    cpu_s=11.5,
    peak_memory=123_456_789,
    outputs=tuple(sorted(ITEMS, key=lambda item: in_order(item.path))),
    stdout=Log("c" * 64, 1234),
    stderr=Log("d" * 64, 12, truncated=True),
    captured={"version": "1.2", "ä": "\n"},
    details={"input:a.c": "e" * 64},
)

digests = st.text("0123456789abcdef", min_size=64, max_size=64)
paths = st.text(
    st.characters(codec="utf-8") | st.sampled_from("\udc80\udcff/"), min_size=1, max_size=12
).filter(lambda path: not path_problem(path))
modes = st.integers(0, 0o7777)
sizes = st.integers(0, 2**63 - 1)
seconds = st.floats(0, 1e12) | st.integers(0, 10**12)
items = (
    st.builds(Item, paths, st.sampled_from([Kind.FILE, Kind.TRACKED]), modes, sizes, digests)
    | st.builds(Item, paths, st.just(Kind.FOLDER), modes)
    | st.builds(lambda path: Item(path, Kind.LINK, content="x"), paths)
)
texts = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)
logs = st.none() | st.builds(Log, digests, sizes, st.booleans())


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
    step=st.text(max_size=5),
    exit_code=st.integers(0, 255),
    created_at=seconds,
    wall_s=seconds,
    cpu_s=st.none() | seconds,
    peak_memory=st.none() | sizes,
    outputs=st.lists(items, max_size=4).map(arranged),
    stdout=logs,
    stderr=logs,
    captured=texts,
    details=texts,
)


@pytest.mark.slow
@given(entries)
def test_what_was_sealed_is_read_back(entry: Entry) -> None:
    assert unseal(entry.key, seal(entry)) == entry


def test_a_record_is_small() -> None:
    one = replace(
        ENTRY, outputs=(Item("build/main.o", Kind.FILE, 0o644, 12345, DIGEST),), captured={}, details={}
    )
    assert len(seal(one)) <= 400


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
    body = seal(ENTRY)[16:]
    read = 0
    for _ in range(1200):
        damaged = bytearray(body)
        for _ in range(chance.randint(1, 3)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'[]{}",:0123456789abtruefalsn/.\\u-+eE ')
        found = unseal(KEY, forged(bytes(damaged)))
        if found is not None:
            read += 1
            assert seal(found)[16:] == bytes(damaged)
            assert not any(path_problem(item.path) for item in found.outputs)
    assert read < 1200


def forged(body: bytes) -> bytes:
    name = KEY.encode()
    return blake2b(len(name).to_bytes(8, "big") + name + body, digest_size=16).digest() + body


def body_with(place: int, value: Any) -> bytes:
    row = json.loads(seal(ENTRY)[16:])
    row[place] = value
    return json.dumps(row, separators=(",", ":"), sort_keys=True).encode()


def test_a_forged_body_with_nothing_odd_is_read() -> None:
    assert unseal(KEY, forged(body_with(1, ENTRY.step))) == ENTRY


FILE = ["a", "f", 0o644, 1, DIGEST]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, 2),
        (0, True),
        (0, 1.0),
        (1, 5),
        (1, "\ud800"),
        (2, -1),
        (2, 256),
        (2, False),
        (3, -1.0),
        (3, True),
        (3, "5"),
        (3, None),
        (4, 1e13),
        (5, -1),
        (6, -1),
        (6, 2**63),
        (6, 1.5),
        (7, {}),
        (7, None),
        (7, [5]),
        (7, [[]]),
        (7, [["a", "x", 0]]),
        (7, [["a", ["f"], 0]]),
        (7, [["a", "f", 0]]),
        (7, [FILE, FILE]),
        (7, [["b", "d", 0], FILE]),
        (7, [FILE, ["a/b", "f", 0, 0, DIGEST]]),
        (7, [["a", "l", "x"], ["a/b", "d", 0]]),
        (7, [["a", "f", 0o10000, 1, DIGEST]]),
        (7, [["a", "f", 0, -1, DIGEST]]),
        (7, [["a", "f", 0, 1, "../../../../etc/passwd"]]),
        (7, [["a", "f", 0, 1, DIGEST.upper()]]),
        (7, [["a", "f", 0, 1, DIGEST + "\n"]]),
        (7, [["a", "d", 0, 0]]),
        (7, [["a", "l", "/etc/passwd"]]),
        (7, [["a", "l", "../x"]]),
        (7, [["a", "l", "b/../../x"]]),
        (7, [["a", "l", 0]]),
        (7, [["../a", "f", 0, 0, DIGEST]]),
        (7, [["/a", "f", 0, 0, DIGEST]]),
        (7, [["a/../../b", "d", 0]]),
        (7, [["a\0", "d", 0]]),
        (7, [[".wfopt/cache", "d", 0]]),
        (7, [["", "d", 0]]),
        (8, []),
        (8, [DIGEST, 1]),
        (8, [DIGEST, 1, 2]),
        (8, [DIGEST, 1, True]),
        (9, ["x", 1, 0]),
        (10, []),
        (10, {"a": 5}),
        (11, None),
    ],
)
def test_odd_bodies_are_misses(place: int, value: Any) -> None:
    assert unseal(KEY, forged(body_with(place, value))) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 100_000,
        b"[1]",
        b"{}",
        b"null",
        b"\xff\xfe",
        body_with(3, 1).replace(b",1,", b",1e400,"),
        body_with(3, 1).replace(b",1,", b",NaN,"),
        body_with(3, 1).replace(b",1,", b",Infinity,"),
        body_with(3, 1).replace(b",1,", b", 1,"),
        body_with(3, 1).replace(b",1,", b",1e0,"),
        body_with(3, 0).replace(b",0,", b",-0,"),
        body_with(10, {"a": "x"}).replace(b'{"a":"x"}', b'{"a":"y","a":"x"}'),
        body_with(10, {"a": "x"}).replace(b'{"a":"x"}', b'{"b":"y","a":"x"}'),
        body_with(1, "a").replace(b'"a"', b'"\\u0061"'),
    ],
    ids=range(19),
)
def test_odd_texts_are_misses(body: bytes) -> None:
    assert unseal(KEY, forged(body)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"exit_code": 256},
        {"created_at": -1.0},
        {"created_at": float("nan")},
        {"wall_s": float("inf")},
        {"outputs": (ITEMS[1], ITEMS[0])},
        {"outputs": (Item("../x", Kind.FOLDER),)},
        {"outputs": (Item("x", Kind.FOLDER, size=3),)},
        {"captured": {"a": "\ud800"}},
    ],
)
def test_what_would_not_be_read_is_not_sealed(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        seal(replace(ENTRY, **change))


def test_a_record_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal(ENTRY)
    monkeypatch.setattr(module, "LARGEST_RECORD", len(sealed) - 1)
    assert unseal(KEY, sealed) is None
    with pytest.raises(ValueError, match="too large"):
        seal(ENTRY)


def test_the_blobs_of_a_result() -> None:
    assert ENTRY.blobs() == {DIGEST: 17, "c" * 64: 1234, "d" * 64: 12}
    assert replace(ENTRY, outputs=(), stdout=None, stderr=None).blobs() == {}
