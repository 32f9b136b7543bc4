"""Reads runs that other programs have written down; which program it was, the content says."""

from __future__ import annotations

import os
import stat

from wfopt.codes import TOO_COMPLEX, UNREADABLE_FILE
from wfopt.errors import Diagnostic, UserError
from wfopt.formats.history.github import read_github
from wfopt.formats.history.ninja import SIGNATURE, read_ninja_log
from wfopt.formats.history.records import Problems, Record, parse_json, records_of
from wfopt.formats.history.wfformat import read_wfformat
from wfopt.formats.reading import decode, unreadable
from wfopt.model.history import RunStory
from wfopt.source import SourceFile

MAX_BYTES = 64 * 1024 * 1024
"""How large a file of past runs may be, in bytes.

More than a workflow file may have, since a history grows: the log of Ninja holds the commands of many builds,
an execution of a workflow every file of every task.
"""

_KNOWN = "WfFormat, the log of Ninja (`.ninja_log`) and the jobs of a run of GitHub Actions can be imported"


def read_history(path: str, *, name: str | None = None) -> tuple[RunStory, ...]:
    """Read the runs that a file tells of, the newest last.

    Args:
        path: the file.
        name: what messages call it; by default the path.

    Raises:
        UserError: it is missing, no regular file, larger than `MAX_BYTES`, or its content cannot be used.
    """
    shown = path if name is None else name
    return parse_history(_read(path, shown), shown)


def parse_history(raw: bytes, name: str) -> tuple[RunStory, ...]:
    """Return the runs that the content of a file tells of, the newest last.

    Ids of runs follow from what is told: the same run has the same id whenever it is imported.

    Args:
        raw: the content.
        name: what messages call the file.

    Raises:
        UserError: it is not UTF-8 text, of no known format, or tells of something that cannot be; all
            problems are told, up to a limit.
    """
    source = decode(raw, name)
    problems = Problems(name)
    if source.text.startswith(SIGNATURE):
        return read_ninja_log(source, problems)
    if not source.text.lstrip().startswith(("{", "[")):
        raise problems.refusal(f"`{name}` is of no known format", _KNOWN)
    return _read_document(source, problems)


def _read_document(source: SourceFile, problems: Problems) -> tuple[RunStory, ...]:
    document = parse_json(source)
    if isinstance(document, list):
        documents = records_of(document, "", problems)
        problems.raise_any()
        if documents and all("jobs" in each.fields for each in documents):
            return read_github(documents)
    elif isinstance(document, dict):
        record = Record(document, "", problems)
        if "jobs" in document:
            return read_github([record])
        if "workflow" in document:
            return read_wfformat(record)
    raise problems.refusal(f"`{source.name}` is of no known format", _KNOWN)


def _read(path: str, name: str) -> bytes:
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _refused(name, f"`{name}` is not a regular file")
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UserError((unreadable(error, name),)) from error
    if len(raw) > MAX_BYTES:
        message = f"`{name}` is larger than {MAX_BYTES // 1024 // 1024} MiB"
        raise UserError((Diagnostic(code=TOO_COMPLEX, message=message, file=name),))
    return raw


def _open_without_waiting(path: str, flags: int) -> int:
    # Otherwise opening a named pipe waits until somebody writes to it.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _refused(name: str, message: str) -> UserError:
    return UserError((Diagnostic(code=UNREADABLE_FILE, message=message, file=name),))
