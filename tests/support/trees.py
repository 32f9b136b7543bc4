"""Trees of files for the cache: made, looked at, and put into a store and taken out again."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from wfopt.cache.blobs import BlobStore
from wfopt.cache.differences import Difference, compare
from wfopt.cache.entry import Item
from wfopt.cache.restore import Miss, restore
from wfopt.model.patterns import PathPattern

Node: TypeAlias = "tuple[str, int, bytes] | tuple[str, int] | tuple[str, str]"
"""`("file", mode, content)`, `("folder", mode)` or `("link", target)`."""


def make_tree(folder: Path, nodes: Mapping[str, Node]) -> None:
    """Make files, folders and links; a folder's permission bits are set at the end."""
    modes: list[tuple[str, int]] = []
    for path, node in nodes.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if len(node) == 3:
            with open(full, "wb") as file:
                file.write(node[2])
            os.chmod(full, node[1])
        elif isinstance(node[1], int):
            os.makedirs(full, exist_ok=True)
            modes.append((full, node[1]))
        else:
            os.symlink(node[1], full)
    for full, mode in reversed(modes):
        os.chmod(full, mode)


def look_at_tree(folder: Path) -> dict[str, Node]:
    """Return everything below a folder, but nothing in `.wfopt`."""
    nodes: dict[str, Node] = {}
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != ".wfopt"]
        for name in (*folders, *files):
            full = os.path.join(here, name)
            nodes[os.path.relpath(full, folder)] = _node(full)
    return nodes


def _node(full: str) -> Node:
    mode = os.lstat(full).st_mode
    if stat.S_ISLNK(mode):
        return ("link", os.readlink(full))
    if stat.S_ISDIR(mode):
        return ("folder", stat.S_IMODE(mode))
    with open(full, "rb") as file:
        return ("file", stat.S_IMODE(mode), file.read())


def differences(work: Path, items: Sequence[Item], outputs: Sequence[PathPattern]) -> list[Difference]:
    """Compare without a memo."""

    def digest_of(path: str, look: os.stat_result) -> str:
        with open(os.path.join(work, path), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return compare(str(work), items, outputs, digest_of)


def bring_back(
    work: Path,
    items: Sequence[Item],
    outputs: Sequence[PathPattern],
    blobs: BlobStore,
    staging: str | None = None,
) -> Miss | None:
    """Restore whatever is different; copies are made in `.wfopt/tmp` unless another folder is given."""
    changed = differences(work, items, outputs)
    return restore(str(work), items, changed, blobs, staging or str(work / ".wfopt/tmp"))
