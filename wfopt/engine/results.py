"""The results in the cache, as a run finds and keeps them.

Trouble with the cache makes a run slower and never changes its result: whatever goes wrong here is told once,
and from then on steps run as if there were no cache.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from wfopt.cache.copying import Blob
from wfopt.cache.differences import Change, Difference, compare
from wfopt.cache.entry import Entry, Log
from wfopt.cache.intake import UnstorableError
from wfopt.cache.lookup import Looked, Lookup, Ticket, told
from wfopt.cache.publish import Done, Publisher, changed_meanwhile, publish
from wfopt.cache.restore import restore_through
from wfopt.cache.temporary import Staging
from wfopt.cache.why import why_not_cached
from wfopt.dataclass import dataclass, field, replace
from wfopt.engine import failures
from wfopt.engine.outputs import OutputFolder
from wfopt.engine.reuse import Hit, Miss
from wfopt.errors import Diagnostic, WfoptError
from wfopt.model.outcome import CacheUse, StepOutcome, StepStatus
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import Step, StepId

_UP_TO_DATE = "up to date"
_CHUNK_BYTES = 1 << 16
_TROUBLE = (WfoptError, OSError, ValueError)


@dataclass(slots=True, kw_only=True)
class Results:
    """The results in the cache.

    Attributes:
        steps: the steps of the run.
        lookup: looks results up.
        publisher: where results go.
        outputs: the outputs in the workspace.
        staging: the folder for copies on their way, on the disk of the workspace.
        tell: shows a message, about a step or about none.
        finish: what is to be done with the cache at the end, given how many bytes were added.
    """

    steps: tuple[StepId, ...]
    lookup: Lookup
    publisher: Publisher
    outputs: OutputFolder
    staging: Staging
    tell: Callable[[Step | None, Diagnostic], None]
    finish: Callable[[int], None] = lambda _: None
    _known: Mapping[str, bytes] | None = None
    # The steps of which nothing more will be asked.
    _settled: set[StepId] = field(default_factory=set)
    _used: dict[str, bytes] = field(default_factory=dict)
    _added: int = 0
    _useless: bool = False
    _storing: bool = True
    _closed: bool = False
    # Whether a step has run, or may still run, since the workspace was last looked at.
    _stale: bool = False
    # Whether a step was started that may run on or again, with nothing said about it here.
    _restless: bool = False

    def find_quickly(self, step: Step) -> Hit | None:
        """See `Reuse`."""
        if self._useless:
            return None
        try:
            found = self.lookup.glance(step, self._records)
            if found is None:
                return None
            self._settled.add(step.id)
            use = CacheUse(key=found.key, saved_s=found.wall_s)
            if found.entry is None:
                return Hit(outcome=_outcome(_UP_TO_DATE, use), log=(), values={})
            looked = Looked(reason=_UP_TO_DATE, entry=found.entry, record=found.record)
            return self._hit(step, found.entry, looked, use)
        except _TROUBLE as error:
            # Whoever waits for a lock in vain must not do so once for each step.
            self._give_up(error)
            return None

    def find(self, step: Step, resolved: Resolved, *, alone: bool) -> Hit | Miss:
        """See `Reuse`."""
        if self._useless:
            return Miss(reason=failures.CACHE_UNUSABLE)
        if self._stale or not alone:
            self.lookup.snapshot.forget()
            self._stale = self._restless or not alone
        try:
            found = self._found(step, resolved)
        except _TROUBLE as error:
            self._give_up(error)
            return Miss(reason=failures.CACHE_UNUSABLE)
        if isinstance(found, Miss):
            self._note_run(step)
        return found

    def _note_run(self, step: Step) -> None:
        self._stale = True
        self._restless |= step.retries.max > 0 or "service" in (step.effects or ())

    def surely_runs(self, step: Step) -> Miss | None:
        """See `Reuse`."""
        forbidden = why_not_cached(step)
        if self._useless or not forbidden:
            return None
        self._note_run(step)
        return Miss(reason=f"not cached: {forbidden}")

    def keep(self, step: Step, ticket: Ticket, done: Done) -> str:
        """See `Reuse`."""
        if ticket.touched is None or self._useless or not self._storing:
            return ""
        try:
            reason = changed_meanwhile(step, ticket, self.lookup.snapshot)
            if reason:
                return reason
            size = publish(step, ticket, done, self.publisher)
            self.lookup.last.note(step.id, ticket.key, done.ended_at)
        except UnstorableError as error:
            return f"output {error}" if error.path else str(error)
        except _TROUBLE as error:
            self._storing = False
            self.tell(None, failures.cache_not_written(failures.trouble_reason(error)))
            return ""
        self._added += size
        return ""

    def forget(self, step: Step) -> None:
        """See `Reuse`."""
        last = self.lookup.last.of(step.id)
        if last is None or self.lookup.store.read_only:
            return
        self._used.pop(last.key, None)
        try:
            self.lookup.last.forget(step.id)
            if self._storing and not self._useless:
                self.lookup.store.records.delete_many((last.key,))
        except _TROUBLE as error:
            self._storing = False
            self.tell(None, failures.cache_not_written(failures.trouble_reason(error)))

    def close(self) -> None:
        """See `Reuse`."""
        if self._closed:
            return
        self._closed = True
        store = self.lookup.store
        self.staging.close()
        try:
            if self._used and self._storing and not self._useless:
                store.records.put_many(self._used)
            self.lookup.last.close()
            if not (self._useless or store.read_only):
                self.finish(self._added)
        except _TROUBLE as error:
            self.tell(None, failures.cache_not_written(failures.trouble_reason(error)))
        if store.records.set_aside:
            self.tell(None, failures.cache_set_aside(store.records.set_aside))
        store.close()

    def _found(self, step: Step, resolved: Resolved) -> Hit | Miss:
        looked = self.lookup.look(step, resolved, self._records)
        entry = looked.entry
        if entry is None:
            return self._miss(step, looked, looked.reason)
        use = CacheUse(key=entry.key, saved_s=entry.wall_s)
        if looked.differences:
            trouble = self._restore(step, entry, looked.differences)
            if trouble:
                return self._miss(step, looked, trouble)
            files = [each.item for each in looked.differences if each.item and each.item.is_file]
            use = CacheUse(
                key=entry.key,
                saved_s=entry.wall_s,
                restored_files=len(files),
                restored_bytes=sum(item.size for item in files),
            )
            looked = replace(looked, reason=f"restored: {looked.reason}")
        else:
            self.lookup.stamps.note(step, entry)
        hit = self._hit(step, entry, looked, use)
        if hit is None:
            return self._miss(step, self._to_be_stored(looked), "what it printed was damaged in the cache")
        return hit

    def _give_up(self, error: Exception) -> None:
        """Say that results cannot be looked up, and do so no more."""
        self._useless = True
        self.tell(None, failures.cache_unusable(failures.trouble_reason(error)))

    def _records(self) -> Mapping[str, bytes]:
        """Return the records of the last results of all steps that need them, looked up in one go."""
        if self._known is None:
            self._known = self.lookup.prefetch(step for step in self.steps if step not in self._settled)
        return self._known

    def _hit(self, step: Step, entry: Entry, looked: Looked, use: CacheUse) -> Hit | None:
        """Return a result as it is used, or None if what the step printed is not at hand."""
        log = self._log(entry.log)
        if log is None:
            return None
        self._note_use(step, entry, looked.record)
        return Hit(outcome=_outcome(looked.reason, use), log=log, values=entry.captured)

    def _miss(self, step: Step, looked: Looked, reason: str) -> Miss:
        try:
            ours = self.lookup.ours(step, self._known or {}) if step.outputs else frozenset[str]()
        except OSError:
            ours = frozenset()
        return Miss(reason=reason, ticket=looked.ticket, ours=ours)

    def _restore(self, step: Step, entry: Entry, differences: tuple[Difference, ...]) -> str:
        """Bring the outputs back; return why that failed, or ""."""
        lookup, found = self.lookup, list(differences)
        in_the_way = [each for each in found if each.change in (Change.EDITED, Change.EXTRA)]
        try:
            if in_the_way:
                # What another result of the step made is in the cache as well.
                ours = lookup.ours(step, self._records())
                in_the_way = [each for each in in_the_way if each.path not in ours]
            for each in in_the_way:
                self.outputs.to_trash(each.path)
            if in_the_way:
                found = compare(lookup.workspace, entry.outputs, step.outputs or (), lookup.digest_of)
            with lookup.store.shared():
                missed = restore_through(
                    self.staging.open(), lookup.workspace, entry.outputs, found, lookup.store.blobs
                )
        except TimeoutError:
            # Every other step would wait as long.
            raise
        except OSError as error:
            return f"{told(differences)}, and could not be restored: {failures.system_reason(error)}"
        lookup.snapshot.forget()
        if missed is None:
            return ""
        self.staging.close()
        return f"output {missed.path} {missed.reason}" if missed.path else f"the outputs {missed.reason}"

    def _note_use(self, step: Step, entry: Entry, record: bytes) -> None:
        if self.lookup.store.read_only:
            return
        last = self.lookup.last.of(step.id)
        if last is None or last.key != entry.key or not self.lookup.is_noted(last):
            self.lookup.last.note(step.id, entry.key, self.lookup.wall())
            self._used[entry.key] = record

    def _to_be_stored(self, looked: Looked) -> Looked:
        """Complete the ticket of a result that looked up to date, for the step has to run all the same."""
        ticket = looked.ticket
        if ticket is None or ticket.touched is not None:
            return looked
        return replace(looked, ticket=self.lookup.ticket(ticket.key, ticket.fields))

    def _log(self, log: Log) -> Iterable[bytes] | None:
        """Return what a step printed, in pieces, or None if that is damaged or gone."""
        if not log.digest:
            return (log.text,) if log.text else ()
        with self.lookup.store.blobs.open_verified(Blob(log.digest, log.size)) as fd:
            return None if fd is None else _pieces(os.dup(fd))


def _outcome(reason: str, use: CacheUse) -> StepOutcome:
    return StepOutcome(status=StepStatus.CACHED, reason=reason, exit_code=0, cache=use)


def _pieces(fd: int) -> Iterator[bytes]:
    """Yield what a file holds, and close it; what cannot be read although it just was is left out."""
    with suppress(OSError):
        try:
            while data := os.read(fd, _CHUNK_BYTES):
                yield data
        finally:
            os.close(fd)
