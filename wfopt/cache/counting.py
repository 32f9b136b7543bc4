"""How large the files are that a step names with `x-size`: what durations are explained with.

They are asked before the step runs, and only an estimate depends on the answers. What cannot be told at a
small cost is left out rather than guessed: a size of which no file is there, of very many files, or of more
bytes than are read to count lines. Nothing outside the workspace is looked at, and nothing is run.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping

from wfopt.cache.sizes import InputSizes
from wfopt.model.patterns import PathPattern

MOST_READ_BYTES = 64 << 20
"""Lines are counted in so many bytes of all files of a step together."""

_CHUNK_BYTES = 1 << 20


def counted(workspace: str, sizes: Mapping[str, tuple[PathPattern, ...]]) -> dict[str, float]:
    """Return the sizes that can be told, by their names.

    Args:
        workspace: its absolute path.
        sizes: `bytes`, `lines` or `files`, and of which files.
    """
    if not sizes:
        return {}
    root = os.path.realpath(workspace)
    inputs = InputSizes(workspace)
    found: dict[str, float] = {}
    for name, patterns in sizes.items():
        paths = [os.path.join(root, each) for each in inputs.paths(patterns) or ()]
        files = [each for each in paths if _is_file_in(root, each)]
        size = _size_of(name, files) if files else None
        if size is not None:
            found[name] = float(size)
    return found


def _size_of(name: str, files: list[str]) -> int | None:
    """Return a size of some files, or None if it cannot be told."""
    if name == "files":
        return len(files)
    try:
        size = sum([os.stat(path).st_size for path in files])
        if name == "bytes":
            return size
        return _lines_in(files) if size <= MOST_READ_BYTES else None
    except OSError:
        return None


def _is_file_in(root: str, path: str) -> bool:
    """Return whether it is a file whose content is in the workspace, wherever links lead."""
    try:
        real = os.path.realpath(path)
        return real.startswith(root.rstrip("/") + "/") and stat.S_ISREG(os.stat(real).st_mode)
    except (OSError, ValueError):
        return False


def _lines_in(files: Iterable[str]) -> int | None:
    """Return how many lines files have; None if they grow beyond what is read."""
    lines, left = 0, MOST_READ_BYTES
    for path in files:
        last = b"\n"
        # A file that became a pipe in between must not make anybody wait.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb", buffering=0) as file:
            while chunk := file.read(_CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    return None
                lines += chunk.count(b"\n")
                last = chunk[-1:]
        lines += last != b"\n"
    return lines
