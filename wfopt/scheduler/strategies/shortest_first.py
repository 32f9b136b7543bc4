"""The strategy `shortest-first`."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.scheduler.base import Facts, View, first_fit


class ShortestFirst:
    """Start the ready step that is expected to end first.

    Of independent steps on one slot this makes the mean end as early as possible (Smith 1956): most results,
    and most failures, are seen soon.

    Example:
        Ready are `package` of 60 s and `lint` of 2 s; one slot is free: `lint` starts, and whoever waits
        for its verdict has it after 2 s instead of 62.

    When it does not apply: the long steps are left for the end, when the slots beside them have nothing to
    do, so the run as a whole takes longer; without known durations all steps count as one.
    """

    name = "shortest-first"

    def ranks(self, facts: Facts) -> Sequence[float]:
        return facts.weights

    def pick(self, view: View) -> Sequence[int]:
        return first_fit(view)
