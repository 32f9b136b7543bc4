"""The strategy `longest-first`."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.scheduler.base import Facts, View, first_fit


class LongestFirst:
    """Start the ready step that is expected to end last.

    Of independent steps this is never more than a third longer than the best schedule (LPT: Graham 1969): the
    short steps that are left for the end fill the slots evenly.

    Example:
        Ready are `unit` and `style` of 2 s each and `browser` of 4 s; two slots are free: `browser` and
        `unit` start, then `style`, and all is over after 4 s instead of 6.

    When it does not apply: it does not see what stands behind a step, so a short step at the head of a long
    chain starts late; `critical-path` does. Without known durations all steps count as one.
    """

    name = "longest-first"

    def ranks(self, facts: Facts) -> Sequence[float]:
        return [-weight for weight in facts.weights]

    def pick(self, view: View) -> Sequence[int]:
        return first_fit(view)
