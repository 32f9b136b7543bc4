"""How what is known of a run as a whole is packed into few bytes, and unpacked again."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import chain
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

from wfopt.metrics.encoding import ENDINGS, seconds, squeeze, to_bytes, to_json, to_text, unsqueeze
from wfopt.model.history import Alert, Foreseen, Host, PastAttempt, PastRun, Revision, RunStory, Sample, Shape
from wfopt.model.workflow import StepId

MOST_SAMPLES = 200
MOST_PRINTED_BYTES = 8 * 1024
MOST_PRINTED_BYTES_A_RUN = 64 * 1024

SHAPE_HASH_BYTES = 12

Sizes: TypeAlias = Mapping[StepId, Mapping[str, float]]
"""The sizes that were measured for steps before they ran, by their names."""

_SIZES = 12
"""Behind so many values stand the sizes in what is kept of a run, if there are any."""

NO_MEMORY = -1
"""Stands for the memory of a host that is not known."""


class Cast(NamedTuple):
    """Who took part in a run: the steps of its graph, then the hooks that have an attempt."""

    members: tuple[StepId, ...]
    shape: Shape


def cast_of(story: RunStory) -> Cast:
    """Return who took part in a run."""
    steps = story.shape.steps
    known = set(steps)
    hooks = dict.fromkeys(each.step for each in story.attempts if each.step not in known)
    return Cast((*steps, *hooks), story.shape)


def cast_hash(cast: Cast) -> bytes:
    """Return what tells casts apart.

    Raises:
        OverflowError: an edge leads nowhere.
    """
    edges = array("q", chain.from_iterable(cast.shape.edges))
    hashed = blake2b(
        b"%d %d\n" % (len(cast.shape.steps), len(edges)), digest_size=SHAPE_HASH_BYTES, person=b"wfopt-shape"
    )
    hashed.update(to_bytes("\n".join(cast.members)))
    hashed.update(edges.tobytes())
    return hashed.digest()


def pack_cast(cast: Cast) -> bytes:
    """Return a cast in few bytes."""
    return squeeze([cast.members, len(cast.shape.steps), list(chain.from_iterable(cast.shape.edges))])


def unpack_cast(data: bytes) -> Cast:
    """Return the cast.

    Raises:
        ValueError, LookupError, TypeError, zlib.error: it is damaged.
    """
    names, steps, edges = unsqueeze(data)
    members = tuple(map(StepId, names))
    return Cast(members, Shape(members[:steps], tuple(zip(edges[::2], edges[1::2], strict=True))))


def host_of(name: bytes, cpus: int, memory_bytes: int) -> Host:
    """Return a host as the database has it."""
    return Host(
        name=to_text(name), cpus=cpus, memory_bytes=None if memory_bytes == NO_MEMORY else memory_bytes
    )


def pack_run(run: PastRun, sizes: Sizes | None = None) -> tuple[str, str]:
    """Return what a run shares with others of its kind, and what else is kept of it, as JSON."""
    shared = {
        "content": run.content,
        "commit": run.revision.commit,
        "cpus": seconds(run.cpus),
        "memory": run.memory_bytes,
        "slots": run.slots,
        "strategy": run.strategy,
        "options": dict(run.options),
        "versions": dict(run.versions),
        "origin": run.origin,
    }
    times = (
        run.reserved_cpu_s,
        run.reserved_memory_byte_s,
        run.used_memory_byte_s,
        run.critical_path_s,
        run.lower_bound_s,
        run.saved_s,
    )
    own: list[Any] = [run.exit_code, run.hits, run.misses, run.restored_bytes, *map(seconds, times)]
    if run.alerts or run.foreseen is not None or sizes:
        own += [[_alert(each) for each in run.alerts], _foreseen(run.foreseen)]
    if sizes:
        own.append(sizes)
    return to_json(shared), to_json(own)


def sizes_in(attempts: Iterable[PastAttempt]) -> Sizes:
    """Return the sizes that were measured for steps, of each those of its last attempt."""
    return {each.step: dict(each.sizes) for each in attempts if each.sizes and each.wall_s is not None}


def unpack_sizes(own: str) -> Sizes:
    """Return the sizes that were kept with a run.

    Raises:
        ValueError, LookupError, TypeError, AttributeError: they are damaged.
    """
    rest = json.loads(own)
    if len(rest) <= _SIZES:
        return {}
    return {
        StepId(step): {str(name): seconds(float(size)) for name, size in found.items()}
        for step, found in rest[_SIZES].items()
    }


def with_sizes(attempts: Sequence[PastAttempt], sizes: Sizes) -> Sequence[PastAttempt]:
    """Return attempts with the sizes that were kept with their run."""
    if not sizes:
        return attempts
    return [
        each._replace(sizes=sizes[each.step]) if each.step in sizes and each.wall_s is not None else each
        for each in attempts
    ]


class RunRow(NamedTuple):
    """A run as the database has it; texts are in bytes."""

    run: int
    run_id: str
    workflow: bytes
    branch: bytes
    host: bytes
    host_cpus: int
    host_memory_bytes: int
    shared: bytes
    ending: int
    started_at: float
    wall_s: float
    cpu_s: float
    peak_memory_bytes: int | None
    own: str


def unpack_run(row: RunRow) -> PastRun:
    """Return a run.

    Raises:
        ValueError, LookupError, TypeError: it is damaged.
    """
    common, rest = json.loads(row.shared), json.loads(row.own)
    alerts, foreseen = rest[10:12] or ((), None)
    return PastRun(
        run_id=row.run_id,
        workflow=to_text(row.workflow),
        content=common["content"],
        revision=Revision(commit=common["commit"], branch=to_text(row.branch)),
        host=host_of(row.host, row.host_cpus, row.host_memory_bytes),
        cpus=common["cpus"],
        memory_bytes=common["memory"],
        slots=common["slots"],
        strategy=common["strategy"],
        options=common["options"],
        versions=common["versions"],
        origin=common["origin"],
        ending=ENDINGS[row.ending],
        exit_code=rest[0],
        started_at=float(row.started_at),
        wall_s=float(row.wall_s),
        cpu_s=float(row.cpu_s),
        peak_memory_bytes=row.peak_memory_bytes,
        reserved_cpu_s=rest[4],
        reserved_memory_byte_s=rest[5],
        used_memory_byte_s=rest[6],
        critical_path_s=rest[7],
        lower_bound_s=rest[8],
        hits=rest[1],
        misses=rest[2],
        saved_s=rest[9],
        restored_bytes=rest[3],
        alerts=tuple(
            Alert(
                at=at, rule=rule, severity=severity, message=text, step=None if step is None else StepId(step)
            )
            for at, rule, severity, text, step in alerts
        ),
        foreseen=None
        if foreseen is None
        else Foreseen(**dict(zip(_FORESEEN_S + _FORESEEN_LOGS, foreseen, strict=False))),
    )


_FORESEEN_S = ("expected_s", "low_s", "high_s")
_FORESEEN_LOGS = ("drift", "wall_width", "memory_width")
"""These stand there only if one of them is not 0."""


def _alert(alert: Alert) -> list[Any]:
    return [seconds(alert.at), alert.rule, alert.severity, alert.message, alert.step]


def _foreseen(foreseen: Foreseen | None) -> list[float] | None:
    if foreseen is None:
        return None
    times = [seconds(getattr(foreseen, name)) for name in _FORESEEN_S]
    logs = [
        value if isfinite(value) else 0.0 for value in (getattr(foreseen, name) for name in _FORESEEN_LOGS)
    ]
    return times + logs if any(logs) else times


def pack_samples(samples: Sequence[Sample]) -> bytes | None:
    """Return samples, at most `MOST_SAMPLES` of them; None if there are none."""
    if not samples:
        return None
    if len(samples) > MOST_SAMPLES:
        last = len(samples) - 1
        samples = [samples[round(number * last / (MOST_SAMPLES - 1))] for number in range(MOST_SAMPLES)]
    columns = ("at", "cpus", "memory_bytes", "running")
    return squeeze([[getattr(each, name) for each in samples] for name in columns])


def unpack_samples(data: bytes | None) -> tuple[Sample, ...]:
    """Return the samples.

    Raises:
        ValueError, TypeError, zlib.error: they are damaged.
    """
    return () if data is None else tuple(Sample(*row) for row in zip(*unsqueeze(data), strict=True))


def pack_printed(printed: Mapping[StepId, str]) -> bytes | None:
    """Return the ends of what steps printed, as much as fits; None if there is none."""
    left, kept = MOST_PRINTED_BYTES_A_RUN, {}
    for step, text in printed.items():
        kept[step] = _tail(text, min(left, MOST_PRINTED_BYTES))
        left -= len(to_bytes(kept[step]))
    return squeeze(kept) if kept else None


def unpack_printed(data: bytes | None) -> dict[StepId, str]:
    """Return what steps printed.

    Raises:
        ValueError, TypeError, AttributeError, zlib.error: it is damaged.
    """
    return {} if data is None else {StepId(step): text for step, text in unsqueeze(data).items()}


def _tail(text: str, size: int) -> str:
    """Return so many bytes of the end of a text, or a few less where a character would be cut."""
    if size <= 0:
        return ""
    data = to_bytes(text[-size:])
    if len(data) <= size:
        return text[-size:]
    data = data[-size:]
    while data and data[0] & 0xC0 == 0x80:
        data = data[1:]
    return to_text(data)
