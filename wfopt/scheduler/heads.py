"""How early a node can start at best, and how much follows it at least."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.graph.order import Dag, remaining, topological

_JOINS = 64
"""So many nodes are looked at closely: each costs a walk through all that is before it."""


def heads_of(dag: Dag, seconds: Sequence[float], loads: Sequence[Sequence[float]] = ()) -> list[float]:
    """Return, for each node, the seconds before which it cannot start.

    That is the longest chain before it (Kelley 1961). With `loads`, the seconds of each node times the share
    of a resource that it takes, one sequence a resource, there is more: all that is before a node must have
    found room. This is looked at where chains join, on the longest paths first.
    """
    joins = _joins(dag, seconds) if loads else frozenset[int]()
    heads = [0.0] * len(dag)
    for node in topological(dag):
        heads[node] = max((heads[first] + seconds[first] for first in dag.before[node]), default=0.0)
        if node in joins:
            earlier = sorted(_ancestors(dag, node), key=lambda each: -heads[each])
            heads[node] = max(heads[node], *(_packed(earlier, heads, load) for load in loads))
    return heads


def tails_of(dag: Dag, seconds: Sequence[float], loads: Sequence[Sequence[float]] = ()) -> list[float]:
    """Return, for each node, the seconds that follow its end at least; as `heads_of`, seen from the end."""
    return heads_of(Dag(before=dag.after, after=dag.before), seconds, loads)


def _packed(nodes: Sequence[int], heads: Sequence[float], load: Sequence[float]) -> float:
    """Return the first moment at which nodes, the latest ones first, can all have ended."""
    best = work = 0.0
    for node in nodes:
        work += load[node]
        best = max(best, heads[node] + work)
    return best


def _joins(dag: Dag, seconds: Sequence[float]) -> frozenset[int]:
    """Return the nodes with several before them that lie on the longest paths."""
    heads, ranks = heads_of(dag, seconds), remaining(dag, seconds)
    joins = [node for node, before in enumerate(dag.before) if len(before) > 1]
    joins.sort(key=lambda node: -(heads[node] + ranks[node]))
    return frozenset(joins[:_JOINS])


def _ancestors(dag: Dag, node: int) -> set[int]:
    """Return all that must end before a node starts."""
    found = set(dag.before[node])
    walk = list(found)
    while walk:
        new = set(dag.before[walk.pop()]) - found
        found |= new
        walk += new
    return found
