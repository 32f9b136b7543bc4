"""Makes samples of what history remembers of a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wfopt.dataclass import dataclass, field
from wfopt.model.history import PastAttempt, PastRun
from wfopt.model.outcome import LimitKind, StepStatus
from wfopt.predictor.base import BYTES, NAMED, NO_FEATURES, Sample

_SHORTEST = 1e-3
"""No attempt had its memory for a shorter time, in seconds."""

_ENDED = frozenset({StepStatus.SUCCEEDED, StepStatus.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPast:
    """What a prediction of one step rests on.

    Attributes:
        walls: seconds of attempts, in order of time.
        peaks: bytes of their peaks, in order of time.
        attempts: how many attempts ended on their own, well or not.
        failures: how many of those failed.
        hint_s: how long the file says that it takes, or None.
        upcoming: what is known of the work of the run to come, such as `{"bytes": 5e6}`.
    """

    walls: Sequence[Sample] = ()
    peaks: Sequence[Sample] = ()
    attempts: int = 0
    failures: int = 0
    hint_s: float | None = None
    upcoming: Mapping[str, float] = field(default_factory=dict)


def host_name(run: PastRun) -> str:
    """Return what tells machines apart whose durations cannot be compared: the name and the cpus in use."""
    return f"{run.host.name}/{min(run.cpus, run.host.cpus):g}"


def features_of(input_bytes: int | None, sizes: Mapping[str, float]) -> Mapping[str, float]:
    """Return what models may look at, the size of declared inputs first.

    Args:
        input_bytes: of declared inputs, or None.
        sizes: those that the file names, by their names.
    """
    if input_bytes is None and not sizes:
        return NO_FEATURES
    usual = {} if input_bytes is None else {BYTES: float(input_bytes)}
    return {**usual, **{NAMED + name: size for name, size in sizes.items()}}


def past_of(
    attempts: Iterable[tuple[int, str, PastAttempt]],
    *,
    hint_s: float | None = None,
    upcoming: Mapping[str, float] = NO_FEATURES,
) -> StepPast:
    """Return the past of a step.

    What came from the cache and what was never started say nothing of durations. Attempts that failed or were
    stopped would have taken longer: their values are lower bounds, but for the peak of one that ended well.

    Args:
        attempts: the number of the run, the host as of `host_name`, and the attempt, in order of time.
        hint_s: how long the file says that it takes, or None.
        upcoming: what is known of the work of the run to come.
    """
    walls: list[Sample] = []
    peaks: list[Sample] = []
    ended = failures = 0
    for run, host, each in attempts:
        status = each.status
        if each.wall_s is None or status is StepStatus.CACHED:
            continue
        good = status is StepStatus.SUCCEEDED
        if status in _ENDED:
            ended += 1
            failures += not good
        size = each.input_bytes
        features = features_of(size, each.sizes)
        walls.append(Sample(each.wall_s, run, features, host, not good))
        if each.peak_memory_bytes:
            peak = float(each.peak_memory_bytes)
            if each.limit is not None and each.limit.kind is LimitKind.MEMORY:
                peak = max(peak, each.limit.limit)
            peaks.append(Sample(peak, run, features, "", not good, weight=max(each.wall_s, _SHORTEST)))
    return StepPast(
        walls=walls, peaks=peaks, attempts=ended, failures=failures, hint_s=hint_s, upcoming=upcoming
    )
