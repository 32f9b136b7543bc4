"""The strategy `predictive`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfopt.graph.order import remaining
from wfopt.model.quantiles import median
from wfopt.scheduler.base import Facts, View, first_fit

_TOLERANCE = 0.2
"""A group that is less off than this, as a share, is as expected: machines vary that much."""


class Predictive:
    """Start the ready step with the longest chain of work behind it, and learn during the run.

    It begins like `critical-path`. When steps of a group (a matrix, an included file, or all others) take
    longer or shorter than expected, the rest of the group is expected to do so as well, by the middle one of
    the ratios so far, and all ranks are computed anew: after the first, second, fourth, eighth step of a
    group and so on.

    Example:
        The cells of `test` are expected to take 10 s and those of `build` 12 s, each before a step of its
        own. The first cell of `test` takes 30 s: from then on cells of `test` start before those of `build`.

    When it does not apply: if no durations are known, or if steps of a group have nothing in common; then one
    that happens to be slow puts others in front that are not, and `critical-path` is the better choice.
    """

    name = "predictive"

    def ranks(self, facts: Facts) -> Sequence[float]:
        return [-rank for rank in remaining(facts.dag, facts.weights)]

    def revise(
        self, facts: Facts, ratios: Mapping[str, Sequence[float]], group: str
    ) -> Sequence[float] | None:
        count = len(ratios[group])
        is_power_of_two = not count & (count - 1)
        if not is_power_of_two or not facts.timed or abs(median(ratios[group]) - 1) < _TOLERANCE:
            return None
        factors = {name: median(some) for name, some in ratios.items()}
        weights = [
            weight * factors.get(name, 1.0) for weight, name in zip(facts.weights, facts.groups, strict=True)
        ]
        return [-rank for rank in remaining(facts.dag, weights)]

    def pick(self, view: View) -> Sequence[int]:
        return first_fit(view)
