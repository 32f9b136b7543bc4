"""What the history tells of the steps that are to be predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from wfopt.cache.counting import counted
from wfopt.cache.sizes import InputSizes
from wfopt.model.estimates import Basis
from wfopt.model.history import PastAttempt, PastRun
from wfopt.model.outcome import StepStatus
from wfopt.model.quantiles import median
from wfopt.model.workflow import Step, StepId
from wfopt.predictor.base import NO_FEATURES
from wfopt.predictor.past import StepPast, features_of, host_name, past_of
from wfopt.predictor.predict import Outlook
from wfopt.predictor.widths import AS_THEY_ARE, Widths, next_width

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
    steps: Iterable[Step], attempts: Attempts, measure: Callable[[Step], Mapping[str, float]]
) -> dict[StepId, StepPast]:
    """Return what predictions of steps rest on.

    Args:
        steps: which.
        attempts: of all steps.
        measure: finds out the sizes of the inputs of a step; asked where they were measured before.
    """
    return {step.id: _past_of(step, attempts.get(step.id, ()), measure) for step in steps}


def widths_in(runs: Sequence[tuple[PastRun, Sequence[PastAttempt]]]) -> Widths:
    """Return by how much wider intervals are to be, from how those of the newest run that has some did.

    Args:
        runs: each with its attempts, the newest last.
    """
    for run, _ in reversed(runs):
        if run.foreseen is not None:
            return Widths(run.foreseen.wall_width, run.foreseen.memory_width)
    return AS_THEY_ARE


def widths_after(widths: Widths, outlook: Outlook, attempts: Iterable[PastAttempt]) -> Widths:
    """Return by how much wider intervals are to be after a run.

    Args:
        widths: how much wider they were in it.
        outlook: what was expected of its steps, with intervals at the level that is counted.
        attempts: of the run.
    """
    walls: list[bool] = []
    peaks: list[bool] = []
    for each in attempts:
        expected = outlook.steps.get(each.step)
        if expected is None or each.status is not StepStatus.SUCCEEDED or not each.wall_s:
            continue
        if expected.wall is not None and expected.wall.basis is Basis.MEASURED:
            walls.append(expected.wall.low <= each.wall_s <= expected.wall.high)
        if expected.memory is not None and each.peak_memory_bytes:
            peaks.append(expected.memory.low <= each.peak_memory_bytes <= expected.memory.high)
    return Widths(
        next_width(widths.wall, sum(walls), len(walls)), next_width(widths.memory, sum(peaks), len(peaks))
    )


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
    step: Step,
    attempts: Sequence[tuple[int, str, PastAttempt]],
    measure: Callable[[Step], Mapping[str, float]],
) -> StepPast:
    was_measured = any(each.input_bytes is not None or each.sizes for _, _, each in attempts)
    upcoming = measure(step) if was_measured else NO_FEATURES
    return past_of(attempts, hint_s=step.expected_s, upcoming=upcoming)


def measured_now(workspace: str) -> Callable[[Step], Mapping[str, float]]:
    """Return what measures the inputs of steps as they are right now.

    Args:
        workspace: its absolute path.
    """
    sizes = InputSizes(workspace)
    return lambda step: features_of(sizes.of(step.inputs, None), counted(workspace, step.sizes))
