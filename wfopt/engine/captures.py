"""Values that a step hands to later ones: its captured stdout, and the file `$WFOPT_STEP_OUTPUT`."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator

MOST_BYTES = 1 << 20
"""The largest file of values; beyond, the step fails."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
"""What a value may be called."""


class ValuesError(Exception):
    """The file of values cannot be used; the text says why."""


def captured_text(data: bytes) -> str:
    """Return a captured stdout as a value: without the line ends at its end, as `$(...)` in a shell."""
    return data.decode("utf-8", "surrogateescape").rstrip("\r\n")


def read_values(path: str, name: re.Pattern[str] = NAME) -> dict[str, str]:
    """Return the values of a file; a file that is missing has none.

    A line is `NAME=VALUE`, or `NAME<<END` and behind it the lines of the value up to a line that is `END`;
    empty lines are skipped. The last value of a name counts.

    Args:
        path: the file.
        name: what a value may be called.

    Raises:
        ValuesError: it is malformed, too large, or no regular file.
        OSError: it cannot be read.
    """
    return dict(_parse(read_text(path), name))


def read_text(path: str) -> str:
    """Return what a step left in a file; "" if it is missing.

    Raises:
        ValuesError: it is too large, or no regular file.
        OSError: it cannot be read.
    """
    try:
        # Whatever the step put there instead of a file must not hold up the run.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        # Python opens no folder, so this cannot be left to the file object.
        os.close(fd)
        raise ValuesError("it is no regular file")
    with os.fdopen(fd, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValuesError(f"it is larger than {MOST_BYTES:,} bytes")
    return data.decode("utf-8", "surrogateescape")


def _parse(text: str, allowed: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    lines = iter(enumerate(text.split("\n"), start=1))
    for number, line in lines:
        if not line.strip():
            continue
        name, equals, value = line.partition("=")
        start, arrow, end = line.partition("<<")
        if arrow and len(start) < len(name):
            name, value = start, _block(lines, end.strip(), number)
        elif not equals:
            raise ValuesError(f"line {number} is neither `NAME=VALUE` nor `NAME<<END`")
        if not allowed.fullmatch(name.strip()):
            raise ValuesError(f"line {number}: `{name.strip()}` cannot be a name")
        yield name.strip(), value.rstrip("\r")


def _block(lines: Iterator[tuple[int, str]], end: str, number: int) -> str:
    found: list[str] = []
    for _, line in lines:
        if end and line.rstrip("\r") == end:
            return "\n".join(found)
        found.append(line)
    raise ValuesError(f"the value that starts in line {number} has no end `{end}`")
