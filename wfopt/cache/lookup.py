"""Whether a result of a step is at hand: looked up by its key, judged, compared with what is on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Mapping
from typing import NamedTuple

from wfopt.cache.copying import Blob
from wfopt.cache.differences import Change, Difference, compare
from wfopt.cache.entry import Entry, Kind
from wfopt.cache.extras import ExtraError, Extras
from wfopt.cache.fields import Surroundings, fields_of
from wfopt.cache.files import Hasher, UnhashableError
from wfopt.cache.key import StepFields, step_key
from wfopt.cache.last import Last, LastResults
from wfopt.cache.manifest import Snapshot
from wfopt.cache.parts import parts_of, unpacked
from wfopt.cache.policy import CachePolicy
from wfopt.cache.selecting import is_declared
from wfopt.cache.stamps import Stamps
from wfopt.cache.store import Store
from wfopt.cache.why import NEVER_RAN, explain, why_not_cached
from wfopt.dataclass import dataclass
from wfopt.model.quantities import format_duration
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import Step, StepId

FROM_THE_FUTURE_S = 300.0
"""So far ahead of the clock a result may have been made; clocks of one machine do not differ more."""

TOUCH_AGAIN_S = 3600
"""Seconds after which it is noted again that a result is in use."""

_MOST_PHRASES = 3

_WORDS = {
    Change.MISSING: "is missing",
    Change.EDITED: "was edited",
    Change.MODE: "changed its mode",
    Change.EXTRA: "was added",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a step that can be cached brings along to have its result stored.

    Attributes:
        key: the key of its result.
        fields: what the key was made of.
        touched: what tells whether one of its inputs was written to since, or None if nothing is stored.
    """

    key: str
    fields: StepFields
    touched: Mapping[str, tuple[int, ...] | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found out about a step.

    Attributes:
        reason: why the step has to run, or how its result can be had.
        ticket: its key and what that was made of, or None if it is not cached.
        entry: the result that can be used, or None.
        record: the stored form of that result.
        differences: what is different on disk from that result.
    """

    reason: str
    ticket: Ticket | None = None
    entry: Entry | None = None
    record: bytes = b""
    differences: tuple[Difference, ...] = ()


class Glance(NamedTuple):
    """What is told of a step that is up to date at a glance.

    Attributes:
        key: the key of its result.
        wall_s: how long it ran, in seconds.
        entry: the result, or None if there is no more to tell of it.
        record: the stored form of that result.
    """

    key: str
    wall_s: float
    entry: Entry | None = None
    record: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Looks results up.

    Attributes:
        workspace: its absolute path.
        store: where results are.
        last: which result each step had last.
        snapshot: the inputs on disk.
        hasher: hashes files.
        stamps: the quick way to see that nothing has changed.
        extras: what `cache.key` adds.
        around: what all keys share.
        policy: what the run is asked to do.
        forced: the steps that run in any case.
        wall: tells the seconds since the epoch.
        changed: hears of each step whose key is another one than before, as soon as that is known: most
            likely it has to run.
    """

    workspace: str
    store: Store
    last: LastResults
    snapshot: Snapshot
    hasher: Hasher
    stamps: Stamps
    extras: Extras
    around: Surroundings
    policy: CachePolicy
    forced: Container[StepId]
    wall: Callable[[], float]
    changed: Callable[[], object] = lambda: None

    def digest_of(self, path: str, look: os.stat_result) -> str:
        """Return the sha256 of a file of the workspace.

        Raises:
            OSError: it cannot be read.
        """
        return self.hasher.content(os.path.join(self.workspace, path), look)[0].sha256

    def prefetch(self, steps: Iterable[StepId]) -> dict[str, bytes]:
        """Return the records of the last results of steps, in one go.

        Raises:
            StoreError: the store cannot be read.
        """
        found = (self.last.of(step) for step in steps)
        return self.store.records.get_many(last.key for last in found if last is not None)

    def glance(self, step: Step, known: Callable[[], Mapping[str, bytes]]) -> Glance | None:
        """Return what is told of a step that is up to date at a glance; None if that takes a closer look.

        Args:
            step: the step.
            known: looks records up in one go.

        Raises:
            StoreError: the store cannot be read.
            OSError: as `StoreError`.
        """
        last = self.last.of(step.id)
        if last is None or self.policy.force or step.id in self.forced or why_not_cached(step):
            return None
        stamp = self.stamps.find(step, last.key)
        if stamp is None:
            return None
        if stamp.wall_s is not None and self.is_noted(last):
            too_old = self._too_old(step, stamp.created_at)
            return None if too_old else Glance(last.key, stamp.wall_s)
        record, entry = self._entry(last.key, known())
        if entry is None or self._too_old(step, entry.created_at):
            return None
        self.stamps.complete(step, entry)
        return Glance(last.key, entry.wall_s, entry, record)

    def is_noted(self, last: Last) -> bool:
        """Return whether it need not be noted again that a result is in use."""
        return self.store.read_only or 0 <= self.wall() - last.used_at < TOUCH_AGAIN_S

    def look(self, step: Step, resolved: Resolved, recall: Callable[[], Mapping[str, bytes]]) -> Looked:
        """Find out whether a step has to run; nothing is changed.

        Args:
            step: the step.
            resolved: the values of its expressions.
            recall: looks records up in one go.

        Raises:
            StoreError: the store cannot be read.
            OSError: as `StoreError`.
        """
        forbidden = why_not_cached(step)
        if forbidden:
            return Looked(reason=f"not cached: {forbidden}")
        try:
            inputs = self.snapshot.manifest(step.inputs or (), step.outputs or ())
            extras = self.extras.of(resolved, step.cwd) if resolved.extras else ()
        except (UnhashableError, ExtraError) as error:
            return Looked(reason=f"not cached: {error}")
        fields = fields_of(step, resolved, inputs, extras, self.around)
        key = step_key(fields, self.store.key)
        last = self.last.of(step.id)
        if last is None or last.key != key:
            self.changed()
        if self.policy.force or step.id in self.forced:
            return Looked(reason="forced", ticket=self.ticket(key, fields))
        known = recall()
        record, entry = self._entry(key, known)
        if entry is None:
            reason = self._what_changed(step, key, fields, known)
            return Looked(reason=reason, ticket=self.ticket(key, fields))
        return self._compared(step, entry, record, fields, known)

    def _compared(
        self, step: Step, entry: Entry, record: bytes, fields: StepFields, known: Mapping[str, bytes]
    ) -> Looked:
        """Judge a result that was found by what is on disk."""
        reason, found = self._too_old(step, entry.created_at), list[Difference]()
        if not reason:
            try:
                found = compare(self.workspace, entry.outputs, step.outputs or (), self.digest_of)
            except OSError as error:
                reason = f"its outputs cannot be looked at: {(error.strerror or str(error)).lower()}"
        if not (reason or found):
            ticket = Ticket(key=entry.key, fields=fields)
            return Looked(reason="up to date", ticket=ticket, entry=entry, record=record)
        ticket, what = self.ticket(entry.key, fields), self._what_differs(step, entry, fields, found, known)
        if undeclared := _undeclared(step, found):
            # Only a forged record has that: nothing that it names is looked at, moved or written.
            reason, found = f"its result holds {undeclared}, which is no output of it", []
        if reason or not step.cache.restore:
            return Looked(reason=reason or what, ticket=ticket)
        return Looked(reason=what, ticket=ticket, entry=entry, record=record, differences=tuple(found))

    def _what_differs(
        self,
        step: Step,
        entry: Entry,
        fields: StepFields,
        found: Iterable[Difference],
        known: Mapping[str, bytes],
    ) -> str:
        """Return what is different on disk, or what changed if another result of the step lies there."""
        last = self.last.of(step.id)
        old = self._entry(last.key, known)[1] if last and last.key != entry.key else None
        return told(found) if old is None else self._explained(old, fields)

    def _explained(self, last: Entry, fields: StepFields) -> str:
        """Return what has changed since the last result."""
        before = unpacked(last.parts)
        # Too many parts are not kept.
        phrases = [] if before is None else explain(before, parts_of(fields, self.store.key))
        return summary(phrases or ["its key changed"])

    def ours(self, step: Step, known: Mapping[str, bytes]) -> frozenset[str]:
        """Return the paths of outputs on disk that are just what the last result of a step made.

        Raises:
            StoreError: the store cannot be read.
            OSError: as `StoreError`, or an output cannot be looked at.
        """
        entry = self.last_entry(step.id, known)
        if entry is None or not entry.outputs:
            return frozenset()
        differences = compare(self.workspace, entry.outputs, step.outputs or (), self.digest_of)
        changed = {path for each in differences for path in _with_parents(each.path)}
        ours = {item.path for item in entry.outputs if item.path not in changed}
        folders = [item.path for item in entry.outputs if item.kind is Kind.FOLDER and item.path in ours]
        # What a `!` leaves out of a folder is no difference. Inner folders come behind outer ones.
        for path in reversed(folders):
            names = os.listdir(os.path.join(self.workspace, path))
            if any(f"{path}/{name}" not in ours for name in names):
                ours.remove(path)
        return frozenset(ours)

    def last_entry(self, step: StepId, known: Mapping[str, bytes]) -> Entry | None:
        """Return the last result of a step, if it is still there.

        Raises:
            StoreError: the store cannot be read.
            OSError: as `StoreError`.
        """
        last = self.last.of(step)
        return self._entry(last.key, known)[1] if last else None

    def ticket(self, key: str, fields: StepFields) -> Ticket:
        """Return what a step needs to have its result stored; its inputs were just looked at."""
        touched = None if self.store.read_only else self.snapshot.touched(fields.inputs)
        return Ticket(key=key, fields=fields, touched=touched)

    def _entry(self, key: str, known: Mapping[str, bytes]) -> tuple[bytes, Entry | None]:
        """Return a result, if it can be read and what the step printed is at hand, with its stored form."""
        # Where nothing has changed, no record is read.
        from wfopt.cache.packing import unpack  # noqa: PLC0415

        record = known.get(key)
        if record is None:
            record = self.store.records.get_many((key,)).get(key, b"")
        entry = unpack(key, record, self.store.blobs) if record else None
        log = entry.log if entry else None
        if log and log.digest and not self.store.blobs.has(Blob(log.digest, log.size)):
            return record, None
        return record, entry

    def _too_old(self, step: Step, created_at: int) -> str:
        """Return why a result is too old to be used, or ""."""
        age = self.wall() - created_at
        if age < -FROM_THE_FUTURE_S:
            return "its result comes from the future"
        limits = [ttl for ttl in (step.cache.ttl_s, self.policy.ttl_s) if ttl is not None]
        if limits and age > min(limits):
            return f"its result is older than {format_duration(min(limits))}"
        return ""

    def _what_changed(self, step: Step, key: str, fields: StepFields, known: Mapping[str, bytes]) -> str:
        last = self.last.of(step.id)
        if last is None:
            return NEVER_RAN
        old = self._entry(last.key, known)[1] if last.key != key else None
        if old is None:
            return "its last result is not in the cache any more"
        return self._explained(old, fields)


def told(differences: Iterable[Difference]) -> str:
    """Return in a few words what is different on disk from a result."""
    return summary([f"output {each.path} {_WORDS[each.change]}" for each in differences])


def summary(phrases: list[str]) -> str:
    """Return the first phrases as one, and how many more there are."""
    more = len(phrases) - _MOST_PHRASES
    return ", ".join(phrases[:_MOST_PHRASES]) + (f" and {more} more" if more > 0 else "")


def _undeclared(step: Step, differences: Iterable[Difference]) -> str:
    """Return the path of something that was recorded although the step does not declare it, or ""."""
    for each in differences:
        item = each.item
        if item and not is_declared(step.outputs or (), item.path, is_folder=item.kind is Kind.FOLDER):
            return item.path
    return ""


def _with_parents(path: str) -> Iterable[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
