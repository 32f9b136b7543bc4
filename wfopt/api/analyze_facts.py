"""What an analysis tells of a workflow beside its findings: shape, bounds, cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from wfopt.analyzer.base import Case
from wfopt.analyzer.report import Cost, Graph, Machine
from wfopt.dataclass import replace
from wfopt.graph.timing import Timing
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Facts, Strategy
from wfopt.scheduler.bounds import lower_bounds, path_bound
from wfopt.scheduler.facts import facts_of
from wfopt.scheduler.simulate import simulate

MOST_CPUS = 1024
"""No larger machine is looked at."""

LEAST_CPUS = 4
"""Machines up to this size are looked at even if more cpus change nothing."""

CLOSE_STEPS = 2000
"""With more steps, only the machine that is meant gets the close bound: of 10,000 it takes half a second."""

_SAME = 1 + 1e-9


def graph_of(case: Case) -> Graph:
    """Return the shape of a workflow."""
    timing, steps = case.timing, case.workflow.steps
    return Graph(
        steps=len(steps),
        edges=len(case.workflow.edges),
        depth=len(timing.levels),
        width=max(map(len, timing.levels), default=0),
        work=timing.work,
        critical=timing.critical,
        path=tuple(steps[node].id for node in timing.path),
        timed=case.timed,
        basis=case.basis,
        slacks={step.id: slack for step, slack in zip(steps, timing.slacks, strict=True)},
        profile=tuple(_profile(timing)),
    )


def _profile(timing: Timing) -> Iterator[tuple[int, float]]:
    """Yield how many steps run at once, and for what share of the time, if each starts as early as it can."""
    changes: defaultdict[float, int] = defaultdict(int)
    for start, weight in zip(timing.starts, timing.weights, strict=True):
        if weight > 0:
            changes[start] += 1
            changes[start + weight] -= 1
    spans: defaultdict[int, float] = defaultdict(float)
    running, last = 0, 0.0
    for moment in sorted(changes):
        spans[running] += moment - last
        running, last = running + changes[moment], moment
    for count in sorted(spans):
        share = spans[count] / timing.critical
        if share > 0:
            yield count, share


def machines_of(case: Case, meant: Capacity, strategy: Strategy) -> tuple[Machine, ...]:
    """Return what a workflow takes on machines of more and more cpus, until more do not help.

    The steps' demands count: cpus, named resources, limits of matrices; and memory, if a step asks for some:
    every machine then has as much as the one that is meant, or as the largest request.

    Args:
        case: the workflow with its durations.
        meant: the machine that the options mean; it is among them.
        strategy: decides who starts first.
    """
    asked = [step.request.memory_bytes for step in case.workflow.steps if step.request.memory_bytes]
    memory = max(meant.memory_bytes or 0, *asked) if asked else None
    tokens = case.workflow.tokens
    here = replace(meant, memory_bytes=memory, tokens=tokens)
    machines = [_machine(case, here, strategy, close=True, meant=True)]
    largest = max((step.request.cpu_milli for step in case.workflow.steps), default=0)
    cpus, last = 1, float("inf")
    while cpus <= MOST_CPUS:
        capacity = Capacity(slots=cpus, cpu_milli=cpus * 1000, memory_bytes=memory, tokens=tokens)
        close = len(case.workflow.steps) <= CLOSE_STEPS
        found = machines[0] if capacity == here else _machine(case, capacity, strategy, close=close)
        if found is not machines[0]:
            machines.append(found)
        # Of a step that asks for more than there is, nothing is gained before it gets all of that.
        is_last = found.makespan <= case.timing.critical * _SAME or (
            found.makespan * _SAME >= last and cpus * 1000 >= 2 * largest
        )
        if is_last and cpus >= LEAST_CPUS:
            break
        cpus, last = cpus * 2, found.makespan
    return tuple(sorted(machines, key=lambda each: (each.cpus, each.meant)))


def _machine(
    case: Case, capacity: Capacity, strategy: Strategy, *, close: bool, meant: bool = False
) -> Machine:
    timing = case.timing
    facts = replace(
        facts_of(case.workflow.steps, timing.dag, capacity), weights=timing.weights, timed=case.timed
    )
    if capacity.slots == 1 or not case.workflow.steps:
        # One after another: there is nothing to decide.
        bound = makespan = timing.work
    else:
        bound = lower_bounds(facts).best_s if close else _plain_bound(facts)
        makespan = max(bound, simulate(facts, strategy).makespan)
    return Machine(
        cpus=min(capacity.cpu_milli / 1000, float(capacity.slots)),
        bound=bound,
        makespan=makespan,
        ceiling=timing.work / bound if bound > 0 else 1.0,
        speedup=timing.work / makespan if makespan > 0 else 1.0,
        meant=meant,
    )


def _plain_bound(facts: Facts) -> float:
    """Return the larger of the longest chain and the time for which the scarcest resource is taken."""
    loads: Sequence[float] = ()
    if facts.demands is not None:
        taken: defaultdict[int, float] = defaultdict(float)
        for kind, seconds in zip(facts.demands.kinds, facts.weights, strict=True):
            taken[kind] += seconds
        loads = [
            sum(seconds * facts.demands.rows[kind][place] for kind, seconds in taken.items()) / amount
            for place, amount in enumerate(facts.demands.capacity)
            if amount
        ]
    return max(path_bound(facts.dag, facts.weights), *loads)


def cost_of(case: Case) -> Cost:
    """Return what a run costs, as far as durations are known."""
    if not case.timed:
        return Cost()
    reserved = used = reserved_told = 0.0
    told = 0
    for step in case.workflow.steps:
        asked = case.seconds(step.id) * step.request.cpu_milli / 1000
        reserved += asked
        cpu_s = case.knowledge.of(step.id).cpu_s
        if cpu_s is not None:
            told, used, reserved_told = told + 1, used + cpu_s, reserved_told + asked
    if not told:
        return Cost(reserved=reserved)
    return Cost(reserved=reserved, used=used, told=told, reserved_told=reserved_told)
