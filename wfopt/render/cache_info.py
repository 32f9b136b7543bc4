"""What is in a cache, as text and as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfopt.cache.summary import CacheInfo
from wfopt.model.quantities import format_duration, format_size
from wfopt.render.cells import pad, text_width
from wfopt.render.documents import Document
from wfopt.render.harmless import harmless
from wfopt.render.words import counted

_ID_WIDTH_LIMIT = 40


def info_text(info: CacheInfo, now: float) -> str:
    """Return lines about a cache, with a line end.

    Args:
        info: what is in it.
        now: the time of day, in seconds since 1970.
    """
    if info.is_empty:
        return empty_text(info.folder)
    lines = [f"{name:<9} {text}" for name, text in _facts(info, now)]
    if info.largest:
        lines += ["", "the largest steps", *_shares(info)]
    return "".join(f"{line}\n" for line in lines)


def empty_text(folder: str) -> str:
    """Return the line about a cache with nothing in it."""
    return f"the cache {harmless(folder)} is empty\n"


def info_document(info: CacheInfo) -> Document:
    """Return the `wfopt.cache-info/1` document of a cache."""
    return {
        "schema": "wfopt.cache-info/1",
        "folder": info.folder,
        "size_limit": info.limit,
        "size": info.record_bytes + info.content_bytes,
        "results": info.results,
        "steps": info.steps,
        "workflows": info.workflows,
        "record_bytes": info.record_bytes,
        "contents": info.contents,
        "content_bytes": info.content_bytes,
        "log_bytes": info.log_bytes,
        "unneeded_bytes": info.unneeded_bytes,
        "oldest_at": info.oldest_at,
        "newest_at": info.newest_at,
        "damaged": info.damaged,
        "set_aside": info.aside,
        "set_aside_bytes": info.aside_bytes,
        "largest": [
            {"workflow": each.workflow, "step": each.step, "results": each.results, "bytes": each.size}
            for each in info.largest
        ],
        "trouble": info.trouble or None,
    }


def _facts(info: CacheInfo, now: float) -> Iterator[tuple[str, str]]:
    yield "cache", harmless(info.folder)
    steps = f"{counted(info.steps, 'step')} in {counted(info.workflows, 'workflow')}"
    yield "results", f"{info.results} of {steps}"
    size = format_size(info.record_bytes + info.content_bytes)
    yield "size", size if info.limit is None else f"{size} of at most {format_size(info.limit)}"
    yield "records", format_size(info.record_bytes)
    logs = f", {format_size(info.log_bytes)} of them logs" if info.log_bytes else ""
    yield "contents", f"{format_size(info.content_bytes)} in {counted(info.contents, 'file')}{logs}"
    if info.unneeded_bytes:
        yield "unneeded", f"{format_size(info.unneeded_bytes)}; `wfopt cache gc` frees it after a while"
    for name, at in (("oldest", info.oldest_at), ("newest", info.newest_at)):
        if at is not None:
            yield name, _age(now - at)
    if info.damaged:
        them = "it" if info.damaged == 1 else "them"
        yield "damaged", f"{counted(info.damaged, 'record')}; `wfopt cache verify` sets {them} aside"
    if info.aside:
        yield "set aside", f"{counted(info.aside, 'damaged thing')}, {format_size(info.aside_bytes)}"
    if info.trouble:
        yield "trouble", harmless(info.trouble)


def _age(seconds: float) -> str:
    if seconds < 0:
        return f"{format_duration(-seconds)} in the future"
    return f"{format_duration(seconds)} ago"


def _shares(info: CacheInfo) -> Iterator[str]:
    rows = [
        (
            harmless(each.step),
            format_size(each.size),
            counted(each.results, "result"),
            harmless(each.workflow),
        )
        for each in info.largest
    ]
    widths = [_width([row[column] for row in rows]) for column in range(3)]
    for step, size, results, workflow in rows:
        before = " " * (widths[1] - len(size))
        yield f"  {pad(step, widths[0])}  {before}{size}  {pad(results, widths[2])}  {workflow}"


def _width(texts: Sequence[str]) -> int:
    return min(max(map(text_width, texts)), _ID_WIDTH_LIMIT)
