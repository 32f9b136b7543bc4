"""The result of a step that ended well goes into the store.

Contents first, then the record in one transaction: a crash in between leaves contents that nobody refers to,
never a result without its contents. Nothing waits for the disk: what a power cut loses is missing or damaged
afterwards, and both are noticed when it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wfopt.cache.blobs import BlobStore
from wfopt.cache.entry import LATEST_S, LONGEST_INLINE_LOG, LONGEST_S, NO_LOG, Entry, Kind, Log
from wfopt.cache.files import UnhashableError
from wfopt.cache.intake import UnstorableError, take_in
from wfopt.cache.lookup import Ticket
from wfopt.cache.manifest import Manifest, Snapshot
from wfopt.cache.packing import pack
from wfopt.cache.parts import packed, parts_of
from wfopt.cache.store import Store
from wfopt.dataclass import dataclass, field, replace
from wfopt.model.workflow import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a step ended well.

    Attributes:
        wall_s: how long it ran.
        log: what it printed, or the path of a file with that, without secrets.
        values: what it hands on.
        ended_at: when, in seconds since the epoch.
    """

    wall_s: float
    log: bytes | str
    ended_at: float
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """From where to where results go.

    Attributes:
        workflow: the path of the workflow file, relative to the workspace.
        workspace: its absolute path.
        store: where results go.
        largest: the most bytes that the outputs of a step may have, or None.
        hides: whether there is a secret in a text.
    """

    workflow: str
    workspace: str
    store: Store
    largest: int | None = None
    hides: Callable[[str], bool] = lambda _: False


def publish(step: Step, ticket: Ticket, done: Done, to: Publisher) -> int:
    """Store the result of a step that ended well; return how many bytes it has.

    Raises:
        UnstorableError: the outputs cannot be kept.
        OSError, StoreError, ValueError: the store cannot be written to.
    """
    outputs, store = step.outputs or (), to.store
    if not step.cache.restore:
        outputs = tuple(replace(output, store=False) for output in outputs)
    with store.shared():
        items = take_in(to.workspace, outputs, store.blobs, largest=to.largest)
        if any(to.hides(item.path) or (item.kind is Kind.LINK and to.hides(item.content)) for item in items):
            raise UnstorableError("", "the path of an output, or where it leads to, holds a secret")
        entry = Entry(
            key=ticket.key,
            workflow=to.workflow,
            step=step.id,
            created_at=int(min(max(done.ended_at, 0.0), LATEST_S)),
            wall_s=min(round(done.wall_s, 3), LONGEST_S),
            outputs=items,
            log=_log(done.log, store.blobs),
            captured=done.values,
            parts=packed(parts_of(ticket.fields, store.key)),
        )
        record = pack(entry, store.blobs)
        store.records.put_many({ticket.key: record})
    return len(record) + sum(entry.blobs().values())


def changed_meanwhile(step: Step, ticket: Ticket, snapshot: Snapshot) -> str:
    """Return which input of a step is not what it was when the step started, or "".

    A file that was written to and then brought back to its old content counts: the step may have read what
    was in it between.
    """
    before = ticket.fields.inputs
    snapshot.forget()
    try:
        inputs = snapshot.manifest(step.inputs or (), step.outputs or (), before)
    except UnhashableError as error:
        return str(error)
    if inputs.digest != before.digest:
        return f"input {_first_difference(before, inputs)} changed while the step ran"
    now = snapshot.touched(inputs)
    path = next((path for path, state in (ticket.touched or {}).items() if now.get(path) != state), "")
    return f"input {path} was written to while the step ran" if path else ""


def _first_difference(before: Manifest, after: Manifest) -> str:
    different = set(before.entries) ^ set(after.entries)
    return min((entry.path for entry in different), default="") or "."


def _log(log: bytes | str, blobs: BlobStore) -> Log:
    if isinstance(log, str):
        blob = blobs.add_file(log)
        return Log(digest=blob.digest, size=blob.size) if blob.size else NO_LOG
    if len(log) <= LONGEST_INLINE_LOG:
        return Log(log) if log else NO_LOG
    blob = blobs.add_bytes(log)
    return Log(digest=blob.digest, size=blob.size)
