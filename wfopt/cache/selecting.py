"""What the outputs that a step declares stand for on disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence

from wfopt.cache.folders import Found, folder_at, walk
from wfopt.model.patterns import PathPattern, matches, selects


def declared(top: int, outputs: Sequence[PathPattern]) -> Iterator[Found]:
    """Yield what declared outputs select, some of it maybe twice.

    A pattern that takes in everything below a folder selects the folders in it as well; any other glob
    selects everything but folders. Nothing in a folder `.wfopt` is an output.

    Args:
        top: a descriptor of the workspace.
        outputs: the patterns of one step.

    Raises:
        NotADirectoryError: a file or a link is in place of a folder that an output is in.
        OSError: a folder cannot be read.
    """
    whole = [output for output in outputs if output.negated or _takes_all_below(output)]
    for output in outputs:
        if output.negated:
            continue
        for found in _below(top, output):
            is_folder = stat.S_ISDIR(found.look.st_mode)
            if selects(whole if is_folder else outputs, found.path):
                yield found


def is_declared(outputs: Sequence[PathPattern], path: str, *, is_folder: bool) -> bool:
    """Return whether `declared` could yield a path."""
    if is_folder:
        outputs = [output for output in outputs if output.negated or _takes_all_below(output)]
    return selects(outputs, path)


def literal_outputs(outputs: Sequence[PathPattern]) -> list[PathPattern]:
    """Return the patterns that say which files may be deleted as stale: no glob selects by itself."""
    return [output for output in outputs if output.negated or not output.is_glob]


def is_stored(outputs: Sequence[PathPattern], path: str) -> bool:
    """Return whether the cache keeps a copy: the last pattern that matches a file decides."""
    deciding = (output for output in reversed(outputs) if not output.negated and matches(output, path))
    return next(deciding).store


def _takes_all_below(output: PathPattern) -> bool:
    return not output.is_glob or output.directory or output.text.endswith(("**", "**/*"))


def _below(top: int, output: PathPattern) -> Iterator[Found]:
    """Yield all that a pattern could match; only what is missing from the start may be missing."""
    folder, _, name = output.text.rpartition("/")
    try:
        place = folder_at(top, output.folder if output.is_glob else folder)
    except FileNotFoundError:
        return
    with place as fd:
        try:
            look = os.lstat("." if output.is_glob else name, dir_fd=fd)
        except FileNotFoundError:
            return
        if not output.is_glob:
            yield Found(output.text, fd, name, look)
    if output.is_glob:
        yield from walk(top, output.folder, _levels(output))
    elif stat.S_ISDIR(look.st_mode):
        yield from walk(top, output.text)


def _levels(glob: PathPattern) -> int | None:
    """Return how deep below its folder a glob can match, or None if there is no limit."""
    if glob.directory or "**" in glob.text:
        return None
    return glob.text.count("/") - glob.folder.count("/") + (0 if glob.folder else 1)
