"""What optimizations were to save, and what they really saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wfopt.dataclass import dataclass
from wfopt.metrics.quantiles import median
from wfopt.model.history import Ending, PastRun, Rewrite

FEWEST_RUNS = 3
"""With fewer successful runs on a side, its median is told, but with how few runs it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """One optimization.

    Attributes:
        rewrite: what was written, and what it was to save.
        runs_before: successful runs of the content before.
        runs_after: successful runs of the content after.
        before_s: the median of the wall times before, or None without any.
        after_s: the median after.
        host: the machine that the runs are of, or "" without any.
    """

    rewrite: Rewrite
    runs_before: int
    runs_after: int
    before_s: float | None
    after_s: float | None
    host: str

    @property
    def measured_s(self) -> float | None:
        """Seconds that a run is shorter, or None if a side has no runs."""
        if self.before_s is None or self.after_s is None:
            return None
        return self.before_s - self.after_s

    @property
    def is_certain(self) -> bool:
        """Whether there are enough runs on both sides to rely on."""
        return min(self.runs_before, self.runs_after) >= FEWEST_RUNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """All optimizations, and what they come to together.

    Attributes:
        each: one after the other, the newest last.
        runs: runs of contents that came out of an optimization.
        predicted_s: seconds a run that those were to save that are measured, or None.
        measured_s: seconds a run that the same have saved, or None.
    """

    each: tuple[Saving, ...]
    runs: int
    predicted_s: float | None
    measured_s: float | None


def savings_of(rewrites: Iterable[Rewrite], runs: Sequence[PastRun]) -> Savings:
    """Return what optimizations have saved.

    Runs are compared on one machine only: that of the newest run of the content after.

    Args:
        rewrites: the newest last; of equal ones the newest counts.
        runs: all that are to be looked at, the newest last.
    """
    newest = {(each.workflow, each.before, each.after): each for each in rewrites}
    by_content: dict[tuple[str, str], list[PastRun]] = {}
    for run in runs:
        by_content.setdefault((run.workflow, run.content), []).append(run)
    each = tuple(_saving(rewrite, by_content) for rewrite in newest.values())
    results = {(rewrite.workflow, rewrite.after) for rewrite in newest.values()}
    both = [
        (one.rewrite.predicted_saving_s, one.measured_s)
        for one in each
        if one.rewrite.predicted_saving_s is not None and one.measured_s is not None
    ]
    measured = [one.measured_s for one in each if one.measured_s is not None]
    return Savings(
        each=each,
        runs=sum(len(by_content.get(result, ())) for result in results),
        predicted_s=sum(predicted for predicted, _ in both) if both else None,
        measured_s=sum(saved for _, saved in both) if both else sum(measured) if measured else None,
    )


def _saving(rewrite: Rewrite, by_content: Mapping[tuple[str, str], Sequence[PastRun]]) -> Saving:
    after = _good(by_content.get((rewrite.workflow, rewrite.after), ()))
    before = _good(by_content.get((rewrite.workflow, rewrite.before), ()))
    host = after[-1].host.name if after else before[-1].host.name if before else ""
    before_s = [run.wall_s for run in before if run.host.name == host]
    after_s = [run.wall_s for run in after if run.host.name == host]
    return Saving(
        rewrite=rewrite,
        runs_before=len(before_s),
        runs_after=len(after_s),
        before_s=median(before_s) if before_s else None,
        after_s=median(after_s) if after_s else None,
        host=host,
    )


def _good(runs: Sequence[PastRun]) -> list[PastRun]:
    return [run for run in runs if run.ending is Ending.SUCCEEDED]
