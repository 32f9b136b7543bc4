"""What is different between the outputs on disk and a recorded result."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TypeAlias

from wfopt.cache.entry import Item, Kind
from wfopt.cache.folders import folder_at, look_at, top_folder, walk
from wfopt.cache.paths import in_order
from wfopt.cache.selecting import declared, literal_outputs
from wfopt.dataclass import dataclass
from wfopt.model.patterns import PathPattern

DigestOf: TypeAlias = Callable[[str, os.stat_result], str]
"""Gives the sha256 of a regular file: its path relative to the workspace, and what `lstat` says about it."""


class Change(Enum):
    """What happened to an output since it was recorded; the value is the word for it.

    - `MISSING`: it is not there.
    - `EDITED`: its content is another, or something else is in its place.
    - `MODE`: only its permission bits are others.
    - `EXTRA`: it was not recorded, but lies in a folder that is an output as a whole.
    """

    MISSING = "missing"
    EDITED = "edited"
    MODE = "mode"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Difference:
    """One output that is not as it was recorded.

    Attributes:
        path: relative to the workspace.
        change: what happened to it.
        item: what was recorded; None for what is extra.
    """

    path: str
    change: Change
    item: Item | None = None


def compare(
    workspace: str, items: Sequence[Item], outputs: Sequence[PathPattern], digest_of: DigestOf
) -> list[Difference]:
    """Return how the outputs on disk differ from recorded ones: first what was recorded, in its order.

    Args:
        workspace: its absolute path.
        items: what was recorded.
        outputs: what the step declares; only in folders that it names in full can anything be extra.
        digest_of: hashes a file, or knows its hash already.

    Raises:
        OSError: something cannot be looked at, so nobody knows.
    """
    with top_folder(workspace) as top:
        changes = ((item, _change(top, item, digest_of)) for item in items)
        found = [Difference(item.path, change, item) for item, change in changes if change is not None]
        return found + _extras(top, {item.path: item for item in items}, outputs)


def _change(top: int, item: Item, digest_of: DigestOf) -> Change | None:
    look = look_at(top, item.path)
    if look is None:
        return Change.MISSING
    if not _TYPE_TESTS[item.kind](look.st_mode):
        return Change.EDITED
    if item.kind is Kind.LINK:
        return None if _target(top, item.path) == item.content else Change.EDITED
    if item.is_file and (look.st_size != item.size or digest_of(item.path, look) != item.content):
        return Change.EDITED
    return None if stat.S_IMODE(look.st_mode) == item.mode else Change.MODE


_TYPE_TESTS: Mapping[Kind, Callable[[int], bool]] = {
    Kind.FILE: stat.S_ISREG,
    Kind.TRACKED: stat.S_ISREG,
    Kind.FOLDER: stat.S_ISDIR,
    Kind.LINK: stat.S_ISLNK,
}


def _target(top: int, path: str) -> str:
    folder, _, name = path.rpartition("/")
    with folder_at(top, folder) as fd:
        return os.readlink(name, dir_fd=fd)


def _extras(top: int, items: Mapping[str, Item], outputs: Sequence[PathPattern]) -> list[Difference]:
    """Return what the literal outputs stand for but was not recorded.

    A folder in place of what was recorded as a file may be anybody's, so nothing in it is extra. A folder
    that also holds what no output stands for is not extra either: it has to stay.
    """
    patterns = [
        output
        for output in literal_outputs(outputs)
        if output.negated or output.text not in items or items[output.text].kind is Kind.FOLDER
    ]
    found = {each.path: each.look for each in declared(top, patterns)}
    extra = {path: look for path, look in found.items() if path not in items}
    return [
        Difference(path, Change.EXTRA)
        for path in sorted(extra, key=in_order)
        if not stat.S_ISDIR(extra[path].st_mode) or all(each.path in extra for each in walk(top, path))
    ]
