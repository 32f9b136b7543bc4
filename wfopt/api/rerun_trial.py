"""One step run again in a folder of its own, and compared with its recorded result."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from wfopt.api.alone import Alone, Setting, as_alone, run_alone
from wfopt.api.rerun_causes import likely_cause
from wfopt.api.scratch import remove_tree
from wfopt.cache.copying import Blob, hash_file
from wfopt.cache.deviations import blob_of, deviations, printed_the_same
from wfopt.cache.entry import Entry, Item
from wfopt.cache.files import Entry as Input
from wfopt.cache.files import Kind, UnhashableError
from wfopt.cache.folders import opened
from wfopt.cache.intake import UnstorableError, take_in
from wfopt.cache.layout import lay_out
from wfopt.cache.lookup import Lookup, Ticket
from wfopt.cache.manifest import Manifest, Snapshot
from wfopt.codes import NOT_STORED
from wfopt.dataclass import dataclass
from wfopt.engine.failures import system_reason, trouble_reason
from wfopt.engine.rerun_report import Rerun, Verdict
from wfopt.model.expressions import Value
from wfopt.model.outcome import StepOutcome, StepStatus
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import CacheExtra, Step

OTHER_TEXT = "its output text differs"
"""A note only: what a step prints often holds times, and no other step reads it."""

_TAIL = "output: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A step that runs again.

    Attributes:
        step: the step.
        resolved: the values of its expressions.
        ticket: its key and what that was made of.
        entry: its recorded result.
        lookup: looks results up where its inputs are.
        contexts: what its expressions know.
    """

    step: Step
    resolved: Resolved
    ticket: Ticket
    entry: Entry
    lookup: Lookup
    contexts: Mapping[str, Value]

    def run(self, folder: str, setting: Setting) -> Rerun:
        """Run it, in a new folder with this absolute path, and compare; the folder vanishes.

        A run that was stopped by a signal counts as failed.

        Raises:
            FaultError: something in wfopt is wrong.
        """
        try:
            if trouble := self._prepare(folder):
                return Rerun(step=self.step.id, verdict=Verdict.NO_RESULT, reason=trouble)
            alone = run_alone(self.step, self.ticket, self.contexts, folder, setting)
            return self._judged(alone, os.path.join(folder, "work"))
        finally:
            remove_tree(folder)

    def _prepare(self, folder: str) -> str:
        """Lay the inputs out; return why that is impossible, or ""."""
        work, inputs = os.path.join(folder, "work"), self.ticket.fields.inputs
        extras = [what for kind, what in self.resolved.extras if kind is CacheExtra.FILE]
        paths = {entry.path for entry in inputs.entries if entry.kind is not Kind.ABSENT}
        try:
            os.mkdir(folder, 0o700)
            os.mkdir(os.path.join(folder, "run"), 0o700)
            os.mkdir(work)
            lay_out(self.lookup.workspace, work, {*paths, *_inner(extras), self.step.cwd})
            laid_out = Snapshot(work, self.lookup.hasher).manifest(
                self.step.inputs or (), self.step.outputs or ()
            )
        except (OSError, UnhashableError) as error:
            return f"its inputs cannot be copied: {trouble_reason(error)}"
        path = _first_difference(inputs, laid_out)
        return f"input {path} changed, or cannot be copied as it is" if path else ""

    def _judged(self, alone: Alone, work: str) -> Rerun:
        """Return what came of it."""
        outcome = alone.outcome
        wall_s = outcome.usage.wall_s if outcome and outcome.usage else None
        reason = _failure(alone, outcome)
        if reason or alone.done is None:
            tail, cause = _tail(alone), ""
            if outcome and outcome.status is StepStatus.FAILED and outcome.limit is None:
                cause = likely_cause((*tail, reason), self.step.cwd, self.lookup.workspace, work)
            return self._failed(reason, cause, tail, wall_s)
        try:
            items = self._items(work)
            same_text = printed_the_same(self.entry.log, _printed(alone.done.log))
        except UnstorableError as error:
            return self._failed(f"output {error}" if error.path else str(error), "", (), wall_s)
        except OSError as error:
            reason = f"what it made cannot be read: {system_reason(error)}"
            return self._failed(reason, "", (), wall_s)
        found = deviations(self.entry, items, alone.done.values)
        return Rerun(
            step=self.step.id,
            verdict=Verdict.DIFFERS if found else Verdict.SAME,
            deviations=found,
            notes=() if same_text else (OTHER_TEXT,),
            wall_s=wall_s,
        )

    def _failed(self, reason: str, cause: str, tail: tuple[str, ...], wall_s: float | None) -> Rerun:
        return Rerun(
            step=self.step.id, verdict=Verdict.FAILED, reason=reason, cause=cause, tail=tail, wall_s=wall_s
        )

    def _items(self, work: str) -> tuple[Item, ...]:
        """Return the outputs; their contents are hashed and kept nowhere."""
        return take_in(work, as_alone(self.step).outputs or (), self.lookup.store.blobs)


def _inner(paths: Iterable[str]) -> list[str]:
    """Return the paths that stay in the workspace, normalized."""
    normal = (os.path.normpath(path) for path in paths)
    return [path for path in normal if not path.startswith(("/", "../")) and path != ".."]


def _first_difference(wanted: Manifest, found: Manifest) -> str:
    """Return the first path at which two manifests differ, or ""; links may be written in another way."""
    different = _without_texts(wanted) ^ _without_texts(found)
    return min((path or "." for path, *_ in different), default="")


def _without_texts(manifest: Manifest) -> set[Input]:
    return {each._replace(content="") if each.kind is Kind.LINK else each for each in manifest.entries}


def _failure(alone: Alone, outcome: StepOutcome | None) -> str:
    """Return why a step did not end well, or ""."""
    if outcome is None or outcome.status is not StepStatus.SUCCEEDED:
        return outcome.reason if outcome else "it did not end"
    if alone.done is not None:
        return ""
    told = (each.message.partition(": ")[2] for each in alone.notices if each.code is NOT_STORED)
    return next(told, "its output text could not be written")


def _tail(alone: Alone) -> tuple[str, ...]:
    causes = [cause for notice in alone.notices for cause in notice.causes]
    return tuple(cause.removeprefix(_TAIL) for cause in causes if cause.startswith(_TAIL))


def _printed(log: bytes | str) -> Blob:
    if isinstance(log, bytes):
        return blob_of(log)
    with opened(log, os.O_RDONLY) as fd:
        return hash_file(fd)
