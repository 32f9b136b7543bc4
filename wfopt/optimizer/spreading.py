"""Which failures skip a step although the run goes on, by what its edges hand on."""

from __future__ import annotations

from collections.abc import Sequence

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
    found, is_settled = [0] * len(places), False
    # Who is overtaken may come later in the order.
    while not is_settled:
        is_settled = True
        for node in order:
            bits = found[node]
            for each in () if goes_on[node] else dag.before[node]:
                origin = origins[each, node]
                bits |= own[each]
                bits |= found[each] if Origin.WRITTEN in origin else 0
                bits |= above[each] if Origin.LIST in origin else 0
            for each in overtaken[node]:
                bits |= own[each] | found[each]
            if bits != found[node]:
                found[node], is_settled = bits, False
    by_number = [0] * size
    for node, numbers in enumerate(members):
        for each in numbers:
            by_number[each] = found[node]
    return by_number
