"""The last line of what a program has printed so far, of which only the end is known."""

from __future__ import annotations

import re

from wfopt.render.output_lines import harmless_line

# The rest of both may come later.
_UNFINISHED_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*)?\Z")
_LAST_CHARACTER = re.compile(rb"[\xc0-\xff][\x80-\xbf]*\Z")


def last_line(end: bytes) -> str:
    r"""Return the last line that is not blank, as a terminal would end up showing it; "" if there is none.

    >>> last_line(b"10 %\r20 %\r\n\n")
    '20 %'
    """
    line = _UNFINISHED_SEQUENCE.sub(b"", end.rstrip(b" \t\r\n").rsplit(b"\n", 1)[-1])
    last = _LAST_CHARACTER.search(line)
    if last is not None and not _is_whole(last[0]):
        line = line[: last.start()]
    return harmless_line(line).strip()


def last_lines(end: bytes, most: int) -> list[str]:
    r"""Return the last lines, at most so many, each as a terminal would end up showing it.

    >>> last_lines(b"one\n10 %\r20 %\n\nthree\n\n", 3)
    ['20 %', '', 'three']
    """
    *before, last = end.rstrip(b" \t\r\n").split(b"\n")[-most:]
    return [*(harmless_line(line.rstrip(b"\r")).rstrip() for line in before), last_line(last)]


def _is_whole(character: bytes) -> bool:
    try:
        return bool(character.decode("utf-8"))
    except UnicodeDecodeError:
        return False
