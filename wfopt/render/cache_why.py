"""Why a step would run, as text and as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfopt.cache.comparison import Part, StepWhy
from wfopt.model.quantities import format_duration
from wfopt.render.cells import pad, text_width
from wfopt.render.documents import Document
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint, Style

_ACTIONS = {
    "run": "would run",
    "restore": "would be restored from the cache",
    "nothing": "is up to date",
}
_NAME_WIDTH_LIMIT = 40


def why_text(found: Sequence[StepWhy], now: float, paint: Paint) -> str:
    """Return lines about steps, with a line end.

    Args:
        found: what is known of each step.
        now: the time of day, in seconds since 1970.
        paint: colors the marks.
    """
    return "\n".join("".join(f"{line}\n" for line in _lines(each, now, paint)) for each in found)


def why_document(found: Sequence[StepWhy]) -> Document:
    """Return the `wfopt.cache-why/1` document of some steps."""
    return {"schema": "wfopt.cache-why/1", "steps": [_step(each) for each in found]}


def _lines(why: StepWhy, now: float, paint: Paint) -> Iterator[str]:
    reason = "" if why.action == "nothing" else f": {harmless(why.reason)}"
    yield f"step {paint(harmless(why.step), Style.BOLD)} {_ACTIONS[why.action]}{reason}"
    if why.key is None:
        return
    yield f"key {why.key}"
    nearest = why.nearest
    if nearest is None:
        yield "no result of this step is stored"
    else:
        age = format_duration(max(0.0, now - nearest.created_at))
        what = "its result" if nearest.key == why.key else "the nearest result"
        yield f"{what} was made {age} ago in {format_duration(nearest.wall_s)} (key {nearest.key})"
    if nearest is not None and nearest.differences:
        yield ""
        yield "what is different from then"
        yield from (f"  {harmless(phrase)}" for phrase in nearest.differences)
    yield ""
    yield "what the key is made of"
    width = min(max((text_width(harmless(part.name)) for part in why.parts), default=0), _NAME_WIDTH_LIMIT)
    for part in why.parts:
        mark, value = (" ", part.now) if nearest is None else _compared(part)
        shown = mark if mark == " " else paint(mark, Style.WARNING)
        yield f"{shown} {pad(harmless(part.name), width)}  {harmless(value or '')}".rstrip()


def _compared(part: Part) -> tuple[str, str | None]:
    """Return a mark as in a diff, and the values that belong to it."""
    if part.now == part.then:
        return " ", part.now
    if part.now is None:
        return "-", part.then
    return ("+", part.now) if part.then is None else ("~", f"{part.then} to {part.now}")


def _step(why: StepWhy) -> Document:
    nearest = why.nearest
    return {
        "id": why.step,
        "action": why.action,
        "reason": why.reason,
        "cache_key": why.key,
        "nearest": None
        if nearest is None
        else {
            "cache_key": nearest.key,
            "created_at": nearest.created_at,
            "wall_s": nearest.wall_s,
            "differences": list(nearest.differences),
        },
        "parts": [{"name": part.name, "now": part.now, "then": part.then} for part in why.parts],
    }
