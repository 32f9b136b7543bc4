"""A run as Markdown, for the summary page of a GitHub Actions job."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wfopt.engine.report import RunReport, StepReport
from wfopt.model.outcome import StepStatus
from wfopt.model.quantities import format_duration
from wfopt.render.closing import closing_line
from wfopt.render.harmless import harmless
from wfopt.render.requests import request_lines

MAX_ROWS = 40

_LONGEST_REASON = 200

# Whatever means something in Markdown or HTML; an entity is text everywhere, even inside a table.
_SPECIAL = re.compile(r"[\\`*_\[\]#|<>&~@:]")


def summary_of(report: RunReport) -> str:
    """Return the Markdown of a run: how it ended, the steps that failed, the slowest others, the hooks."""
    return "\n".join(_lines(report)) + "\n"


def markdown(text: str) -> str:
    """Return text of one line that Markdown shows as it is.

    >>> markdown("a|b <i>")
    'a&#124;b &#60;i&#62;'
    """
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", harmless(text))


def _lines(report: RunReport) -> Iterator[str]:
    yield f"### wfopt: {markdown(report.workflow.name)} {report.status.value}"
    yield ""
    yield markdown(closing_line(report))
    asked = request_lines(report)
    if asked:
        yield ""
        yield from (f"- {markdown(line)}" for line in asked)
    steps = _notable(report.steps)
    if steps:
        yield ""
        yield from _table(steps)
        hidden = len(report.steps) - len(steps)
        if hidden:
            yield ""
            yield f"… and {hidden} more"
    if report.hooks:
        yield ""
        yield "#### Hooks"
        yield ""
        yield from _table(report.hooks[:MAX_ROWS])


def _notable(steps: Sequence[StepReport]) -> list[StepReport]:
    """Return the steps that failed, then the slowest others, but not more than there is room for."""
    failed = [step for step in steps if step.status is StepStatus.FAILED]
    others = [step for step in steps if step.status is not StepStatus.FAILED and step.usage]
    others.sort(key=lambda step: -(step.usage.wall_s if step.usage else 0.0))
    return [*failed, *others][:MAX_ROWS]


def _table(steps: Sequence[StepReport]) -> Iterator[str]:
    yield "| Step | Status | Time | Reason |"
    yield "| --- | --- | ---: | --- |"
    for step in steps:
        status = f"{step.status.value} (allowed)" if step.allowed else step.status.value
        duration = format_duration(step.usage.wall_s) if step.usage else ""
        reason = markdown(step.reason[:_LONGEST_REASON])
        yield f"| {markdown(step.id)} | {status} | {duration} | {reason} |"
