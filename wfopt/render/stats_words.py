"""Figures of statistics in words; what is not known is a dash."""

from __future__ import annotations

from wfopt.metrics.health import Condition
from wfopt.metrics.overview import Wall
from wfopt.model.history import Ending, Revision, Scope
from wfopt.model.outcome import StepStatus
from wfopt.model.quantities import format_duration, format_size
from wfopt.render.paint import STATUS_STYLES, Style
from wfopt.render.stats_sheet import UNKNOWN, Cell
from wfopt.render.words import counted

CONDITION_STYLES = {
    Condition.HEALTHY: Style.OK,
    Condition.DEGRADED: Style.WARNING,
    Condition.UNHEALTHY: Style.ERROR,
}

ENDING_STYLES = {
    Ending.SUCCEEDED: Style.OK,
    Ending.FAILED: Style.ERROR,
    Ending.CANCELLED: Style.SKIP,
    Ending.UNFINISHED: Style.SKIP,
}

_COMMIT_LENGTH = 8


def percent(share: float | None) -> str:
    """Return a fraction as a percentage.

    >>> percent(0.964), percent(0.023), percent(0.0), percent(1.0), percent(None)
    ('96 %', '2.3 %', '0 %', '100 %', '-')
    """
    if share is None:
        return UNKNOWN
    amount = share * 100
    return f"{amount:.1f} %" if 0 < amount < 9.95 else f"{amount:.0f} %"


def seconds(duration: float | None) -> str:
    """Return a duration, such as `12.3 s`."""
    return UNKNOWN if duration is None else format_duration(duration)


def size(amount: float | None) -> str:
    """Return a number of bytes, such as `212 MiB`."""
    return UNKNOWN if amount is None else format_size(round(amount))


def number(amount: float | None) -> str:
    """Return a number with at most two decimals."""
    return UNKNOWN if amount is None else f"{round(amount, 2):g}"


def ago(at: float, now: float) -> str:
    """Return how long ago something was."""
    return f"{format_duration(max(0.0, now - at))} ago"


def short(commit: str) -> str:
    """Return the start of a commit."""
    return commit[:_COMMIT_LENGTH]


def revision_text(revision: Revision) -> str:
    """Return branch and commit, as far as they are known."""
    return " ".join(filter(None, (revision.branch, short(revision.commit)))) or UNKNOWN


def status_cell(status: StepStatus) -> Cell:
    """Return how a step ended."""
    return Cell(status.value, STATUS_STYLES[status])


def wall_text(wall: Wall) -> str:
    """Return the middle, the upper end and the spread of durations."""
    named = (("p50", wall.p50), ("p90", wall.p90), ("mean", wall.mean), ("deviation", wall.stddev))
    return ", ".join(f"{name} {seconds(value)}" for name, value in named)


def title_of(scope: Scope, what: str, now: float) -> str:
    """Return what a sheet is about: the workflow, how many of which runs."""
    which = [
        f"on branch {scope.branch}" if scope.branch else "",
        f"on host {scope.host}" if scope.host else "",
        f"since {ago(scope.since, now)}" if scope.since is not None else "",
    ]
    return f"{scope.workflow or 'all workflows'}: {' '.join(filter(None, (what, *which)))}"


def runs_text(runs: int) -> str:
    """Return how many runs, such as `1,200 runs`."""
    return counted(runs, "run") if runs < 1000 else f"{runs:,} runs"
