"""The packed parts of a key: small, and no damage to them is more than a loss."""

import json
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.step_fields import STORE_KEY, fields, reads
from wfopt.cache import parts as module
from wfopt.cache.parts import packed, parts_of, unpacked


def raw(data: bytes) -> bytes:
    """Compress as `packed` does."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, module._EXPECTED)
    return packer.compress(data) + packer.flush()


@given(st.dictionaries(st.text(), st.text()))
@settings(max_examples=50)
def test_they_come_back(parts: dict[str, str]) -> None:
    assert unpacked(packed(parts)) == parts


def test_they_are_small() -> None:
    parts = parts_of(fields(inputs=reads(*(f"src/{number}.c=1" for number in range(5)))), STORE_KEY)
    data = packed(parts)
    assert len(data) < len(json.dumps(parts)) / 2
    assert list(unpacked(data) or {}) == list(parts)


def test_too_many_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    assert packed({"a": "x" * 200}) == b""
    assert unpacked(packed({"a": "x"})) == {"a": "x"}
    assert unpacked(raw(json.dumps({"a": "x" * 200}).encode())) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        raw(b""),
        raw(b"null"),
        raw(b"[]"),
        raw(b'{"a":1}'),
        raw(b'{"a":null}'),
        raw(b'{"a":["x"]}'),
        raw(b'{"a":"x"'),
        raw(b'{"a":"\xff"}'),
        raw(b"[" * 100_000),
        raw(b'{"a":' * 100_000),
        raw(b"1" * 10_000),
    ],
)
def test_anything_else_is_nothing(data: bytes) -> None:
    assert unpacked(data) is None


def test_a_bomb_takes_no_more_room_than_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    load = json.loads

    def measure(text: bytes) -> object:
        sizes.append(len(text))
        return load(text)

    monkeypatch.setattr(module, "MOST_BYTES", 10_000)
    monkeypatch.setattr(json, "loads", measure)
    assert unpacked(raw(b'{"a":"' + b"x" * 3_000_000 + b'"}')) is None
    assert sizes == [10_000]


def test_no_damage_is_an_exception() -> None:
    data = packed(parts_of(fields(env={"A": "1"}), STORE_KEY))
    chance = random.Random(7)  # noqa: S311 - damage, no secret
    for size in range(len(data)):
        assert unpacked(data[:size]) in (None, unpacked(data))
    for _ in range(1000):
        broken = bytearray(data)
        broken[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        found = unpacked(bytes(broken))
        assert found is None or all(type(value) is str for value in found.values())
