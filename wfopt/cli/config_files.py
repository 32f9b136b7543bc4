"""Which files may set defaults, and which of them surely do not.

The nearest folder upwards that has one of the two counts, and no folder above one with `.git`. In the same
folder `.wfopt.toml` goes first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

OWN_FILE = ".wfopt.toml"
SHARED_FILE = "pyproject.toml"
SHARED_TABLE = ("tool", "wfopt")

MOST_BYTES = 1 << 20
"""A larger file is refused."""

Candidate = tuple[str, str, tuple[str, ...]]
"""A folder, a file in it, and the table of the file that may set something."""


def candidates(folder: str) -> Iterator[Candidate]:
    """Yield the files that there are, the one that counts most first.

    Args:
        folder: the absolute path of the folder in which wfopt runs.
    """
    for each in _folders(folder):
        for name, table in ((OWN_FILE, ()), (SHARED_FILE, SHARED_TABLE)):
            path = os.path.join(each, name)
            if os.path.isfile(path):
                yield each, path, table


def mentions(text: str, table: tuple[str, ...]) -> bool:
    """Return whether a file's text may have the table: parsing it costs more than looking."""
    return not table or table[-1] in text


def nothing_is_set(folder: str) -> bool:
    """Return whether no file sets anything for sure; a file that cannot be read leaves it open."""
    return not any(_may_set(path, table) for _, path, table in candidates(folder))


def _may_set(path: str, table: tuple[str, ...]) -> bool:
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
        return len(data) > MOST_BYTES or mentions(data.decode("utf-8"), table)
    except (OSError, UnicodeDecodeError):
        return True


def _folders(folder: str) -> Iterator[str]:
    """Yield the folder and those above, up to the root of the repository or of the file system."""
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return
        folder = above
