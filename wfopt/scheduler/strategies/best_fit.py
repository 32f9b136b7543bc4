"""The strategy `best-fit`."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.graph.order import remaining
from wfopt.scheduler.base import Demands, Facts, View, first_fit


class BestFit:
    """Start, one after another, the ready steps that fill best what is free.

    Each step is scored by what it takes of each resource times what is free of it, both as shares of what
    there is, summed up (alignment: Tetris, Grandl 2014): where much memory is left, a step that wants memory
    goes first. Steps that score the same go by the longest chain of work behind them.

    Example:
        Free are 2 of 4 cpus and 12 of 16 GiB; ready are `compile` with 2 cpus and 1 GiB, and `link` with 1
        cpu and 10 GiB: `link` starts first, since memory is what there is most of.

    When it does not apply: with one kind of demand all steps score the same, and it is `critical-path`; it
    knows nothing of time, so it may pack small steps of a long chain last.
    """

    name = "best-fit"

    def ranks(self, facts: Facts) -> Sequence[float]:
        return [-rank for rank in remaining(facts.dag, facts.weights)]

    def pick(self, view: View) -> Sequence[int]:
        facts = view.facts
        if facts is None or facts.demands is None:
            return first_fit(view)
        demands = facts.demands
        free = list(demands.capacity)
        for node in view.running:
            _subtract(free, demands.rows[demands.kinds[node]])
        weights = _weights(demands)
        lines: dict[int, list[int]] = {}
        for node in reversed(view.ready):
            lines.setdefault(demands.kinds[node], []).append(node)
        place = {node: at for at, node in enumerate(view.ready)}
        picked: list[int] = []

        def score(kind: int) -> tuple[float, int]:
            row = demands.rows[kind]
            aligned = sum(map(_product, row, free, weights))
            return aligned, -place[lines[kind][-1]]

        while lines and not view.room.full:
            kind = max(lines, key=score)
            node = lines[kind].pop()
            if view.room.take(node):
                picked.append(node)
                _subtract(free, demands.rows[kind])
            else:
                lines[kind].clear()
            if not lines[kind]:
                del lines[kind]
        return picked


def _weights(demands: Demands) -> list[float]:
    """Return what turns an amount of each resource times another into shares; slots and cells are rules."""
    return [
        0.0 if name == "slots" or name.startswith("matrix:") or not amount else 1 / amount**2
        for name, amount in zip(demands.resources, demands.capacity, strict=True)
    ]


def _subtract(free: list[int], row: Sequence[int]) -> None:
    for place, amount in enumerate(row):
        free[place] -= amount


def _product(amount: int, free: int, weight: float) -> float:
    return amount * free * weight
