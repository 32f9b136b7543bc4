"""When something is in good shape, and when not."""

import pytest

from tests.support.history import FakeHistory, past_run, story
from wfopt.metrics.health import (
    Check,
    Condition,
    Health,
    accuracy_check,
    alerts_check,
    disk_check,
    failures_check,
    unfinished_check,
)
from wfopt.metrics.overview import Accuracy
from wfopt.model.history import Alert, Ending, PastRun, Point, Scope
from wfopt.model.workflow import StepId

GIB = 1 << 30
WORDS = {"s": Ending.SUCCEEDED, "f": Ending.FAILED, "c": Ending.CANCELLED, "u": Ending.UNFINISHED}


def points(endings: str) -> list[Point]:
    runs = (past_run(f"r{number}", ending=WORDS[each]) for number, each in enumerate(endings))
    return list(FakeHistory(story(run) for run in runs).run_points(Scope()))


@pytest.mark.parametrize(
    ("endings", "condition", "evidence"),
    [
        ("", "healthy", "no run has ended yet"),
        ("c", "healthy", "no run has ended yet"),
        ("f", "healthy", "1 of the newest 1 run failed"),
        ("ffff", "healthy", "4 of the newest 4 runs failed"),
        ("ssssf", "degraded", "1 of the newest 5 runs failed"),
        ("sssssf", "healthy", "1 of the newest 6 runs failed"),
        ("sssfff", "unhealthy", "3 of the newest 6 runs failed"),
        ("f" * 30 + "s" * 20, "healthy", "0 of the newest 20 runs failed"),
    ],
)
def test_failures(endings: str, condition: str, evidence: str) -> None:
    found = failures_check(points(endings))
    assert (found.condition.value, found.evidence) == (condition, evidence)


@pytest.mark.parametrize(
    ("endings", "running", "condition", "evidence"),
    [
        ("", "", "healthy", "no run was killed"),
        ("ssu", "r2", "healthy", "no run was killed"),
        ("ssu", "", "healthy", "1 of the newest 3 runs were killed before they could end"),
        ("suuus", "", "degraded", "3 of the newest 5 runs were killed before they could end"),
    ],
)
def test_runs_that_never_ended(endings: str, running: str, condition: str, evidence: str) -> None:
    found = unfinished_check(points(endings), running)
    assert (found.condition.value, found.evidence) == (condition, evidence)


def alert(severity: str, step: str | None = None) -> Alert:
    return Alert(at=1.0, rule="memory", severity=severity, message="95 % full", step=step and StepId(step))


def with_alerts(*alerts: Alert) -> PastRun:
    return past_run(alerts=alerts)


@pytest.mark.parametrize(
    ("runs", "condition", "evidence"),
    [
        ([], "healthy", "no run has ended yet"),
        ([past_run()], "healthy", "none in the newest 1 run"),
        (
            [with_alerts(alert("warning")), past_run()],
            "healthy",
            "1 in the newest 2 runs, 0 critical; the last: 95 % full",
        ),
        (
            [past_run(), with_alerts(alert("warning", "a"))],
            "degraded",
            "1 in the newest 2 runs, 0 critical; the last: step `a`: 95 % full",
        ),
        (
            [with_alerts(alert("critical")), past_run()],
            "degraded",
            "1 in the newest 2 runs, 1 critical; the last: 95 % full",
        ),
        (
            [with_alerts(alert("critical"), alert("warning"))],
            "unhealthy",
            "2 in the newest 1 run, 1 critical; the last: 95 % full",
        ),
    ],
)
def test_alerts(runs: list[PastRun], condition: str, evidence: str) -> None:
    found = alerts_check(runs)
    assert (found.condition.value, found.evidence) == (condition, evidence)


@pytest.mark.parametrize(
    ("runs", "error", "coverage", "condition"),
    [
        (20, 0.1, 0.9, "healthy"),
        (20, 0.6, 0.9, "degraded"),
        (20, 0.1, 0.4, "degraded"),
        (4, 0.6, 0.0, "healthy"),
    ],
)
def test_predictions(runs: int, error: float, coverage: float, condition: str) -> None:
    found = accuracy_check(Accuracy(runs=runs, median_ape=error, coverage=coverage))
    assert found.condition.value == condition
    assert found.evidence.startswith(f"off by {error * 100:.0f} % in the middle of {runs} runs, ")


def test_no_prediction_is_no_trouble() -> None:
    found = accuracy_check(Accuracy(runs=0, median_ape=None, coverage=None))
    assert (found.condition, found.evidence) == (
        Condition.HEALTHY,
        "no run was predicted, so nothing can be compared",
    )


@pytest.mark.parametrize(
    ("free", "total", "condition"),
    [
        (50 * GIB, 100 * GIB, "healthy"),
        (GIB, 100 * GIB, "degraded"),
        (50 * GIB, 5000 * GIB, "degraded"),
        (GIB // 8, 100 * GIB, "unhealthy"),
    ],
)
def test_the_disk(free: int, total: int, condition: str) -> None:
    assert disk_check(free, total).condition.value == condition


def test_the_worst_check_decides() -> None:
    def check(condition: Condition) -> Check:
        return Check(name="x", condition=condition, evidence="")

    assert Health(()).condition is Condition.HEALTHY
    assert Health(tuple(map(check, Condition))).condition is Condition.UNHEALTHY
    assert Health((check(Condition.DEGRADED), check(Condition.HEALTHY))).condition is Condition.DEGRADED
