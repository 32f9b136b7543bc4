"""Workflow files made up from the format's own tables: most are right or nearly so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Union

from tests.campaign.nasty import KEYS, SCALARS
from wfopt.formats.native.keys import WORKFLOW
from wfopt.formats.native.records import Fields, Key
from wfopt.formats.native.shapes import Either, Items, MapOf, Scalar, Shape

Value = Union[str, list["Value"], "Pairs"]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping, perhaps with a key that stands there twice."""

    pairs: tuple[tuple[str, Value], ...]


_IDS = ("a", "b", "c", "d", "e", "lint", "test", "deploy")
_PLAIN = {
    "wfopt": ("1",),
    "run": (
        "echo hello",
        "'exit 1'",
        "|\n  make\n  make test",
        "echo ${{ env.HOME }}",
        "${{ env.A || 'x' }}",
    ),
    "needs": ("a", "a", "a", "b", "c", "'[ab]'"),
    "path": ("part.yml", "part.yml", "part.yml", "part.yml", "out/a", "loop.yml"),
    "if": ("${{ always() }}", "${{ env.HOME == 'x' }}", "${{ needs.a.status == 'succeeded' }}", "true"),
    "inputs": ("src/*.c", "out/a", "'**/*.c'", "out/${{ matrix.x }}", "'!out/b'"),
    "outputs": ("out/a", "out/b", "out/c", "out/d", "out/e", "out/${{ matrix.x }}"),
    "x": ("1", "3"),
    "foreach": ("one", "two", "3", "${{ range(3) }}"),
    "cwd": ("src", "."),
    "targets": ("a", "a", "b"),
    "id": _IDS,
    "dotenv": ("vars.env", "'?gone.env'", "vars.env", "vars.env"),
    "timeout": ("90s", "1h30m", "2d"),
    "delay": ("90s", "1h30m", "2d"),
    "max-delay": ("90s", "1h30m", "2d"),
    "ttl": ("90s", "1h30m", "2d"),
    "x-duration": ("90s", "1h30m", "2d"),
    "x-size": ("src/a.c", "'data/*.csv'"),
    "type": ("str",),
    "min": ("0",),
    "max": ("3", "9"),
    "required": ("false",),
    "when": ("1", "timeout", "any"),
    "memory": ("1MiB", "2GB"),
    "cpu": ("1", "0.5", "2"),
}
_ANY = ("x", "1", "true", "a b", "${{ env.HOME }}", "3.10")
_USUAL = frozenset({"default", "steps"})
"""Keys without which little else makes sense."""


def nonsense(rnd: Random) -> bytes:
    """Return a workflow file."""
    value = _Writer(rnd, wrong=rnd.choice([0.0, 0.005, 0.02, 0.1])).value(WORKFLOW, "wfopt", 0)
    flow = rnd.random() < 0.3
    text = _flow(value) if flow else "\n".join(_block(value, 0))
    return (text + "\n").encode("utf-8", "surrogatepass")


class _Writer:
    """Makes values for shapes.

    Args:
        rnd: decides everything.
        wrong: how likely each value is of another kind than it should be.
    """

    def __init__(self, rnd: Random, wrong: float) -> None:
        self._rnd = rnd
        self._wrong = wrong

    def value(self, shape: Shape | None, name: str, depth: int) -> Value:
        """Return a value for a shape that stands under the key `name`."""
        rnd = self._rnd
        if rnd.random() < self._wrong:
            return self._odd(depth)
        if isinstance(shape, Either):
            kinds = [each for each in (shape.scalar, shape.sequence, shape.mapping) if each is not None]
            return self.value(rnd.choice(kinds), name, depth)
        if isinstance(shape, Items):
            return [self.value(shape.item, name, depth + 1) for _ in range(rnd.choice([1, 1, 1, 2, 3]))]
        if isinstance(shape, MapOf):
            return self._map(shape, name, depth)
        if isinstance(shape, Fields):
            return self._fields(shape, depth)
        return rnd.choice(_PLAIN.get(name) or _accepted(shape))

    def _map(self, shape: MapOf, name: str, depth: int) -> Pairs:
        names = self._rnd.sample(_IDS, self._rnd.choice([0, 1, 2, 3]))
        if name == "steps":
            names = [*_IDS[: self._rnd.randint(1, 5)]]
        return Pairs(tuple((each, self.value(shape.value, name, depth + 1)) for each in names))

    def _fields(self, shape: Fields, depth: int) -> Pairs:
        rnd = self._rnd
        share = rnd.choice([0.02, 0.05, 0.15]) if depth else rnd.choice([0.03, 0.1, 0.3])
        pairs: list[tuple[str, Value]] = [
            (self._key(key), self.value(key.shape, key.name, depth + 1))
            for key in shape.keys.values()
            if rnd.random() < (0.995 if key.required or key.name in _USUAL else share)
        ]
        if getattr(shape, "extra", None) is not None:
            pairs += [(each, self.value(shape.extra, each, depth + 1)) for each in rnd.sample(["x", "y"], 1)]
        if pairs and rnd.random() < self._wrong:
            pairs.append((rnd.choice(pairs)[0], self._odd(depth)))
        return Pairs(tuple(pairs))

    def _key(self, key: Key) -> str:
        if self._rnd.random() >= self._wrong:
            return key.name
        return self._rnd.choice(
            [key.name[1:], key.name + "s", key.name.replace("-", "_"), "x-mine", *KEYS[:20]]
        )

    def _odd(self, depth: int) -> Value:
        kind = self._rnd.randrange(4) if depth < 12 else 0
        if kind == 0:
            return self._rnd.choice(SCALARS).decode()
        if kind == 1:
            return [self._odd(depth + 3) for _ in range(self._rnd.randint(0, 3))]
        if kind == 2:
            return Pairs(tuple((self._rnd.choice(KEYS), self._odd(depth + 3)) for _ in range(2)))
        return self._rnd.choice(["", "~", "1", "true", "[]", "{}"])


def _accepted(shape: Shape | None) -> Sequence[str]:
    """Return values that a shape takes, as far as its schema tells."""
    accepts = shape.accepts if isinstance(shape, Scalar) else {}
    words = accepts.get("enum") or accepts.get("const")
    if words is not None:
        return [json.dumps(each) for each in (words if isinstance(words, list) else [words])]
    kind, pattern = accepts.get("type"), accepts.get("pattern", "")
    if kind == "boolean":
        return ("true", "false")
    if kind in ("integer", "number"):
        return ("1", "2")
    if pattern.endswith("B$"):
        return ("1MiB", "2GB")
    if "ms|s|m|h|d" in pattern:
        return ("90s", "1h30m")
    return ("network", "time") if pattern else _ANY


def _quoted(text: str) -> str:
    """Return a scalar for a flow value: plain if that is sure to work."""
    return text if text.isalnum() else json.dumps(text)


def _flow(value: Value) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Pairs):
        return "{" + ", ".join(f"{_quoted(key)}: {_flow(each)}" for key, each in value.pairs) + "}"
    return "[" + ", ".join(_flow(each) for each in value) + "]"


def _block(value: Value, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(value, Pairs) and value.pairs:
        for key, each in value.pairs:
            yield from _entry(f"{pad}{key}:", each, depth)
    elif isinstance(value, list) and value:
        for item in value:
            yield from _entry(f"{pad}-", item, depth)
    else:
        yield pad + _leaf(value, pad)


def _entry(start: str, value: Value, depth: int) -> Iterator[str]:
    if isinstance(value, str) or not (value.pairs if isinstance(value, Pairs) else value):
        yield f"{start} {_leaf(value, '  ' * depth)}"
    else:
        yield start
        yield from _block(value, depth + 1)


def _leaf(value: Value, pad: str) -> str:
    if isinstance(value, str):
        return value.replace("\n", "\n  " + pad)
    return "{}" if isinstance(value, Pairs) else "[]"
