"""Where a step that runs again gets its inputs from: the workspace, or a copy with recorded outputs in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from wfopt.api.scratch import remove_tree
from wfopt.cache.differences import Change, Difference
from wfopt.cache.entry import Entry
from wfopt.cache.files import UnhashableError
from wfopt.cache.layout import lay_out
from wfopt.cache.lookup import Lookup
from wfopt.cache.manifest import Snapshot
from wfopt.cache.restore import restore
from wfopt.dataclass import replace
from wfopt.engine.failures import system_reason
from wfopt.errors import WfoptError
from wfopt.model.patterns import selects
from wfopt.model.workflow import Step


class SourceError(WfoptError):
    """The inputs of a step cannot be had; the message says why."""


@contextmanager
def source_of(
    step: Step, upstream: Sequence[tuple[Step, Entry]], lookup: Lookup, folder: str
) -> Iterator[Lookup]:
    """Give what looks results up where the inputs of a step are.

    Args:
        step: the step.
        upstream: the steps before it whose outputs on disk are not the recorded ones, with their results;
            each stands behind those that it waits for.
        lookup: looks results up in the workspace.
        folder: the absolute path of a folder in which files may lie for a while.

    Raises:
        SourceError: a recorded output cannot be had.
        UnhashableError: as `Snapshot.manifest`.
    """
    if not upstream:
        yield lookup
        return
    mirror = os.path.join(folder, "mirror")
    os.mkdir(mirror)
    try:
        _fill(mirror, step, upstream, lookup, os.path.join(folder, "staging"))
        yield replace(lookup, workspace=mirror, snapshot=Snapshot(mirror, lookup.hasher))
    finally:
        remove_tree(mirror)


def _fill(
    mirror: str, step: Step, upstream: Sequence[tuple[Step, Entry]], lookup: Lookup, staging: str
) -> None:
    """Copy what the step reads, but with the recorded outputs of the steps before it."""
    try:
        inputs = lookup.snapshot.manifest(step.inputs or (), step.outputs or ())
        ours = {entry.path for entry in inputs.entries}
        for before, _ in upstream:
            ours = {path for path in ours if not selects(before.outputs or (), path)}
        lay_out(lookup.workspace, mirror, ours)
        for before, entry in upstream:
            missing = [Difference(item.path, Change.MISSING, item) for item in entry.outputs]
            with lookup.store.shared():
                missed = restore(mirror, entry.outputs, missing, lookup.store.blobs, staging)
            if missed is not None:
                what = f"output {missed.path}" if missed.path else "what it made"
                raise SourceError(f"of `{before.id}`, which it reads, {what} {missed.reason}")
    except OSError as error:
        raise SourceError(f"its inputs cannot be copied: {system_reason(error)}") from error
    except UnhashableError as error:
        raise SourceError(str(error)) from error
