"""Whether runs, the history and what they rest on are in good shape: checks with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from wfopt.dataclass import dataclass
from wfopt.metrics.overview import Accuracy
from wfopt.model.history import Ending, PastRun, Point
from wfopt.model.quantities import format_size

NEWEST = 20
"""So many of the newest runs are judged."""

_FEWEST_RUNS = 5
_FEWEST_PREDICTIONS = 5
_MANY_FAILURES = 0.2
_MOST_FAILURES = 0.5
_LARGE_ERROR = 0.5
_FEW_INSIDE = 0.5
_TIGHT_BYTES = 2 << 30
_TIGHT_SHARE = 0.02
_FULL_BYTES = 256 << 20


class Condition(Enum):
    """How well something is, the best first; the value is the word that is printed."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


_ORDER = tuple(Condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what was looked at, one word.
        condition: how well it is.
        evidence: what was seen, in words.
    """

    name: str
    condition: Condition
    evidence: str


@dataclass(frozen=True, slots=True)
class Health:
    """All that was looked at."""

    checks: tuple[Check, ...]

    @property
    def condition(self) -> Condition:
        """The worst of all checks."""
        return max((check.condition for check in self.checks), key=_ORDER.index, default=Condition.HEALTHY)


def failures_check(points: Sequence[Point]) -> Check:
    """Judge how many of the newest runs have failed.

    Args:
        points: the runs, the newest last.
    """
    ended = [each.status for each in points[-NEWEST:] if each.status in _JUDGED]
    failed = ended.count(Ending.FAILED.value)
    condition = Condition.HEALTHY
    if len(ended) >= _FEWEST_RUNS and failed >= _MOST_FAILURES * len(ended):
        condition = Condition.UNHEALTHY
    elif len(ended) >= _FEWEST_RUNS and failed >= _MANY_FAILURES * len(ended):
        condition = Condition.DEGRADED
    evidence = f"{failed} of the newest {_runs(len(ended))} failed" if ended else "no run has ended yet"
    return Check(name="failures", condition=condition, evidence=evidence)


_JUDGED = frozenset((Ending.SUCCEEDED.value, Ending.FAILED.value))


def unfinished_check(points: Sequence[Point], running: str) -> Check:
    """Judge how many of the newest runs never ended.

    Args:
        points: the runs, the newest last.
        running: the id of the run that goes on, or "".
    """
    newest = points[-NEWEST:]
    lost = [each for each in newest if each.status == Ending.UNFINISHED.value and each.run_id != running]
    many = len(newest) >= _FEWEST_RUNS and len(lost) >= _MANY_FAILURES * len(newest)
    return Check(
        name="endings",
        condition=Condition.DEGRADED if many else Condition.HEALTHY,
        evidence=f"{len(lost)} of the newest {_runs(len(newest))} were killed before they could end"
        if lost
        else "no run was killed",
    )


def alerts_check(runs: Sequence[PastRun]) -> Check:
    """Judge the alerts of the newest runs.

    Args:
        runs: the newest ones, the newest last.
    """
    newest = runs[-NEWEST:]
    alerts = [alert for run in newest for alert in run.alerts]
    critical = sum(alert.severity == "critical" for alert in alerts)
    condition = Condition.HEALTHY
    if newest and any(alert.severity == "critical" for alert in newest[-1].alerts):
        condition = Condition.UNHEALTHY
    elif critical or (newest and newest[-1].alerts):
        condition = Condition.DEGRADED
    if not alerts:
        evidence = f"none in the newest {_runs(len(newest))}" if newest else "no run has ended yet"
    else:
        last = alerts[-1]
        where = f"step `{last.step}`: " if last.step else ""
        evidence = (
            f"{len(alerts)} in the newest {_runs(len(newest))}, {critical} critical;"
            f" the last: {where}{last.message}"
        )
    return Check(name="alerts", condition=condition, evidence=evidence)


def accuracy_check(accuracy: Accuracy) -> Check:
    """Judge how far predictions were off."""
    if accuracy.median_ape is None or accuracy.coverage is None:
        evidence = "no run was predicted, so nothing can be compared"
        return Check(name="predictions", condition=Condition.HEALTHY, evidence=evidence)
    wrong = accuracy.median_ape > _LARGE_ERROR or accuracy.coverage < _FEW_INSIDE
    off = wrong and accuracy.runs >= _FEWEST_PREDICTIONS
    return Check(
        name="predictions",
        condition=Condition.DEGRADED if off else Condition.HEALTHY,
        evidence=f"off by {accuracy.median_ape * 100:.0f} % in the middle of {_runs(accuracy.runs)},"
        f" {accuracy.coverage * 100:.0f} % inside the interval",
    )


def disk_check(free: int, total: int) -> Check:
    """Judge how much room the file system of the state folder has, in bytes."""
    condition = Condition.HEALTHY
    if free < _FULL_BYTES:
        condition = Condition.UNHEALTHY
    elif free < _TIGHT_BYTES or free < total * _TIGHT_SHARE:
        condition = Condition.DEGRADED
    evidence = f"{format_size(free)} of {format_size(total)} free"
    return Check(name="disk", condition=condition, evidence=evidence)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
