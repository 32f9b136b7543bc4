"""What traced steps touched, as bytes: sorted lists of paths, compressed."""

from __future__ import annotations

import json
import zlib
from typing import Any

from wfopt.model.effects import Effects

_SETS = ("reads", "absent", "lists", "writes", "names", "trees", "passing", "taints")

MOST_BYTES = 64 << 20
"""No effects are that long, unless somebody tampered with them."""


def pack_effects(effects: Effects) -> bytes:
    """Return effects as bytes."""
    paths = sorted(set[str]().union(*(getattr(effects, name) for name in _SETS)))
    places = {path: place for place, path in enumerate(paths)}
    sets = [sorted(places[path] for path in getattr(effects, name)) for name in _SETS]
    return zlib.compress(json.dumps([paths, sets], separators=(",", ":")).encode("ascii"))


def unpack_effects(content: bytes) -> Effects:
    """Return the effects that these bytes stand for.

    Raises:
        ValueError, LookupError, TypeError: they stand for none.
    """
    opened = zlib.decompressobj()
    try:
        text = opened.decompress(content, MOST_BYTES)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    found: Any = json.loads(text)
    paths, sets = found
    return Effects(
        **{
            name: frozenset(str(paths[place]) for place in places)
            for name, places in zip(_SETS, sets, strict=True)
        }
    )
