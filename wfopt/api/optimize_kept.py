"""Keeps what became of a workflow before its run, so that the next run need not work it out again.

The folder is one of sealed files, as that of loaded workflows: what is damaged or of somebody else counts as
missing. The name of a file tells everything that the optimization depends on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

from wfopt.dataclass import dataclass, field
from wfopt.engine.masking import Masker
from wfopt.errors import LoadError
from wfopt.formats.parsed import folder
from wfopt.formats.parsed.decoding import decode
from wfopt.model.workflow import Workflow
from wfopt.version import __version__

FOLDER = "optimized"
"""Where they are kept, in the state folder."""

_FORMAT = 1
_PACKAGE = os.path.dirname(os.path.dirname(__file__))
_PROGRAM = ("api", "optimizer", "optimizer/passes", "model", "formats/parsed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is told of an optimization for a run.

    Attributes:
        is_changed: whether anything changed.
        steps: how many steps there are afterwards.
        timed: whether `saving` is in seconds; else it counts steps.
        saving: what the makespan is expected to become less by.
        share: the same as a share of the makespan before.
        predicted_s: the seconds that the passes promise, whatever came true so far; None if not timed.
        passes: the names of those that changed something.
        changes: what they changed, in words.
        stands_for: for each step that is gone, the one that does its work.
        content: the hash under which runs of it stand in the history; "" if nothing changed.
    """

    is_changed: bool
    steps: int
    timed: bool
    saving: float
    share: float
    predicted_s: float | None
    passes: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    stands_for: Mapping[str, str] = field(default_factory=dict)
    content: str = ""


def find(state_folder: str, key: str, before: Workflow) -> tuple[Kept, Workflow] | None:
    """Return what was kept under a key, and the workflow that came of it; None if there is nothing.

    Args:
        state_folder: the absolute path of the state folder.
        key: what tells the case from others; "" for one that is never kept.
        before: the workflow that was optimized.
    """
    if not key:
        return None
    with folder.opened(os.path.join(state_folder, FOLDER)) as opened:
        body = opened.read(_name(key)) if opened is not None else None
    if body is None:
        return None
    head, _, text = body.partition(b"\n")
    try:
        kept = _kept(json.loads(head))
        if not kept.is_changed:
            return kept, before
        decoded = decode(text.decode("ascii"), _texts(before))
    except (LoadError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    return None if decoded is None else (kept, decoded[0])


def keep(state_folder: str, key: str, kept: Kept, after: Workflow, masker: Masker) -> None:
    """Keep what came of an optimization, unless a secret is in it; that it cannot be written is no error.

    Args:
        state_folder: the absolute path of the state folder.
        key: as for `find`.
        kept: what is told of it.
        after: the workflow that came of it.
        masker: knows the secrets.
    """
    from wfopt.formats.parsed.encoding import NotStorableError, encode  # noqa: PLC0415 - seldom needed

    if not key:
        return
    text = ""
    if kept.is_changed:
        try:
            encoded = encode(after, (), _texts(after))
        except NotStorableError:
            return
        # No secret has a NUL character in it, so none is made or hidden by joining.
        shown = "\0".join((*encoded.atoms, *kept.changes))
        if masker.text(shown) != shown:
            return
        text = encoded.text
    head = json.dumps({name: getattr(kept, name) for name in Kept.__slots__})
    with suppress(OSError), folder.made(os.path.join(state_folder, FOLDER)) as opened:
        opened.write(_name(key), f"{head}\n{text}".encode("ascii"))


def _kept(found: dict[str, Any]) -> Kept:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in found.items()
    }
    return Kept(**values)


def _texts(workflow: Workflow) -> list[str]:
    """Return the text of the file, which whoever reads has."""
    return [workflow.source.text] if workflow.source is not None else []


def _name(key: str) -> str:
    return sha256(json.dumps([_FORMAT, __version__, _program(), key]).encode()).hexdigest()


def _program() -> list[Any]:
    """Return when the files of the program were written that decide what comes out."""
    found = []
    for inner in _PROGRAM:
        with os.scandir(os.path.join(_PACKAGE, inner)) as entries:
            files = [(each.name, each.stat()) for each in entries if each.name.endswith(".py")]
        found.append(sorted((name, status.st_size, status.st_mtime_ns) for name, status in files))
    return found
