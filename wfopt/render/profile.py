"""A run as a profile in the Trace Event Format, which Perfetto and `chrome://tracing` open.

Every attempt is one bar; each lane is a slot of the machine, hooks have lanes of their own below. The chain
of steps that took longest is joined by arrows, and what was measured is drawn as counters.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence

from wfopt.dataclass import dataclass
from wfopt.model.history import PastAttempt, PastRun, RunStory
from wfopt.model.lanes import slots_of, span_us
from wfopt.model.outcome import StepStatus
from wfopt.render.documents import Document

_PID = 1
_RUN_LANE = 0
"""The lane of the run itself: alerts about the machine stand there."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """An attempt that ran, its lane, and its start and end in microseconds."""

    attempt: PastAttempt
    lane: int
    start: int
    end: int


def profile_of(story: RunStory) -> Document:
    """Return a profile in the JSON object format; times are whole microseconds since the start of the run."""
    return {**_head(story), "traceEvents": list(_events(story))}


def profile_text(story: RunStory) -> str:
    """Return a profile as ASCII-only JSON, each event on a line of its own."""
    lines = ",\n".join([json.dumps(event) for event in _events(story)])
    return f'{json.dumps(_head(story))[:-1]}, "traceEvents": [\n{lines}\n]}}\n'


def _head(story: RunStory) -> Document:
    return {"displayTimeUnit": "ms", "otherData": _about(story)}


def _events(story: RunStory) -> Iterator[Document]:
    known = frozenset(story.shape.steps)
    steps = _bars([each for each in story.attempts if each.step in known], _RUN_LANE + 1)
    hooks = _bars(
        [each for each in story.attempts if each.step not in known],
        1 + max((bar.lane for bar in steps), default=_RUN_LANE),
    )
    yield _metadata("process_name", _RUN_LANE, name=_clean(f"{story.run.workflow} {story.run.run_id}"))
    lanes = {_RUN_LANE: "run"}
    lanes.update({bar.lane: f"slot {bar.lane}" for bar in steps})
    lanes.update({bar.lane: "hooks" for bar in hooks})
    for lane, name in sorted(lanes.items()):
        yield _metadata("thread_name", lane, name=name)
        yield _metadata("thread_sort_index", lane, sort_index=lane)
    yield from map(_complete, [*steps, *hooks])
    yield from _arrows(steps)
    yield from _counters(story)
    yield from _alerts(story.run, [*steps, *hooks])


def _bars(attempts: Sequence[PastAttempt], first_lane: int) -> list[_Bar]:
    """Return the attempts that ran."""
    slots = zip(attempts, slots_of(attempts), map(span_us, attempts), strict=True)
    return [_Bar(each, first_lane + slot, *span) for each, slot, span in slots if span is not None]


def _metadata(kind: str, lane: int, **arguments: object) -> Document:
    return {"name": kind, "ph": "M", "pid": _PID, "tid": lane, "ts": 0, "args": arguments}


def _complete(bar: _Bar) -> Document:
    return {
        "name": _clean(bar.attempt.step),
        "cat": bar.attempt.status.value,
        "ph": "X",
        "ts": bar.start,
        "dur": bar.end - bar.start,
        "pid": _PID,
        "tid": bar.lane,
        "args": _details(bar.attempt),
    }


def _details(attempt: PastAttempt) -> Document:
    """Return what is known of an attempt; what is not known is left out."""
    known: Document = {
        "status": attempt.status.value,
        "reason": _clean(attempt.reason) or None,
        "attempt": attempt.attempt,
        "allowed": attempt.allowed or None,
        "critical": attempt.critical or None,
        "waited_s": round(attempt.waited_s, 6) or None,
        "cpu_s": None if attempt.cpu_s is None else round(attempt.cpu_s, 6),
        "peak_memory_bytes": attempt.peak_memory_bytes,
        "read_bytes": attempt.read_bytes or None,
        "written_bytes": attempt.written_bytes or None,
        "input_bytes": attempt.input_bytes,
        "exit_code": attempt.exit_code,
        "signal": attempt.signal,
        "limit": attempt.limit.kind.value if attempt.limit else None,
        "cpu": attempt.cpu_milli / 1000,
        "memory_bytes": attempt.memory_bytes,
        "cache_key": attempt.key or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _arrows(bars: Sequence[_Bar]) -> Iterator[Document]:
    """Yield arrows along the chain of steps that took longest, from each to the one behind it.

    An arrow starts inside a bar, not at its end: viewers bind it to the bar that is open at that moment.
    """
    chain = sorted((bar for bar in bars if bar.attempt.critical), key=lambda bar: (bar.start, bar.end))
    for number, (first, then) in enumerate(itertools.pairwise(chain), start=1):
        common = {"name": "critical path", "cat": "critical", "id": number, "pid": _PID}
        yield {**common, "ph": "s", "ts": max(first.start, first.end - 1), "tid": first.lane}
        yield {**common, "ph": "f", "bp": "e", "ts": then.start, "tid": then.lane}


def _counters(story: RunStory) -> Iterator[Document]:
    for sample in story.samples:
        moment = {"ph": "C", "ts": round(sample.at * 1_000_000), "pid": _PID, "tid": _RUN_LANE}
        yield {"name": "cpus", **moment, "args": {"busy": round(sample.cpus, 3)}}
        yield {"name": "memory", **moment, "args": {"bytes": sample.memory_bytes}}
        yield {"name": "running steps", **moment, "args": {"steps": sample.running}}


def _alerts(run: PastRun, bars: Sequence[_Bar]) -> Iterator[Document]:
    lane_of = {bar.attempt.step: bar.lane for bar in bars}
    for alert in run.alerts:
        yield {
            "name": _clean(alert.rule),
            "cat": f"alert,{alert.severity}",
            "ph": "i",
            "ts": round(alert.at * 1_000_000),
            "pid": _PID,
            "tid": _RUN_LANE if alert.step is None else lane_of.get(alert.step, _RUN_LANE),
            "s": "p" if alert.step is None else "t",
            "args": {"severity": alert.severity, "message": _clean(alert.message)},
        }


def _about(story: RunStory) -> Document:
    """Return what a viewer shows about the file; steps that were not started are only counted, here."""
    run = story.run
    last = {attempt.step: attempt.status for attempt in story.attempts}
    endings = Counter(last.get(step) for step in story.shape.steps)
    return {
        "run_id": _clean(run.run_id),
        "workflow": _clean(run.workflow),
        "status": run.ending.value,
        "started_at": round(run.started_at, 6),
        "wall_s": round(run.wall_s, 6),
        "host": _clean(run.host.name),
        "cpus": run.cpus,
        "strategy": run.strategy,
        "commit": _clean(run.revision.commit),
        "branch": _clean(run.revision.branch),
        **{status.value: endings[status] for status in StepStatus},
    }


def _clean(text: str) -> str:
    """Return text without halves of surrogate pairs, which readers of JSON may refuse."""
    return text.encode("utf-8", "replace").decode("utf-8")
