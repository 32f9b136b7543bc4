"""Makes stories of runs out of what foreign programs wrote down: what all formats have in common."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence

from wfopt.dataclass import dataclass
from wfopt.graph.order import dag_of, heaviest_path
from wfopt.model.history import Ending, Host, PastAttempt, PastRun, Revision, RunStory, Shape
from wfopt.model.lanes import slots_of
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

_UNKNOWN_HOST = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One run, as a foreign format tells it.

    Attributes:
        origin: the name of the format.
        identity: what makes this run the same run whenever it is imported.
        workflow: what the format calls the workflow.
        shape: the graph, as far as it is known.
        attempts: of all steps; whether they are critical is found out here.
        started_at: seconds since the epoch, or 0 if that is not known.
        wall_s: seconds from start to end, or None for the end of the last attempt.
        ending: how it ended.
        host: where it ran; with 0 cpus if their number is not known.
        revision: what was checked out.
        counted: the steps whose times count for the run: those that are not part of another one.
    """

    origin: str
    identity: Sequence[object]
    workflow: str
    shape: Shape
    attempts: tuple[PastAttempt, ...]
    started_at: float
    wall_s: float | None = None
    ending: Ending = Ending.SUCCEEDED
    host: Host = Host(name=_UNKNOWN_HOST, cpus=0)
    revision: Revision = Revision()
    counted: frozenset[StepId] | None = None


def story_of(account: Account) -> RunStory:
    """Return the story of a run: its totals, its critical path, and an id that is always the same."""
    parts = account.counted
    counted = [each for each in account.attempts if parts is None or each.step in parts]
    path, path_s = _critical(account.shape, counted)
    slots = max(slots_of(counted), default=-1) + 1
    largest = max((each.cpu_milli for each in counted), default=0)
    cpus = account.host.cpus or max(1, slots, math.ceil(largest / 1000))
    host = Host(name=account.host.name, cpus=cpus, memory_bytes=account.host.memory_bytes)
    ends = [(each.started_s or 0.0) + (each.wall_s or 0.0) for each in account.attempts]
    wall_s = max(ends, default=0.0) if account.wall_s is None else account.wall_s
    reserved = sum(each.cpu_milli / 1000 * (each.wall_s or 0.0) for each in counted)
    run = PastRun(
        run_id=f"import-{account.origin}-{_digest(account.identity)[:12]}",
        workflow=account.workflow,
        content=_digest([account.shape.steps, account.shape.edges]),
        revision=account.revision,
        host=host,
        cpus=float(cpus),
        slots=max(1, slots if account.host.cpus == 0 else min(slots, cpus)),
        strategy="unknown",
        origin=account.origin,
        ending=account.ending,
        exit_code=None,
        started_at=account.started_at,
        wall_s=wall_s,
        cpu_s=sum(each.cpu_s or 0.0 for each in counted),
        peak_memory_bytes=max((each.peak_memory_bytes or 0 for each in counted), default=0) or None,
        reserved_cpu_s=reserved,
        critical_path_s=path_s,
        # A machine that did more work than it had cpus for had more of them than the record says.
        lower_bound_s=max(path_s, min(reserved / cpus, wall_s)),
    )
    marked = [
        each._replace(critical=True) if each.step in path and each.wall_s is not None else each
        for each in account.attempts
    ]
    return RunStory(run=run, shape=account.shape, attempts=tuple(marked))


def host_of(names: Iterable[str], cpus: int = 0, memory_bytes: int | None = None) -> Host:
    """Return a host that stands for one machine or several; the same machines make the same name."""
    known = sorted({name for name in names if name})
    match known:
        case []:
            name = _UNKNOWN_HOST
        case [name]:
            pass
        case _:
            name = f"{known[0]} and {len(known) - 1} more"
    return Host(name=name, cpus=cpus, memory_bytes=memory_bytes)


def numbered(names: Iterable[str]) -> list[StepId]:
    """Return a step id for each name: the name itself, or `name[1]`, `name[2]` where it stands several times.

    >>> numbered(["split", "blast", "blast"])
    ['split', 'blast[1]', 'blast[2]']
    """
    given = list(names)
    total = Counter(given)
    taken = {name for name, count in total.items() if count == 1}
    last: Counter[str] = Counter()
    found = []
    for name in given:
        step = name
        if total[name] > 1:
            # What another one is called already is left out.
            while step == name or step in taken:
                last[name] += 1
                step = f"{name}[{last[name]}]"
            taken.add(step)
        found.append(StepId(step))
    return found


def _critical(shape: Shape, attempts: Sequence[PastAttempt]) -> tuple[frozenset[StepId], float]:
    """Return the steps of the chain that took longest, and its seconds."""
    spent: dict[StepId, float] = {}
    for each in attempts:
        spent[each.step] = spent.get(each.step, 0.0) + (each.wall_s or 0.0)
    weights = [spent.get(step, 0.0) for step in shape.steps]
    path = heaviest_path(dag_of(len(shape.steps), shape.edges), weights)
    total = sum(weights[place] for place in path)
    if not total:
        return frozenset(), 0.0
    return frozenset(shape.steps[place] for place in path), total


def ending_of(attempts: Iterable[PastAttempt]) -> Ending:
    """Return how a run ended whose steps ended so."""
    statuses = {each.status for each in attempts if not each.allowed}
    if StepStatus.FAILED in statuses:
        return Ending.FAILED
    return Ending.CANCELLED if StepStatus.CANCELLED in statuses else Ending.SUCCEEDED


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
