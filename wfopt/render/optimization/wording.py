"""What an optimization says in words, the same in every form."""

from __future__ import annotations

from wfopt.model.quantities import format_duration
from wfopt.optimizer.pipeline import Passed
from wfopt.optimizer.report import OptimizeReport, Verification
from wfopt.render.words import counted


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
    word = "saves" if saved > 0 else "costs"
    return f"{word} {amount_text(abs(saved), timed=report.timed)} of the makespan"


def verified_text(found: Verification) -> str:
    """Return the line that tells what came of running both versions."""
    differing = len(found.differences)
    verdict = "equal" if found.equal else f"{counted(differing, 'difference')}"
    parts = [f"{found.files} files and {found.statuses} steps compared, {verdict}"]
    if found.noise:
        parts.append(f"{counted(found.noise, 'file')} differ between two runs of the original as well")
    if found.speedup is not None:
        predicted = f" (predicted {found.predicted:.1f}x)" if found.predicted is not None else ""
        parts.append(f"{found.speedup:.1f}x as fast{predicted}")
    return ", ".join(parts)
