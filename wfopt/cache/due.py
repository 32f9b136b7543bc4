"""When a store was last cleaned up, and what was added since: enough to know whether it is time again.

The file has one line for the last time, and one for each run that added something since:

    cleaned SIZE AT
    added BYTES

Runs only append to it, so two that end at the same time both count.
"""

from __future__ import annotations

import os
import re

from wfopt.cache.copying import write_all
from wfopt.cache.folders import opened
from wfopt.cache.temporary import gone_on_error, new_file, temporary_name

STATE = "cleaned"

EVERY_S = 86_400.0
"""Seconds after which it is time in any case."""

WRONG_CLOCK_S = 300.0
"""What lies further in the future, in seconds, was noted by a clock that was wrong."""

_MOST_BYTES = 1024 * 1024
_TEXT = re.compile(rb"cleaned ([0-9]{1,19}) ([0-9]{1,12})\n((?:added [0-9]{1,19}\n)*)", re.ASCII)


def note_cleaned(folder: str, size: int, now: float) -> None:
    """Note that a store was cleaned up.

    Args:
        folder: the store's folder.
        size: the bytes that are left.
        now: the time of day, in seconds since 1970.

    Raises:
        OSError: it cannot be noted.
    """
    temporary = temporary_name()
    with (
        opened(folder, os.O_RDONLY | os.O_DIRECTORY) as top,
        gone_on_error(temporary, top),
    ):
        with new_file(temporary, top) as fd:
            write_all(fd, b"cleaned %d %d\n" % (size, max(0, int(now))))
        os.rename(temporary, STATE, src_dir_fd=top, dst_dir_fd=top)


def is_due(folder: str, *, added: int, limit: int | None, now: float) -> bool:
    """Note what was added to a store; return whether it is time to clean it up.

    Args:
        folder: the store's folder.
        added: how many bytes.
        limit: the bytes that the store may take, or None for any number.
        now: the time of day, in seconds since 1970.
    """
    try:
        with opened(os.path.join(folder, STATE), os.O_RDWR | os.O_APPEND) as fd:
            # What is written to a file that has other names may change anything.
            if os.fstat(fd).st_nlink != 1:
                return True
            write_all(fd, b"added %d\n" % added)
            found = _TEXT.fullmatch(os.pread(fd, _MOST_BYTES, 0))
    except OSError:
        found = None
    if found is None:
        return True
    age = now - int(found[2])
    if not -WRONG_CLOCK_S <= age < EVERY_S:
        return True
    size = int(found[1]) + sum(int(line.split()[1]) for line in found[3].splitlines())
    return limit is not None and size > limit
