"""A run as the data of its page: columns instead of objects, so that 5,000 steps stay small.

Times are seconds and sizes bytes; what is unknown is null. Steps stand in file order, hooks and whatever
else ran behind them; everywhere else a step is its place in that order. Text is made harmless here, so the
page may show it as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from wfopt.graph.order import dag_of, levels
from wfopt.model.history import PastAttempt, PastRun, RunStory
from wfopt.model.lanes import lanes_of
from wfopt.model.outcome import LimitHit, LimitKind, StepStatus
from wfopt.model.quantities import format_duration, format_size
from wfopt.model.workflow import StepId
from wfopt.render.harmless import harmless
from wfopt.render.html.folding import fold
from wfopt.render.html.layout import place
from wfopt.render.html.usage import usage_curve

Document = dict[str, object]
"""A JSON object."""

_TOLERANCE_S = 0.0005
"""Two attempts may overlap by this much and share a lane: an end is noticed a little after it happened."""

UNKNOWN = "unknown"
"""The status of a step that history knows no attempt of: the run was killed before it ended."""

STATUSES = (*(status.value for status in StepStatus), UNKNOWN)
"""What the numbers in a column of statuses mean."""

_LONGEST_REASON = 300
_LONGEST_OUTPUT = 10_000
_MOST_OUTPUT = 400_000
_MOST_EDGES = 20_000
_MOST_URGENT = 20

# What a terminal takes as color and movement, and a page would only show as noise.
_PAINT = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")

_TIME_LIMITS = frozenset((LimitKind.TIMEOUT, LimitKind.CPU_TIME))
_SIZE_LIMITS = frozenset((LimitKind.MEMORY, LimitKind.FILE_SIZE))


def story_data(story: RunStory) -> Document:
    """Return the data of one run: itself, its steps and their attempts, what it used, its graph, output."""
    names = list(dict.fromkeys((*story.shape.steps, *(attempt.step for attempt in story.attempts))))
    places = {name: number for number, name in enumerate(names)}
    last = {attempt.step: attempt for attempt in story.attempts}
    ended = [last.get(name) for name in names]
    return {
        "statuses": STATUSES,
        "run": _run_data(story.run, places),
        "steps": _steps_data(names, ended, len(story.shape.steps)),
        "attempts": _attempts_data(story.attempts, places),
        "usage": _usage_data(story),
        "graph": _graph_data(story, ended[: len(story.shape.steps)]),
        "printed": _printed_data(story.printed, places),
    }


def number(value: float | None, digits: int = 4) -> float | None:
    """Return a number as short as its digits allow; None for what JSON cannot say.

    >>> number(2.00001), number(0.12345), number(float("nan"))
    (2, 0.1235, None)
    """
    if value is None or not math.isfinite(value):
        return None
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def shortened(text: str, longest: int) -> str:
    """Return harmless text, cut if it is longer than that many characters.

    >>> shortened("abcdef", 3)
    'abc…'
    """
    return harmless(text if len(text) <= longest else f"{text[:longest]}…")


def _run_data(run: PastRun, places: Mapping[StepId, int]) -> Document:
    return {
        "id": harmless(run.run_id),
        "workflow": harmless(run.workflow),
        "status": run.ending.value,
        "exit": run.exit_code,
        "started": number(run.started_at, 3),
        "wall": number(run.wall_s),
        "cpu": number(run.cpu_s),
        "cpus": number(run.cpus),
        "memory": run.memory_bytes,
        "peak": run.peak_memory_bytes,
        "slots": run.slots,
        "strategy": harmless(run.strategy),
        "origin": harmless(run.origin),
        "host": harmless(run.host.name),
        "hostCpus": run.host.cpus,
        "hostMemory": run.host.memory_bytes,
        "commit": harmless(run.revision.commit),
        "branch": harmless(run.revision.branch),
        "critical": number(run.critical_path_s),
        "bound": number(run.lower_bound_s),
        "hits": run.hits,
        "misses": run.misses,
        "saved": number(run.saved_s),
        "restored": run.restored_bytes,
        "foreseen": run.foreseen
        and [number(each) for each in (run.foreseen.expected_s, run.foreseen.low_s, run.foreseen.high_s)],
        "options": [[harmless(name), harmless(value)] for name, value in run.options.items()],
        "versions": [[harmless(name), harmless(value)] for name, value in run.versions.items()],
        "alerts": [
            [
                number(alert.at),
                alert.severity,
                harmless(alert.rule),
                shortened(alert.message, _LONGEST_REASON),
                None if alert.step is None else places.get(alert.step),
            ]
            for alert in run.alerts
        ],
    }


def _steps_data(names: Sequence[StepId], ended: Sequence[PastAttempt | None], steps: int) -> Document:
    """Return the columns of the table of steps, of their last attempts; the first `steps` are no hooks."""

    def column(take: str, digits: int = 4) -> list[float | None]:
        return [None if each is None else number(getattr(each, take), digits) for each in ended]

    reasons = list(dict.fromkeys("" if each is None else each.reason for each in ended))
    reason_places = {reason: place_ for place_, reason in enumerate(reasons)}
    return {
        "count": steps,
        "name": [harmless(name) for name in names],
        "status": [
            STATUSES.index(UNKNOWN) if each is None else STATUSES.index(each.status.value) for each in ended
        ],
        "reasons": [shortened(reason, _LONGEST_REASON) for reason in reasons],
        "reason": [reason_places["" if each is None else each.reason] for each in ended],
        "start": column("started_s"),
        "wall": column("wall_s"),
        "cpu": column("cpu_s"),
        "peak": column("peak_memory_bytes"),
        "asked": column("memory_bytes"),
        "cpus": [None if each is None else number(each.cpu_milli / 1000, 3) for each in ended],
        "wait": column("waited_s"),
        "attempts": column("attempt"),
        "input": column("input_bytes"),
        "read": column("read_bytes"),
        "written": column("written_bytes"),
        # Few steps have these, so a list of places is shorter than a column.
        "critical": [place_ for place_, each in enumerate(ended) if each and each.critical],
        "allowed": [place_ for place_, each in enumerate(ended) if each and each.allowed],
        "ends": {place_: end for place_, each in enumerate(ended) if each and (end := _end(each))},
    }


def _attempts_data(attempts: Iterable[PastAttempt], places: Mapping[StepId, int]) -> Document:
    """Return the columns of the attempts that really ran, in order of their starts, each with its lane."""
    ran = [
        (each.started_s, each.wall_s, each)
        for each in attempts
        if each.started_s is not None and each.wall_s is not None
    ]
    ran.sort(key=lambda item: item[0])
    lanes = lanes_of([(start, start + wall) for start, wall, _ in ran], _TOLERANCE_S)
    return {
        "lanes": max(lanes, default=-1) + 1,
        "step": [places[each.step] for _, _, each in ran],
        "number": [each.attempt for _, _, each in ran],
        "status": [STATUSES.index(each.status.value) for _, _, each in ran],
        "lane": lanes,
        "start": [number(start) for start, _, _ in ran],
        "wall": [number(wall) for _, wall, _ in ran],
        "wait": [number(each.waited_s) for _, _, each in ran],
        "ends": {place_: end for place_, (_, _, each) in enumerate(ran) if (end := _end(each))},
    }


def _usage_data(story: RunStory) -> Document:
    curve = usage_curve(story.samples, story.attempts)
    return {
        "estimated": curve.estimated,
        "at": [number(each.at) for each in curve.samples],
        "cpus": [number(each.cpus, 3) for each in curve.samples],
        "memory": [each.memory_bytes for each in curve.samples],
        "running": [each.running for each in curve.samples],
    }


def _graph_data(story: RunStory, ended: Sequence[PastAttempt | None]) -> Document:
    shape = story.shape
    dag = dag_of(len(shape.steps), shape.edges)
    waves = levels(dag)
    level = {step: number_ for number_, wave in enumerate(waves) for step in wave}
    path = [step for wave in waves for step in wave if (each := ended[step]) and each.critical]
    folded = fold(dag, _importance(ended), path)
    layout = place(folded.columns, folded.edges)
    whole = len(shape.edges) <= _MOST_EDGES
    return {
        "edges": [end for edge in shape.edges for end in edge] if whole else None,
        "edgeCount": len(shape.edges),
        "levels": len(waves),
        "widest": max(map(len, waves), default=0),
        # A fold is drawn as what it is, how many; only which levels it spans is said besides.
        "nodes": [
            members[0]
            if len(members) == 1
            else [len(members), min(map(level.__getitem__, members)), max(map(level.__getitem__, members))]
            for members in folded.members
        ],
        "folds": {
            node: number(sum((each.wall_s or 0.0) for step in members if (each := ended[step])))
            for node, members in enumerate(folded.members)
            if len(members) > 1
        },
        "columns": folded.columns,
        "heights": layout.heights,
        "links": [end for edge in folded.edges for end in edge],
        "routes": {edge: route for edge, route in enumerate(layout.routes) if route},
    }


def _importance(ended: Sequence[PastAttempt | None]) -> list[int]:
    """Return all steps, ahead those to look at: some that failed, the slowest critical ones, the slowest."""
    wall = [-(each.wall_s or 0.0) if each else 0.0 for each in ended]
    slowest = sorted(range(len(ended)), key=lambda step: (wall[step], step))
    failed = [step for step in slowest if (each := ended[step]) and each.status is StepStatus.FAILED]
    critical = [step for step in slowest if (each := ended[step]) and each.critical]
    return list(dict.fromkeys((*failed[:_MOST_URGENT], *critical[: 2 * _MOST_URGENT], *slowest)))


def _printed_data(printed: Mapping[StepId, str], places: Mapping[StepId, int]) -> dict[int, str]:
    """Return the ends of what steps printed, as many as there is room for."""
    room = _MOST_OUTPUT
    kept: dict[int, str] = {}
    for name, text in printed.items():
        end = text[-_LONGEST_OUTPUT:]
        if name not in places or not end or len(end) > room:
            continue
        room -= len(end)
        lines = "\n".join(map(harmless, _PAINT.sub("", end).replace("\r\n", "\n").split("\n")))
        kept[places[name]] = f"…{lines}" if len(end) < len(text) else lines
    return kept


def _end(attempt: PastAttempt) -> str:
    """Return in words what ended an attempt, if that was anything but success."""
    parts = []
    if attempt.exit_code:
        parts.append(f"exit status {attempt.exit_code}")
    if attempt.signal is not None:
        parts.append(f"signal {attempt.signal}")
    if attempt.limit is not None:
        parts.append(_limit_text(attempt.limit))
    return ", ".join(parts)


def _limit_text(hit: LimitHit) -> str:
    def amount(value: float) -> str:
        if hit.kind in _TIME_LIMITS:
            return format_duration(value)
        return format_size(round(value)) if hit.kind in _SIZE_LIMITS else f"{round(value)}"

    kind = hit.kind.value.replace("-", " ")
    seen = f"{amount(hit.observed)} of {amount(hit.limit)}"
    return f"over its limit: {kind} {seen} (enforced: {hit.enforced_by.value})"
