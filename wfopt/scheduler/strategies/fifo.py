"""The strategy `fifo`."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.scheduler.base import Facts, View, first_fit


class Fifo:
    """Start ready steps in the order of the file.

    Predictable, and right when the file's author has already put the important steps first. With one
    slot the steps run exactly in file order, as far as their needs allow.

    Example:
        Ready are `lint`, `build` and `docs`, in this order in the file, and two slots are free:
        `lint` and `build` start.

    When it does not apply: a long chain that stands last in the file starts last; use `critical-path`.
    """

    name = "fifo"

    def ranks(self, facts: Facts) -> Sequence[float]:
        return (0.0,) * len(facts.dag)

    def pick(self, view: View) -> Sequence[int]:
        return first_fit(view)
