"""The strategy `priority`."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.scheduler.base import Facts, View, first_fit


class Priority:
    """Start ready steps by their `priority:`, the largest first.

    For whoever knows what matters more than the end of the whole run: the step that others look at first, or
    the one most likely to fail. Steps that do not say have priority 0; ties go in file order.

    Example:
        Ready are `docs` and, with `priority: 5`, `smoke-test`; one slot is free: `smoke-test` starts,
        although `docs` stands first in the file.

    When it does not apply: a priority counts only among the steps that are ready. A step does not hand it on
    to those that it waits for; give these one, too.
    """

    name = "priority"

    def ranks(self, facts: Facts) -> Sequence[float]:
        return [-float(priority) for priority in facts.priorities or (0,) * len(facts.dag)]

    def pick(self, view: View) -> Sequence[int]:
        return first_fit(view)
