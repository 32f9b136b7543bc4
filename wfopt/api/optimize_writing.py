"""Writes what an optimization made: over the file, or in the history."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256

from wfopt.api.importing import EVERYTHING
from wfopt.api.optimize import OptimizeOptions, Outcome
from wfopt.api.recorder import HISTORY
from wfopt.api.secrets import masker_of
from wfopt.codes import NOT_MAPPED
from wfopt.dataclass import replace
from wfopt.errors import Diagnostic, LoadError, UserError
from wfopt.formats.native.emitting import Emitted, emitted
from wfopt.formats.native.loader import load
from wfopt.formats.reading import decode, read_bytes
from wfopt.metrics.store import open_history
from wfopt.model.contents import canonical
from wfopt.model.history import Rewrite
from wfopt.model.workflow import Workflow
from wfopt.source import SourceFile

_DIGITS = 32


def converted(outcome: Outcome) -> Emitted:
    """Return what an optimization made as a native file, which was read again to see that it can be.

    Raises:
        UserError: it cannot.
    """
    report = outcome.report
    found = emitted(report.optimized.after, os.path.basename(report.file))
    # No file of this name is read: it only says where the text would stand.
    name = "converted.wfopt.yml"
    loading = replace(
        outcome.loading, path=os.path.join(outcome.loading.workspace, name), params={}, param_twins=False
    )
    try:
        load(SourceFile(name, found.text), loading)
    except LoadError as error:
        first = error.diagnostics[0].message
        message = f"`{report.file}` cannot be converted: {first}"
        raise UserError((Diagnostic(code=NOT_MAPPED, message=message),)) from error
    return found


class ChangedError(Exception):
    """A file is not as it was read."""


def backed_up(path: str, before: str, after: str) -> str:
    """Replace the text of a file and keep a copy of it beside it; return the path of the copy.

    Args:
        path: the file's absolute path.
        before: the text that it must still have.
        after: the new text.

    Raises:
        ChangedError: it has another text.
        OSError: it cannot be written.
    """
    real = os.path.realpath(path)
    raw = read_bytes(real, path)
    if decode(raw, path).text != before:
        raise ChangedError
    copy, number = f"{real}.bak", 1
    while os.path.lexists(copy):
        number += 1
        copy = f"{real}.bak{number}"
    shutil.copy2(real, copy)
    partial = f"{real}.{os.getpid()}.part"
    try:
        mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
        with open(partial, "xb") as file:
            file.write(mark + after.encode("utf-8", "surrogateescape"))
        shutil.copymode(real, partial)
        os.replace(partial, real)
    finally:
        with suppress(OSError):
            os.unlink(partial)
    return copy


def note_rewrite(outcome: Outcome, options: OptimizeOptions, at: float) -> None:
    """Note in the history what was rewritten, so that later runs show whether the saving came.

    Nothing is noted where there is no history yet, and trouble with it is no error.

    Args:
        outcome: what was made.
        options: what was asked for.
        at: when, in seconds since the epoch.
    """
    report = outcome.report
    database = os.path.join(options.state_folder, HISTORY)
    if not report.is_changed or not os.path.exists(database):
        return
    rewrite = Rewrite(
        at=at,
        workflow=os.path.relpath(report.path, options.workspace).replace(os.sep, "/"),
        before=content_hash(report.optimized.before, options.environ),
        after=content_hash(report.optimized.after, options.environ),
        passes=tuple(dict.fromkeys(each.name for each in report.optimized.passed)),
        predicted_saving_s=report.promised if report.timed else None,
    )
    writer = open_history(
        database, wall=lambda: at, monotonic=lambda: 0.0, warn=lambda _: None, keep=EVERYTHING
    )
    with writer:
        writer.add_rewrite(rewrite)


def content_hash(workflow: Workflow, environ: Mapping[str, str]) -> str:
    """Return the hash under which runs of a workflow stand in the history.

    Args:
        workflow: the whole workflow.
        environ: the process environment, which has the values of secrets.
    """
    text = masker_of(workflow, environ).text(canonical(workflow))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
