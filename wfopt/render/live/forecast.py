"""How long a run will still take, from the usual durations of its steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from wfopt.graph.order import Dag, remaining
from wfopt.render.live.view import Span


class Forecast:
    """Follows a run and says how long it will still take.

    No schedule of what is left ends before its longest chain, nor before all cpus have done their share; a
    schedule that leaves none idle while a step could run ends at the latest after that share and what the
    chain adds to it (Graham 1969). The likely end is the first bound, which critical-path schedules nearly
    reach. The ends of the interval take all steps as fast, or all as slow, as they ever usually are: what
    makes one of them slow, such as a busy machine, makes them all slow.

    Args:
        dag: the steps and what they wait for.
        usual: how long each step takes.
        slots: how many steps run at once.
    """

    def __init__(self, dag: Dag, usual: Sequence[Span], slots: int) -> None:
        self._slots = max(1, slots)
        self._weights = (
            [each.expected_s for each in usual],
            [each.low_s for each in usual],
            [each.high_s for each in usual],
        )
        self._ranks = tuple(remaining(dag, weights) for weights in self._weights)
        self._work = [sum(weights) for weights in self._weights]

    def leave(self, node: int) -> None:
        """Note that a step was started, or that it never will be."""
        for kind, weights in enumerate(self._weights):
            self._work[kind] -= weights[node]

    def come_back(self, node: int) -> None:
        """Note that a step that was started will be started again."""
        for kind, weights in enumerate(self._weights):
            self._work[kind] += weights[node]

    def left(self, ready: Collection[int], running: Mapping[int, float]) -> Span:
        """Return how long the rest will take.

        Args:
            ready: the steps that could start now.
            running: for each running step, the seconds since its start.
        """
        expected, low, high = (self._bounds(kind, ready, running) for kind in range(3))
        return Span(expected_s=expected[0], low_s=low[0], high_s=max(high))

    def _bounds(self, kind: int, ready: Collection[int], running: Mapping[int, float]) -> tuple[float, float]:
        """Return the least time that the rest can take, and the most if no cpu idles without need."""
        weights, ranks = self._weights[kind], self._ranks[kind]
        # What waits for other steps stands behind one of these.
        chain = max((ranks[node] for node in ready), default=0.0)
        work = max(0.0, self._work[kind])
        for node, elapsed in running.items():
            done = min(elapsed, weights[node])
            chain = max(chain, ranks[node] - done)
            work += weights[node] - done
        share = work / self._slots
        return max(chain, share), share + chain * (self._slots - 1) / self._slots
