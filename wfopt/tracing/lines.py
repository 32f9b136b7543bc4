"""Reads single lines of a log that strace wrote with `-f -y -q`."""

from __future__ import annotations

import re

from wfopt.dataclass import dataclass

_STRING = r'"(?:[^"\\]|\\.)*"'
_LINE = re.compile(r"(\d+) +(.+)", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)", re.DOTALL)
_CALL = re.compile(r"(\w+)\((.*)\) += (.+)", re.DOTALL)
_BEGUN = re.compile(r"(\w+)\((.*)", re.DOTALL)
_ARGUMENT = re.compile(
    rf'((?:{_STRING}|<[^<>]*>|\{{(?:{_STRING}|\{{[^{{}}]*\}}|[^{{}}"])*\}}|\[[^\]]*\]|[^,"<{{\[])+)(?:, *|$)'
)
_RESULT = re.compile(r"(-?\d+|0x[0-9a-f]+|\?)(?:<([^<>]*)>(?:\(deleted\))?)?(?: ([A-Z][A-Z0-9_]*)\b.*| .*)?")
_ANNOTATED = re.compile(r"(?:AT_FDCWD|-?\d+)<([^<>]*)>(?:\(deleted\))?")
_QUOTED = re.compile(rf"({_STRING})(\.\.\.)?")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-f]{2}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"f": b"\f", b"v": b"\v", b"a": b"\a", b"b": b"\b"}

UNFINISHED = " <unfinished ...>"


@dataclass(frozen=True, slots=True)
class Call:
    """A system call.

    Attributes:
        name: such as `openat`.
        arguments: as they stand in the log.
        result: the number that it returned, or None if it did not return or the log does not say.
        path: the path behind the descriptor that it returned, or None.
        error: such as `ENOENT`, or "".
    """

    name: str
    arguments: tuple[str, ...]
    result: int | None = None
    path: str | None = None
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether it returned an error."""
        return self.error != "" and self.result is not None

    def argument(self, place: int) -> str:
        """Return an argument, or "" if there are not so many."""
        return self.arguments[place] if place < len(self.arguments) else ""


class UnreadableError(ValueError):
    """A line is not as strace writes it."""


def split(line: str) -> tuple[int, str]:
    """Return the process of a line and what is said of it.

    Raises:
        UnreadableError: it names none.
    """
    found = _LINE.fullmatch(line)
    if found is None:
        raise UnreadableError(line)
    return int(found[1]), found[2]


def resumed(text: str) -> tuple[str, str]:
    """Return the name of the call that goes on, and the rest of it.

    Raises:
        UnreadableError: it is something else.
    """
    found = _RESUMED.fullmatch(text)
    if found is None:
        raise UnreadableError(text)
    return found[1], found[2]


def call_of(text: str) -> Call:
    """Return a call that has returned.

    Raises:
        UnreadableError: it cannot be read.
    """
    found = _CALL.fullmatch(text)
    result = _RESULT.fullmatch(found[3]) if found is not None else None
    if found is None or result is None:
        raise UnreadableError(text)
    return Call(
        found[1],
        _arguments(found[2]),
        _number(result[1]),
        None if result[2] is None else unescaped(result[2]),
        result[3] or "",
    )


def _number(text: str) -> int | None:
    if text == "?":
        return None
    return int(text, 16) if text.startswith("0x") else int(text)


def begun(text: str) -> Call:
    """Return a call that has not returned, so far as its arguments are known.

    Raises:
        UnreadableError: it cannot be read.
    """
    found = _BEGUN.fullmatch(text)
    if found is None:
        raise UnreadableError(text)
    return Call(found[1], _arguments(found[2]))


def _arguments(text: str) -> tuple[str, ...]:
    found, place = [], 0
    while place < len(text):
        each = _ARGUMENT.match(text, place)
        if each is None:
            raise UnreadableError(text)
        found.append(each[1].strip())
        place = each.end()
    return tuple(found)


def text_of(argument: str) -> str:
    """Return the text of an argument that is a string.

    Raises:
        UnreadableError: it is no string, or only the start of one.
    """
    found = _QUOTED.fullmatch(argument)
    if found is None or found[2]:
        raise UnreadableError(argument)
    return unescaped(found[1][1:-1])


def folder_of(argument: str) -> str:
    """Return the path behind a descriptor.

    Raises:
        UnreadableError: the log does not name it.
    """
    found = _ANNOTATED.fullmatch(argument)
    if found is None:
        raise UnreadableError(argument)
    return unescaped(found[1])


def unescaped(text: str) -> str:
    """Return a text without its escapes, as the file system names are in Python."""
    if "\\" not in text:
        return text
    raw = _ESCAPE.sub(_plain, text.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def _plain(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if code[:1].isdigit():
        return bytes((int(code, 8) & 255,))
    if len(code) == 3:
        return bytes((int(code[1:], 16),))
    return _LETTERS.get(code, code)
