"""What an optimization says in words, the same in every form."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.model.quantities import format_duration
from wfopt.optimizer.pipeline import Passed
from wfopt.optimizer.report import OptimizeReport, Verification
from wfopt.render.words import counted

_MOST_FAILED = 5


def amount_text(amount: float, *, timed: bool) -> str:
    """Return a time: a duration, or a number of steps where nothing is timed."""
    if timed:
        return format_duration(amount)
    number = round(amount, 2)
    return "1 step" if number == 1 else f"{number:g} steps"


def share_text(share: float) -> str:
    """Return a share for people: `31 %`."""
    return f"{share * 100:.0f} %"


def saving_text(report: OptimizeReport) -> str:
    """Return what the whole optimization saves of the makespan, in one sentence without its end."""
    cpus = counted(report.slots, "slot")
    if not report.is_changed:
        return "nothing to change"
    if report.saving <= 0:
        return f"no time is saved on {cpus}"
    amount = amount_text(report.saving, timed=report.timed)
    return f"saves {amount}, {share_text(report.share)} of the makespan on {cpus} ({report.basis})"


def passed_text(passed: Passed, report: OptimizeReport) -> str:
    """Return what one run of a pass saves of the makespan."""
    saved = passed.makespan_before - passed.makespan_after
    whole = report.before.makespan
    if whole <= 0 or abs(saved) < whole / 1000:
        return "no change of the makespan"
    if saved < 0:
        return f"costs {amount_text(-saved, timed=report.timed)} of the makespan"
    expected = report.saved(passed)
    told = f"saves {amount_text(expected, timed=report.timed)} of the makespan"
    if expected < saved:
        promised = amount_text(saved, timed=report.timed)
        told += f" ({promised}, but {share_text(expected / saved)} of such promises came true so far)"
    return told


def verified_text(found: Verification) -> str:
    """Return the line that tells what came of running both versions."""
    parts = [
        f"{amount - unequal}/{amount} {what} equal"
        for amount, unequal, what in (
            (found.files, found.unequal_files, "files"),
            (found.statuses, found.unequal_statuses, "statuses"),
            (found.values, found.unequal_values, "values"),
        )
        if amount or what != "values"
    ]
    if found.speedup is not None:
        predicted = f" (predicted {found.predicted:.1f}x)" if found.predicted is not None else ""
        parts.append(f"{_speed_text(found.speedup)}{predicted}")
    return ", ".join(parts)


def verified_remarks(found: Verification) -> Iterator[str]:
    """Yield what else there is to know of it."""
    yield (
        f"{format_duration(found.before_s)} before, {format_duration(found.after_s)} after: "
        f"medians of {counted(found.originals, 'run')} of the original and "
        f"{counted(found.runs, 'run')} of the optimized version"
    )
    if found.failed:
        listed = ", ".join(f"`{step}`" for step in found.failed[:_MOST_FAILED])
        more = " and more" if len(found.failed) > _MOST_FAILED else ""
        yield f"the original fails ({listed}{more}): what failed and what was left then was compared"
    if found.noise:
        yield f"left out: {found.noise} that differ between two runs of the original"
    if found.unmade:
        yield f"left out: {counted(found.unmade, 'file')} that nobody wants and nothing makes any more"


def _speed_text(factor: float) -> str:
    """Return a factor for people: `2.1x faster`."""
    if round(factor, 1) == 1:
        return "as fast"
    return f"{factor:.1f}x faster" if factor > 1 else f"{1 / factor:.1f}x slower"
