"""Reads a workflow file from disk, whatever turns out to stand under its name."""

from __future__ import annotations

import os
import stat

from wfopt.codes import TOO_COMPLEX, UNREADABLE_FILE
from wfopt.errors import Diagnostic, Label, LoadError
from wfopt.formats.advancing import advance
from wfopt.source import SourceFile, Span

MAX_BYTES = 5 * 1024 * 1024
"""How large a workflow file may be, in bytes."""

_WIDE_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def read_source(path: str, *, name: str | None = None) -> SourceFile:
    """Read a file as UTF-8 text; a byte order mark is dropped.

    Args:
        path: the file.
        name: what messages call it; by default the path.

    Raises:
        LoadError: it is missing, no regular file, larger than `MAX_BYTES`, or not UTF-8 text.
    """
    shown = path if name is None else name
    return decode(read_bytes(path, shown), shown)


def read_bytes(path: str, name: str) -> bytes:
    """Read a whole file; `path` and `name` are those of `read_source`.

    Raises:
        LoadError: it is missing, no regular file, or larger than `MAX_BYTES`.
    """
    try:
        return _read(path, name)
    except (OSError, ValueError) as error:
        raise LoadError((unreadable(error, name),)) from error


def decode(raw: bytes, name: str) -> SourceFile:
    """Return the text that a file's bytes stand for.

    Args:
        raw: the bytes.
        name: what messages call the file.

    Raises:
        LoadError: they are not UTF-8, or hold NUL characters.
    """
    for mark, encoding in _WIDE_MARKS:
        if raw.startswith(mark):
            raise LoadError((_refused(name, f"`{name}` is {encoding}, not UTF-8", "save it as UTF-8"),))
    zero = raw.find(b"\0")
    if zero >= 0:
        message = f"`{name}` is not a text file: byte {zero:,} is NUL"
        raise LoadError((_refused(name, message, "name a workflow file, saved as UTF-8 text"),))
    try:
        return SourceFile(name=name, text=raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise LoadError((_undecodable(raw, error, name),)) from error


def unreadable(error: OSError | ValueError, name: str) -> Diagnostic:
    """Say in words why a file could not be opened or read."""
    match error:
        case FileNotFoundError():
            return _refused(name, f"there is no file `{name}`")
        case IsADirectoryError():
            return _refused(name, f"`{name}` is a directory", "name the workflow file in it")
        case PermissionError():
            return _refused(name, f"`{name}` may not be read", "check its permissions: `ls -l` shows them")
        case OSError(strerror=str(reason)):
            return _refused(name, f"`{name}` cannot be read: {reason[:1].lower()}{reason[1:]}")
        case _:
            return _refused(name, f"`{name}` cannot be read: {error}")


def _read(path: str, name: str) -> bytes:
    with open(path, "rb", opener=_open_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise LoadError((_refused(name, f"`{name}` is not a regular file"),))
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        message = f"`{name}` is larger than {MAX_BYTES // 1024 // 1024} MiB"
        raise LoadError((Diagnostic(code=TOO_COMPLEX, message=message, file=name),))
    return raw


def _open_without_waiting(path: str, flags: int) -> int:
    # Otherwise opening a named pipe waits until somebody writes to it.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _undecodable(raw: bytes, error: UnicodeDecodeError, name: str) -> Diagnostic:
    # The decoder counts from behind a byte order mark.
    start = error.start + len(raw) - len(error.object)
    line, column = advance(1, 1, raw[:start].decode("utf-8-sig"))
    shown = SourceFile(name=name, text=raw.decode("utf-8-sig", errors="replace"))
    return Diagnostic(
        code=UNREADABLE_FILE,
        message=f"`{name}` is not UTF-8: byte {start:,}, on line {line}, is 0x{raw[start]:02x}",
        primary=Label(Span(shown, line, column, line, column + 1), "not UTF-8"),
        hints=("save the file as UTF-8; it may be Latin-1 now",),
    )


def _refused(name: str, message: str, *hints: str) -> Diagnostic:
    return Diagnostic(code=UNREADABLE_FILE, message=message, file=name, hints=hints)
