"""What the history tells of the steps that are to be predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from wfopt.model.history import PastAttempt, PastRun
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import Step, StepId
from wfopt.predictor.base import BYTES, NO_FEATURES
from wfopt.predictor.medians import median
from wfopt.predictor.past import StepPast, host_name, past_of

Attempts = Mapping[StepId, Sequence[tuple[int, str, PastAttempt]]]
"""The attempts of each step: the number of the run, the machine, the attempt; in order of time."""

_LEAST_WALL_S = 0.01
"""Of what is shorter, nobody knows how busy it kept the cpus."""


def attempts_in(runs: Iterable[tuple[PastRun, Sequence[PastAttempt]]]) -> Attempts:
    """Return the attempts of each step.

    Args:
        runs: each with its attempts, the newest last.
    """
    found: dict[StepId, list[tuple[int, str, PastAttempt]]] = {}
    for number, (run, attempts) in enumerate(runs):
        host = host_name(run)
        for each in attempts:
            found.setdefault(each.step, []).append((number, host, each))
    return found


def pasts_of(
    steps: Iterable[Step], attempts: Attempts, size_of: Callable[[Step], int | None]
) -> dict[StepId, StepPast]:
    """Return what predictions of steps rest on.

    Args:
        steps: which.
        attempts: of all steps.
        size_of: measures the declared inputs of a step; asked where they were measured before.
    """
    return {step.id: _past_of(step, attempts.get(step.id, ()), size_of) for step in steps}


def cpu_shares(attempts: Attempts) -> dict[StepId, float]:
    """Return how many cpus each step usually keeps busy, as far as that was measured."""
    found: dict[StepId, float] = {}
    for step, past in attempts.items():
        shares = [
            each.cpu_s / each.wall_s
            for _, _, each in past
            if each.status is StepStatus.SUCCEEDED
            and each.cpu_s is not None
            and each.wall_s is not None
            and each.wall_s >= _LEAST_WALL_S
        ]
        if shares:
            found[step] = median(shares)
    return found


def _past_of(
    step: Step, attempts: Sequence[tuple[int, str, PastAttempt]], size_of: Callable[[Step], int | None]
) -> StepPast:
    size = size_of(step) if any(each.input_bytes is not None for _, _, each in attempts) else None
    upcoming = NO_FEATURES if size is None else {BYTES: float(size)}
    return past_of(attempts, hint_s=step.expected_s, upcoming=upcoming)
