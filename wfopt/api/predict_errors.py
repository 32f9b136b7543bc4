"""How far off answers about whole runs were: what the interval of the next one rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

from wfopt.api.knowledge import Past
from wfopt.api.predict_case import Case
from wfopt.api.predict_play import Play
from wfopt.api.prepare import dag_of_workflow
from wfopt.dataclass import dataclass
from wfopt.graph.order import Dag
from wfopt.model.history import Ending, PastAttempt, PastRun
from wfopt.model.quantiles import median
from wfopt.model.workflow import StepId
from wfopt.predictor.drift import drift_of, overhead_of
from wfopt.resources.pool import Capacity

_REPLAYED = 15
"""So many of the newest runs are played again."""

_WARMING = 5
"""One in so many of those only tells what starting steps costs, before that is believed in an answer."""

_BUDGET = 4000
"""So many steps, in all replays together, are played again at most."""

_FEWEST = 2
"""A run is predicted again if so many runs went before it."""

_NEWEST = 5
"""Durations are predicted again by the median of so many runs before."""

_LEAST_S = 1e-3


@dataclass(frozen=True, slots=True)
class Errors:
    """What past runs tell of the schedule of a workflow.

    Attributes:
        errors: the logarithms of the real over the expected seconds.
        overheads: the logarithms of the real seconds over those of a schedule of the real durations.
        drifts: as `errors`, of the answers that were kept, had none been corrected for what was off before.
    """

    errors: tuple[float, ...] = ()
    overheads: tuple[float, ...] = ()
    drifts: tuple[float, ...] = ()

    @property
    def correction(self) -> float:
        """The logarithm of the factor by which the schedule of expected durations is too short."""
        return overhead_of(self.overheads) + drift_of(self.drifts)


def errors_of(case: Case, past: Past, believed: Mapping[StepId, float]) -> Errors:
    """Return how far off answers about past runs of a workflow were.

    The answer is the one that was kept of the time before the run; without one the run is played again with
    the medians of the runs before it. Only runs that ended well and had no other steps than the workflow of
    today count, each on its own machine.

    Args:
        case: the workflow as it is now, and its strategy.
        past: its runs.
        believed: what is expected of the steps.
    """
    replays = _Replays(case, believed)
    count = min(_REPLAYED, max(2, _BUDGET // max(1, 2 * len(case.workflow.steps))))
    first = max(0, len(past.runs) - count)
    warm = first + count // _WARMING if first else _FEWEST
    errors: list[float] = []
    overheads: list[float] = []
    drifts: list[float] = []
    walls: dict[StepId, list[float]] = {}
    for number, (run, attempts) in enumerate(past.runs):
        taken = _taken(attempts)
        if number >= first and replays.suits(run, taken):
            real = replays.seconds(run, taken)
            if number >= max(_FEWEST, warm):
                error = _error(run, replays, taken, walls, overheads)
                if error is not None:
                    errors.append(error)
                    if run.foreseen is not None:
                        drifts.append(error + run.foreseen.drift)
            overheads.append(log(max(run.wall_s, _LEAST_S) / max(real, _LEAST_S)))
        for step, seconds in taken.items():
            walls.setdefault(step, []).append(seconds)
    return Errors(tuple(errors), tuple(overheads), tuple(drifts))


def _error(
    run: PastRun,
    replays: _Replays,
    taken: Mapping[StepId, float],
    walls: Mapping[StepId, Sequence[float]],
    overheads: Sequence[float],
) -> float | None:
    """Return the error of one run, or None if it could not have been predicted."""
    wall = log(max(run.wall_s, _LEAST_S))
    if run.foreseen is not None and run.foreseen.expected_s > 0:
        return wall - log(max(run.foreseen.expected_s, _LEAST_S))
    if any(step not in walls for step in taken):
        return None
    said = replays.seconds(run, {step: median(walls[step][-_NEWEST:]) for step in taken})
    return wall - log(max(said, _LEAST_S)) - overhead_of(overheads)


class _Replays:
    """Plays past runs again, each on its own machine."""

    def __init__(self, case: Case, believed: Mapping[StepId, float]) -> None:
        workflow = case.workflow
        self._case = case
        self._believed = believed
        self._ids = [step.id for step in workflow.steps]
        self._last = frozenset(step.id for step in workflow.finally_steps)
        self._known = self._last | frozenset(self._ids)
        self._dag: Dag = dag_of_workflow(workflow)
        self._plays: dict[tuple[int, float], Play] = {}

    def suits(self, run: PastRun, taken: Mapping[StepId, float]) -> bool:
        """Return whether a run tells anything of the workflow of today."""
        ended = run.ending is Ending.SUCCEEDED and run.wall_s > 0
        return ended and any(taken.values()) and taken.keys() <= self._known

    def seconds(self, run: PastRun, taken: Mapping[StepId, float]) -> float:
        """Return how long a run takes whose steps take these seconds, and the others none."""
        machine = (max(1, run.slots), run.cpus)
        play = self._plays.get(machine)
        if play is None:
            capacity = Capacity(
                slots=machine[0],
                cpu_milli=max(1, round(run.cpus * 1000)),
                tokens=self._case.capacity.tokens,
            )
            play = Play(self._case.workflow.steps, self._dag, capacity, self._case.strategy, self._believed)
            self._plays[machine] = play
        last = [seconds for step, seconds in taken.items() if step in self._last]
        return play.makespan([*(taken.get(step, 0.0) for step in self._ids), *last])


def _taken(attempts: Sequence[PastAttempt]) -> dict[StepId, float]:
    """Return how many seconds each step took in all its attempts."""
    found: dict[StepId, float] = {}
    for each in attempts:
        if each.wall_s is not None:
            found[each.step] = found.get(each.step, 0.0) + each.wall_s
    return found
