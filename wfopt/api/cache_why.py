"""Why a step would run, compared with the stored result that is nearest to what it is now."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import islice

from wfopt.api.caching import Outside, workflow_name
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.probe import Probe
from wfopt.cache.comparison import Nearest, Part, StepWhy
from wfopt.cache.entry import Entry
from wfopt.cache.lookup import Looked, Lookup
from wfopt.cache.packing import unpack
from wfopt.cache.parts import parts_of, unpacked
from wfopt.cache.why import explain
from wfopt.model.expressions import ExpressionError
from wfopt.model.workflow import Step, StepId

_BATCH = 500


def why(
    prepared: Prepared, steps: tuple[StepId, ...], options: RunOptions, outside: Outside
) -> tuple[StepWhy, ...]:
    """Return for some steps what a run would do with them as the files are now; nothing is written.

    Raises:
        WfoptError, OSError: the cache cannot be read.
    """
    probe = Probe(prepared, options, outside)
    try:
        wanted = set(steps)
        values = probe.values(step.id for step in prepared.workflow.steps)
        chosen = [step for step in prepared.workflow.steps if step.id in wanted]
        stored = _results(probe.lookup, {step.id for step in chosen}) if probe.lookup else {}
        name = workflow_name(options)
        return tuple(_why(step, probe, values, stored.get(step.id, []), name) for step in chosen)
    finally:
        probe.close()


def _why(
    step: Step,
    probe: Probe,
    values: Mapping[StepId, Mapping[str, str]],
    stored: list[Entry],
    workflow: str,
) -> StepWhy:
    try:
        looked = probe.look(step, values)
    except ExpressionError as error:
        return StepWhy(step=step.id, action="run", reason=f"its key is known when it runs: {error.message}")
    action = "run"
    if looked.entry is not None:
        action = "restore" if looked.differences else "nothing"
    hide = probe.masker.text
    if looked.ticket is None or probe.lookup is None:
        return StepWhy(step=step.id, action=action, reason=hide(looked.reason))
    now = parts_of(looked.ticket.fields, probe.lookup.store.key)
    entry, then = _nearest(looked, now, stored, workflow)
    nearest = None
    if entry is not None:
        nearest = Nearest(
            key=entry.key,
            created_at=entry.created_at,
            wall_s=entry.wall_s,
            differences=tuple(hide(phrase) for phrase in explain(then, now)),
        )
    names = dict.fromkeys((*now, *then))
    return StepWhy(
        step=step.id,
        action=action,
        reason=hide(looked.reason),
        key=looked.ticket.key,
        nearest=nearest,
        parts=tuple(
            Part(name=hide(name), now=_shown(now.get(name), hide), then=_shown(then.get(name), hide))
            for name in names
        ),
    )


def _shown(value: str | None, hide: Callable[[str], str]) -> str | None:
    return None if value is None else hide(value)


def _nearest(
    looked: Looked, now: Mapping[str, str], stored: list[Entry], workflow: str
) -> tuple[Entry | None, dict[str, str]]:
    """Return the result with the fewest different parts, the newest of several, with its parts.

    A result for just what the step is now comes first; results of another workflow file come last.
    """
    key = looked.ticket.key if looked.ticket else ""
    best: tuple[tuple[bool, bool, int, float], Entry, dict[str, str]] | None = None
    for entry in stored:
        parts = unpacked(entry.parts)
        if parts is None:
            continue
        different = sum(now.get(name) != parts.get(name) for name in {*now, *parts})
        rank = (entry.key != key, entry.workflow != workflow, different, -entry.created_at)
        if best is None or rank < best[0]:
            best = (rank, entry, parts)
    return (None, {}) if best is None else (best[1], best[2])


def _results(lookup: Lookup, steps: Container[str]) -> dict[str, list[Entry]]:
    """Return all stored results of some steps."""
    found: dict[str, list[Entry]] = {}
    rows = lookup.store.records.keys()
    for keys in _batches(row.key for row in rows):
        for key, record in lookup.store.records.get_many(keys).items():
            entry = unpack(key, record, lookup.store.blobs)
            if entry is not None and entry.step in steps:
                found.setdefault(entry.step, []).append(entry)
    return found


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while batch := list(islice(rest, _BATCH)):
        yield batch
