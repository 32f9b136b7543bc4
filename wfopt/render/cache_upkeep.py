"""What came of verifying, cleaning up and clearing a cache, as text and as documents."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.cache.collecting import Collected
from wfopt.cache.verifying import Damage, Part, Verified
from wfopt.model.quantities import format_size
from wfopt.render.documents import Document
from wfopt.render.harmless import harmless
from wfopt.render.words import counted

_MOST_USERS = 3
_DIGITS = 12


def verify_text(verified: Verified) -> str:
    """Return a line for everything that is damaged, and one about all, with a line end."""
    lines = [*map(_damage, verified.damages), _summary(verified)]
    if verified.incomplete:
        lines.append(_incomplete(verified.incomplete))
    return "".join(f"{line}\n" for line in lines)


def verify_document(verified: Verified) -> Document:
    """Return the `wfopt.cache-verify/1` document."""
    return {
        "schema": "wfopt.cache-verify/1",
        "records": verified.records,
        "contents": verified.contents,
        "content_bytes": verified.content_bytes,
        "incomplete": verified.incomplete,
        "damages": [
            {
                "part": each.part.value,
                "name": each.name or None,
                "cause": each.about or None,
                "steps": [{"workflow": workflow, "step": step} for workflow, step in each.users],
            }
            for each in verified.damages
        ],
    }


def collected_text(collected: Collected) -> str:
    """Return a line about what went, one about what is left, and what went wrong, with a line end."""
    return "".join(f"{line}\n" for line in _collected(collected))


def collected_document(collected: Collected, name: str) -> Document:
    """Return the document of a command that deletes: `wfopt.cache-gc/1` if its name is `gc`."""
    return {
        "schema": f"wfopt.cache-{name}/1",
        "busy": collected.busy,
        "damaged": collected.damaged,
        "expired": collected.expired,
        "evicted": collected.evicted,
        "record_bytes": collected.record_bytes,
        "contents": collected.blobs,
        "content_bytes": collected.blob_bytes,
        "leftovers": collected.leftovers,
        "leftover_bytes": collected.leftover_bytes,
        "freed_bytes": collected.freed_bytes,
        "left": collected.left,
        "left_bytes": collected.left_bytes,
        "dropped": collected.dropped,
        "trouble": list(collected.trouble),
    }


def _damage(damage: Damage) -> str:
    match damage.part:
        case Part.DATABASE:
            return f"damaged: {harmless(damage.about)}"
        case Part.RECORD:
            return f"damaged: record {harmless(damage.name)}"
        case Part.CONTENT:
            return f"damaged: content {damage.name[:_DIGITS]}{_users(damage)}"


def _users(damage: Damage) -> str:
    if not damage.users:
        return ""
    names = [f"{harmless(step)} ({harmless(workflow)})" for workflow, step in damage.users[:_MOST_USERS]]
    more = len(damage.users) - len(names)
    return f" of {', '.join(names)}{f' and {more} more' if more else ''}"


def _summary(verified: Verified) -> str:
    read = f"{counted(verified.records, 'record')} and {counted(verified.contents, 'content')}"
    sound = f"{read} are sound, {format_size(verified.content_bytes)}"
    return f"{sound}; what is damaged was set aside" if verified.damages else sound


def _incomplete(count: int) -> str:
    if count == 1:
        return "1 result lacks a content: its step will run again"
    return f"{count} results lack a content: their steps will run again"


def _collected(collected: Collected) -> Iterator[str]:
    if collected.freed_bytes or collected.records:
        yield f"freed {format_size(collected.freed_bytes)}: {', '.join(_gone(collected))}"
    else:
        yield "nothing to delete"
    if collected.dropped:
        yield "all records were deleted: the disk has no room to delete some"
    yield f"left {counted(collected.left, 'result')}, {format_size(collected.left_bytes)}"
    if collected.busy:
        yield "others are at work, so not all of it was done"
    yield from (f"trouble: {harmless(each)}" for each in collected.trouble)


def _gone(collected: Collected) -> Iterator[str]:
    rows = (
        (collected.expired, "result", " too old"),
        (collected.evicted, "result", ""),
        (collected.damaged, "damaged record", ""),
        (collected.blobs, "content", ""),
        (collected.leftovers, "leftover", ""),
    )
    for count, noun, more in rows:
        if count:
            yield f"{counted(count, noun)}{more}"
