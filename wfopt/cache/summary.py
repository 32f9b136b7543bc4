"""How much is in a cache, and whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wfopt.cache.blobs import Kept
from wfopt.cache.inventory import Inventory, Result
from wfopt.cache.leftovers import Leftover
from wfopt.dataclass import dataclass

MOST_STEPS = 10
"""How many steps are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShare:
    """What a step has in the cache.

    Attributes:
        workflow: the file that it is in, relative to the workspace.
        step: its id.
        results: how many results.
        size: bytes of these and of the contents that they need, each counted once.
    """

    workflow: str
    step: str
    results: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo:
    """What is in a cache.

    Attributes:
        folder: where it is.
        limit: the bytes that it may take, or None for any number.
        results: how many results of steps.
        steps: of how many steps.
        workflows: of how many workflow files.
        record_bytes: the size of all records.
        contents: how many contents.
        content_bytes: their size.
        log_bytes: the size of those that steps have printed.
        unneeded_bytes: the size of those that no result needs.
        oldest_at: when the oldest result was made, in seconds since 1970; None if there is none.
        newest_at: the same of the newest.
        damaged: how many records cannot be read.
        aside: how many damaged things were put aside.
        aside_bytes: their size.
        largest: the steps with the most bytes.
        trouble: why not all could be listed, or "".
    """

    folder: str
    limit: int | None = None
    results: int = 0
    steps: int = 0
    workflows: int = 0
    record_bytes: int = 0
    contents: int = 0
    content_bytes: int = 0
    log_bytes: int = 0
    unneeded_bytes: int = 0
    oldest_at: float | None = None
    newest_at: float | None = None
    damaged: int = 0
    aside: int = 0
    aside_bytes: int = 0
    largest: tuple[StepShare, ...] = ()
    trouble: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all."""
        return not (self.results or self.contents or self.damaged or self.aside)


def summarize(folder: str, limit: int | None, inventory: Inventory, aside: Sequence[Leftover]) -> CacheInfo:
    """Return the figures about a store.

    Args:
        folder: the cache folder, as messages name it.
        limit: the bytes that it may take, or None for any number.
        inventory: what is in it.
        aside: what was put aside there.
    """
    results = inventory.results
    records = [*(each.row for each in results), *inventory.damaged]
    created = [each.created_at for each in results]
    steps: dict[tuple[str, str], list[Result]] = {}
    for each in results:
        steps.setdefault((each.workflow, each.step), []).append(each)
    shares = [_share(*name, some, inventory.blobs) for name, some in steps.items()]
    needed = {digest for each in results for digest in each.blobs}
    total = sum(each.size for each in inventory.blobs.values())
    return CacheInfo(
        folder=folder,
        limit=limit,
        results=len(results),
        steps=len(steps),
        workflows=len({workflow for workflow, _ in steps}),
        record_bytes=sum(each.size for each in records),
        contents=len(inventory.blobs),
        content_bytes=total,
        log_bytes=_size({each.log for each in results}, inventory.blobs),
        unneeded_bytes=total - _size(needed, inventory.blobs),
        oldest_at=min(created, default=None),
        newest_at=max(created, default=None),
        damaged=len(inventory.damaged),
        aside=len(aside),
        aside_bytes=sum(each.size for each in aside),
        largest=tuple(sorted(shares, key=lambda each: (-each.size, each.workflow, each.step))[:MOST_STEPS]),
        trouble=inventory.trouble,
    )


def _share(workflow: str, step: str, results: list[Result], blobs: Mapping[str, Kept]) -> StepShare:
    needed = {digest for each in results for digest in each.blobs}
    size = sum(each.row.size for each in results) + _size(needed, blobs)
    return StepShare(workflow=workflow, step=step, results=len(results), size=size)


def _size(digests: Iterable[str], blobs: Mapping[str, Kept]) -> int:
    return sum(blobs[digest].size for digest in digests if digest in blobs)
