"""What optimizations were to save, and what they really saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wfopt.dataclass import dataclass
from wfopt.model.history import Ending, PastRun, Rewrite
from wfopt.model.quantiles import median

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
        is_cold: whether only runs count in which nothing came from the cache: the others tell little.
    """

    rewrite: Rewrite
    runs_before: int
    runs_after: int
    before_s: float | None
    after_s: float | None
    host: str
    is_cold: bool = True

    @property
    def measured_s(self) -> float | None:
        """Seconds that a run is shorter, or None if a side has no runs."""
        if self.before_s is None or self.after_s is None:
            return None
        return self.before_s - self.after_s

    @property
    def is_certain(self) -> bool:
        """Whether there are enough runs on both sides to rely on."""
        return self.is_cold and min(self.runs_before, self.runs_after) >= FEWEST_RUNS


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRecord:
    """How far what a pass promised has come true.

    A pass is held to account for every optimization that it had a part in.

    Attributes:
        name: the pass.
        rewrites: certain optimizations with a prediction that it had a part in.
        predicted_s: seconds a run that these were to save.
        measured_s: seconds a run that they have saved.
        trust: the share of its promises to expect, from 0 to 1.
    """

    name: str
    rewrites: int
    predicted_s: float
    measured_s: float
    trust: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """All optimizations, and what they come to together.

    Attributes:
        each: one after the other, the newest last.
        runs: runs of contents that came out of an optimization.
        predicted_s: seconds a run that those were to save that are measured, or None.
        measured_s: seconds a run that the same have saved, or None.
        passes: the record of each pass that had a part in any that is measured well enough.
    """

    each: tuple[Saving, ...]
    runs: int
    predicted_s: float | None
    measured_s: float | None
    passes: tuple[PassRecord, ...] = ()


def savings_of(rewrites: Iterable[Rewrite], runs: Sequence[PastRun]) -> Savings:
    """Return what optimizations have saved.

    Runs are compared on one machine only, that of the newest run of the content after, and only those that
    had as many slots and cpus; of these, runs without anything from the cache where both sides have such.

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
        passes=records_of(each),
    )


def records_of(savings: Iterable[Saving]) -> tuple[PassRecord, ...]:
    """Return the record of each pass, in the order in which they come up.

    Trust is `(1 + sum of r) / (1 + n)` over the n optimizations that count, where r is what one saved as a
    share of what it was to save, not below 0 nor above 1. The ones stand for a promise that came true before
    there was any record: a single bad one does not make a pass worthless, and one that saves more than it
    promised makes up for nothing.

    Args:
        savings: those count that are certain and were to save anything.
    """
    shares: dict[str, list[tuple[float, float]]] = {}
    for saving in savings:
        predicted, measured = saving.rewrite.predicted_saving_s, saving.measured_s
        if saving.is_certain and predicted is not None and predicted > 0 and measured is not None:
            for name in saving.rewrite.passes:
                shares.setdefault(name, []).append((predicted, measured))
    return tuple(
        PassRecord(
            name=name,
            rewrites=len(found),
            predicted_s=sum(predicted for predicted, _ in found),
            measured_s=sum(measured for _, measured in found),
            trust=(1 + sum(min(1.0, max(0.0, measured / predicted)) for predicted, measured in found))
            / (1 + len(found)),
        )
        for name, found in shares.items()
    )


def _saving(rewrite: Rewrite, by_content: Mapping[tuple[str, str], Sequence[PastRun]]) -> Saving:
    after = _good(by_content.get((rewrite.workflow, rewrite.after), ()))
    before = _good(by_content.get((rewrite.workflow, rewrite.before), ()))
    newest = after[-1] if after else before[-1] if before else None
    sides = [[run for run in side if newest is not None and _alike(run, newest)] for side in (before, after)]
    cold = [[run for run in side if not run.hits] for side in sides]
    is_cold = all(cold)
    before_s, after_s = ([run.wall_s for run in side] for side in (cold if is_cold else sides))
    return Saving(
        rewrite=rewrite,
        runs_before=len(before_s),
        runs_after=len(after_s),
        before_s=median(before_s) if before_s else None,
        after_s=median(after_s) if after_s else None,
        host=newest.host.name if newest is not None else "",
        is_cold=is_cold,
    )


def _good(runs: Sequence[PastRun]) -> list[PastRun]:
    """Return the runs that succeeded and were of the whole workflow."""
    return [run for run in runs if run.ending is Ending.SUCCEEDED and "steps" not in run.options]


def _alike(run: PastRun, other: PastRun) -> bool:
    """Return whether two runs had the same machine to themselves."""
    return (run.host.name, run.slots, run.cpus) == (other.host.name, other.slots, other.cpus)
