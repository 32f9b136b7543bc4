"""Makes the files that steps of any format declare fit the rules of the native format.

There, nobody declares what another step declares as an output, no step reads what it writes, and whoever
reads what another step writes waits for it. Declarations that break a rule are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wfopt.dataclass import replace
from wfopt.formats.native.edges import Data, EdgeSet, TooManyEdgesError
from wfopt.graph.order import dag_of, topological
from wfopt.model.workflow import Edge, Step, StepId

_MOST_ROUNDS = 100

Tell = Callable[[StepId, str], None]
"""Takes what is left out: the step, and what of it."""


def fitted(steps: Sequence[Step], edges: Sequence[Edge], tell: Tell) -> list[Step]:
    """Return steps whose declared files the native format takes."""
    # What several steps share must count once for each.
    found = [
        replace(step, outputs=tuple(replace(each) for each in step.outputs)) if step.outputs else step
        for step in steps
    ]
    if not any(step.outputs or step.inputs for step in steps):
        return found
    try:
        _drop_conflicts(found, tell)
        _drop_orders(found, edges, tell)
    except TooManyEdgesError:
        for place, step in enumerate(found):
            if step.inputs or step.outputs:
                tell(step.id, "`inputs` and `outputs`: there are too many to compare")
                found[place] = replace(step, inputs=None, outputs=None)
    return found


def _drop_conflicts(found: list[Step], tell: Tell) -> None:
    unordered = [(-1, 0)] * len(found)
    for _ in range(_MOST_ROUNDS):
        places = dict.fromkeys(conflict.second for conflict in Data(found, unordered).conflicts())
        if not places:
            return
        for place in places:
            tell(found[place].id, "`outputs`: another step writes the same")
            found[place] = replace(found[place], outputs=None)
    raise TooManyEdgesError


def _drop_orders(found: list[Step], edges: Sequence[Edge], tell: Tell) -> None:
    """Drop inputs that a step writes itself, or that would make it wait for yet another step."""
    index = {step.id: place for place, step in enumerate(found)}
    pairs = [(index[edge.before], index[edge.after]) for edge in edges]
    above = _ancestors(len(found), pairs)
    for _ in range(_MOST_ROUNDS):
        made = EdgeSet()
        own = Data(found, [(-1, 0)] * len(found)).link(made)
        places = dict.fromkeys(conflict.second for conflict in own)
        places |= dict.fromkeys(
            after if found[after].inputs else before
            for before, after in made.kinds
            if not above[after] >> before & 1
        )
        if not places:
            return
        for place in places:
            tell(found[place].id, "`inputs`: they would change the order of the steps")
            found[place] = replace(found[place], inputs=None)
    raise TooManyEdgesError


def _ancestors(size: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Return for each node, as bits of a number, all nodes that it waits for."""
    dag = dag_of(size, dict.fromkeys(pairs))
    found = [0] * size
    for node in topological(dag):
        for before in dag.before[node]:
            found[node] |= found[before] | 1 << before
    return found
