r"""The output of a program as lines that a terminal cannot misunderstand.

Complete escape sequences are dropped, since colors are the usual reason for them; what is left of control
characters is shown as `\x1b`.
"""

from __future__ import annotations

import re

from wfopt.render.escaping import escaped

TAIL_LIMIT = 8 * 1024
"""How many bytes of an unfinished line are kept before they are shown as a line of their own."""

# ECMA-48 and ECMA-35: CSI, the strings OSC (also ended by BEL), DCS, SOS, PM and APC, then all others.
# No part can run over a line end, so every line can be treated alone.
_SEQUENCE = re.compile(
    r"\x1b(?:"
    r"\[[0-?]*[ -/]*[@-~]"
    r"|\][^\x00-\x08\x0a-\x1f]*(?:\x07|\x1b\\)"
    r"|[PX^_][^\x00-\x08\x0a-\x1f]*\x1b\\"
    r"|[ -/]+[0-~]"
    r"|[0-OQ-WYZ\\`-~]"
    r")"
)

# One that the end of the text cuts short.
_OPEN_SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*|\][^\x00-\x08\x0a-\x1f]*\x1b?|[PX^_][^\x00-\x08\x0a-\x1f]*\x1b?|[ -/]*)\Z"
)

_NOT_PLAIN = re.compile(rb"[^\t\n -~]")


def harmless_line(line: bytes) -> str:
    r"""Return a line of a program's output, without its line end, as a terminal would end up showing it.

    Of text that a carriage return would overwrite nothing is left.

    >>> harmless_line(b"10 %\r20 %\r\x1b[32mdone\x1b[0m\r")
    'done'
    """
    text = line[_shown_from(line) :].rstrip(b"\r").decode("utf-8", "replace")
    return escaped(_SEQUENCE.sub("", text) if "\x1b" in text else text)


def _shown_from(line: bytes) -> int:
    """Return where the text behind the last carriage return starts; those at the end do not count."""
    end = len(line)
    while end and line[end - 1] == 0x0D:
        end -= 1
    return line.rfind(b"\r", 0, end) + 1


class Lines:
    """Cuts a program's output, as it arrives in pieces, into complete and harmless lines."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, chunk: bytes) -> list[str]:
        """Take the next piece and return the lines that are complete now.

        A line that grows beyond `TAIL_LIMIT` bytes is returned in parts.
        """
        *complete, tail = (self._tail + chunk).split(b"\n")
        if _NOT_PLAIN.search(chunk) or _NOT_PLAIN.search(self._tail):
            lines = [harmless_line(line) for line in complete]
        else:
            lines = [line.decode("ascii") for line in complete]
        if len(tail) > TAIL_LIMIT:
            tail = tail[_shown_from(tail) :]
        while len(tail) > TAIL_LIMIT:
            cut = _safe_cut(tail)
            lines.append(harmless_line(tail[:cut]))
            tail = tail[cut:]
        self._tail = tail
        return lines

    def flush(self) -> list[str]:
        """Return what is left at the end of the output: at most one line, never an empty one."""
        line = harmless_line(self._tail)
        self._tail = b""
        return [line] if line else []


def _safe_cut(tail: bytes) -> int:
    """Return where to cut a tail that is too long: not inside a character or an escape sequence."""
    cut = TAIL_LIMIT
    while cut > TAIL_LIMIT - 3 and 0x80 <= tail[cut] < 0xC0:
        cut -= 1
    # A sequence that fills the whole tail is none that a terminal would wait for.
    unfinished = _OPEN_SEQUENCE.search(tail, 0, cut)
    return (unfinished.start() if unfinished else 0) or cut
