"""What steps should ask for instead, and how much of what they reserved was used, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.engine.report import RunReport
from wfopt.engine.requested import asked_and_ran, utilization_of
from wfopt.model.workflow import StepId
from wfopt.render.harmless import harmless

MOST_SUGGESTED = 3
"""For so many steps it is said what to ask for instead."""


def request_lines(report: RunReport) -> tuple[str, ...]:
    """Return a few lines; none unless a step that ran asked for something of its own."""
    return tuple(_lines(report)) if asked_and_ran(report) else ()


def used_words(report: RunReport) -> str:
    """Return how much of what steps reserved they used, and who decided what starts when; "" if nothing ran.

    The cpus that a step holds count from its start to its end.
    """
    used = utilization_of(report)
    parts = [
        f"{name} {share * 100:.0f} % used"
        for name, share in (("cpu", used.cpu), ("memory", used.memory))
        if share is not None
    ]
    return f"reserved: {', '.join(parts)} (strategy {report.strategy})" if parts else ""


def _lines(report: RunReport) -> Iterator[str]:
    yield used_words(report)
    better: dict[StepId, list[str]] = {}
    for each in report.suggestions:
        better.setdefault(each.step, []).append(f"`{each.write}` ({each.because})")
    for step, texts in list(better.items())[:MOST_SUGGESTED]:
        yield f"suggested for {harmless(step)}: {', '.join(texts)}"
    hidden = len(better) - MOST_SUGGESTED
    if hidden > 0:
        yield f"… and {hidden} more, see `wfopt stats --resources`"
