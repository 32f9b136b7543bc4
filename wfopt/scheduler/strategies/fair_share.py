"""The strategy `fair-share`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfopt.scheduler.base import Facts, View, dominant_shares, first_fit


class FairShare:
    """Start a step of the group that has had least so far.

    A group is a matrix, what one file was included as, or all other steps. Each step is charged the seconds
    that it runs, or is expected to run, times the largest share of any resource that it takes (dominant
    resource fairness: Ghodsi 2011). Within a group the order of the file counts.

    Example:
        Ready are 40 cells of the matrix `fuzz` and, further down in the file, 2 of `test`; two slots are
        free: one cell of each starts, and `test` need not wait for all of `fuzz`.

    When it does not apply: what is fair delays the end of the run if one group has the longest chain; with a
    single group it is `fifo`.
    """

    name = "fair-share"
    between_groups = True

    def ranks(self, facts: Facts) -> Sequence[float]:
        return (0.0,) * len(facts.dag)

    def pick(self, view: View) -> Sequence[int]:
        facts = view.facts
        if facts is None or facts.demands is None or not facts.groups:
            return first_fit(view)
        shares, kinds = dominant_shares(facts.demands), facts.demands.kinds

        def charge(node: int, elapsed: float) -> float:
            return shares[kinds[node]] * max(elapsed, facts.weights[node])

        charged = dict(view.used)
        for node, start in view.running.items():
            group = facts.groups[node]
            charged[group] = charged.get(group, 0.0) + charge(node, view.now - start)
        lines = _lines(view.ready, facts.groups)
        picked: list[int] = []
        while lines and not view.room.full:
            # Ties go to the group whose first step stands first in the file: `lines` are in this order.
            group = min(lines, key=lambda name: charged.get(name, 0.0))
            taken = next((node for node in lines[group] if view.room.take(node)), None)
            if taken is None:
                del lines[group]
            else:
                picked.append(taken)
                charged[group] = charged.get(group, 0.0) + charge(taken, 0.0)
        return picked


def _lines(ready: Sequence[int], groups: Sequence[str]) -> dict[str, Iterator[int]]:
    """Return the ready nodes of each group, best first."""
    lines: dict[str, list[int]] = {}
    for node in ready:
        lines.setdefault(groups[node], []).append(node)
    return {group: iter(nodes) for group, nodes in lines.items()}
