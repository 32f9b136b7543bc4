"""Which failures skip a step although the run goes on, by what its edges hand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wfopt.graph.order import dag_of, topological
from wfopt.model.workflow import Origin, Workflow
from wfopt.optimizer.freedom import watches_status


def skipped_by(workflow: Workflow, members: Sequence[Sequence[int]], size: int) -> list[int]:
    """Return, for each member, those whose failure skips it, or undoes what it did, as bits.

    A failure skips whatever waits for the failed step. From there skipping spreads over what is written, not
    over an order that only files ask for; but in a list a step is skipped if anything above has failed.

    Args:
        workflow: the workflow; its steps must not wait for each other.
        members: for each of its steps the numbers of those whose work it does.
        size: how many numbers there are.
    """
    places = {step.id: place for place, step in enumerate(workflow.steps)}
    edges = [(places[edge.before], places[edge.after], edge.origin) for edge in workflow.edges]
    dag = dag_of(len(places), [(before, after) for before, after, _ in edges])
    order, origins = topological(dag), {(before, after): origin for before, after, origin in edges}
    own = [sum(1 << each for each in numbers) for numbers in members]
    above = [0] * len(places)
    for node in order:
        for each in dag.before[node]:
            above[node] |= above[each] | own[each]
    overtaken = [[places[each] for each in step.ahead_of if each in places] for step in workflow.steps]
    goes_on = [watches_status(step) for step in workflow.steps]

    def reached(node: int, found: Sequence[int]) -> int:
        bits = 0
        for each in () if goes_on[node] else dag.before[node]:
            origin = origins[each, node]
            bits |= own[each]
            bits |= found[each] if Origin.WRITTEN in origin else 0
            bits |= above[each] if Origin.LIST in origin else 0
        for each in overtaken[node]:
            bits |= own[each] | found[each]
        return bits

    return by_member(settled(order, reached), members, size)


def settled(order: Sequence[int], reached: Callable[[int, Sequence[int]], int]) -> list[int]:
    """Return what each node reaches, as bits, where that depends on what others reach.

    One pass is enough, but for steps that others overtake: these may come later in the order.

    Args:
        order: all nodes, each behind those that it waits for.
        reached: tells what a node reaches by what all nodes are known to reach so far.
    """
    found, is_settled = [0] * len(order), False
    while not is_settled:
        is_settled = True
        for node in order:
            bits = found[node] | reached(node, found)
            if bits != found[node]:
                found[node], is_settled = bits, False
    return found


def by_member(found: Sequence[int], members: Sequence[Sequence[int]], size: int) -> list[int]:
    """Return what was found of each node for each number whose work it does; 0 for what nobody does."""
    by_number = [0] * size
    for bits, numbers in zip(found, members, strict=True):
        for each in numbers:
            by_number[each] = bits
    return by_number
