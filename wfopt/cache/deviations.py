"""How two results of one step differ: the recorded one, and what the step made when it ran once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from hashlib import sha256

from wfopt.cache.copying import Blob
from wfopt.cache.entry import Entry, Item, Kind, Log
from wfopt.cache.paths import in_order
from wfopt.dataclass import dataclass


class Aspect(Enum):
    """In what an output or value differs; the value is the word for it.

    - `MISSING`: it was recorded, and not made again.
    - `EXTRA`: it was made, and not recorded.
    - `KIND`: it is a file here, and a folder or a link there.
    - `CONTENT`: the content of a file, or where a link leads to.
    - `MODE`: only the permission bits.
    - `VALUE`: it is no output, but a value that the step hands on.
    """

    MISSING = "missing"
    EXTRA = "extra"
    KIND = "kind"
    CONTENT = "content"
    MODE = "mode"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that is not as it was recorded.

    Attributes:
        name: the path of an output, relative to the workspace, or the name of a value.
        aspect: in what it differs.
    """

    name: str
    aspect: Aspect


def deviations(entry: Entry, items: Sequence[Item], values: Mapping[str, str]) -> tuple[Deviation, ...]:
    """Return how a new result differs from a recorded one: outputs in the order of paths, then values.

    Args:
        entry: what was recorded.
        items: what was made now.
        values: what is handed on now.
    """
    return (*_outputs(entry.outputs, items), *_values(entry.captured, values))


def printed_the_same(recorded: Log, printed: Blob) -> bool:
    """Return whether the output of a step has the recorded text."""
    if recorded.digest:
        return printed == Blob(recorded.digest, recorded.size)
    return printed == blob_of(recorded.text)


def blob_of(text: bytes) -> Blob:
    """Return what identifies a text."""
    return Blob(sha256(text).hexdigest(), len(text))


def _outputs(recorded: Sequence[Item], made: Sequence[Item]) -> Iterator[Deviation]:
    before = {item.path: item for item in recorded}
    after = {item.path: item for item in made}
    for path in sorted({*before, *after}, key=in_order):
        aspect = _aspect(before.get(path), after.get(path))
        if aspect is not None:
            yield Deviation(path, aspect)


def _values(recorded: Mapping[str, str], made: Mapping[str, str]) -> Iterator[Deviation]:
    for name in sorted({*recorded, *made}):
        if recorded.get(name) != made.get(name):
            yield Deviation(name, Aspect.VALUE)


def _aspect(before: Item | None, after: Item | None) -> Aspect | None:
    if after is None:
        return Aspect.MISSING
    if before is None:
        return Aspect.EXTRA
    if _kind(before) is not _kind(after):
        return Aspect.KIND
    if (before.content, before.size) != (after.content, after.size):
        return Aspect.CONTENT
    return None if before.mode == after.mode else Aspect.MODE


def _kind(item: Item) -> Kind:
    """Return what an output is, whether or not the store has a copy of it."""
    return Kind.FILE if item.is_file else item.kind
