"""The table at the end of a run. Not imported by a run with nothing to do: Rich takes long to load."""

from __future__ import annotations

from collections import Counter

from rich import box
from rich.table import Table
from rich.text import Text

from wfopt.engine.report import RunReport, StepReport
from wfopt.engine.requested import asked_by, asks_for_cpus, cpus_used
from wfopt.model.outcome import StepStatus, Usage
from wfopt.model.quantities import format_duration, format_size
from wfopt.model.workflow import Request
from wfopt.render.harmless import harmless

MAX_ROWS = 40

_MIN_TEXT_WIDTH = 8

_STYLES = {
    StepStatus.SUCCEEDED: "green",
    StepStatus.CACHED: "green",
    StepStatus.FAILED: "bold red",
    StepStatus.SKIPPED: "yellow",
    StepStatus.CANCELLED: "yellow",
}


def run_table(report: RunReport) -> Table:
    """Return a table of the steps of a run, at most `MAX_ROWS` of them.

    A longer run shows the steps that failed and behind them those that ran longest, each group in file
    order, and counts all others in the caption. What ran around the graph stands below, in its order.
    Beside what a step used stands what it asked for, if that is not the usual.
    """
    shown, asked = _shown(report.steps), asked_by(report)
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), caption_justify="left"
    )
    table.add_column("step", overflow="fold", min_width=_MIN_TEXT_WIDTH)
    table.add_column("status", no_wrap=True)
    table.add_column("why", overflow="fold", min_width=_MIN_TEXT_WIDTH)
    for name in ("wall", "cpu"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("peak memory", justify="right", min_width=_MIN_TEXT_WIDTH)
    for step in shown:
        table.add_row(*_cells(step, asked[step.id]))
    if report.hooks:
        table.add_section()
        for hook in report.hooks:
            table.add_row(*_cells(hook, asked[hook.id]))
    table.caption = _rest(report, shown)
    return table


def _shown(steps: tuple[StepReport, ...]) -> tuple[StepReport, ...]:
    if len(steps) <= MAX_ROWS:
        return steps
    failed = [step for step in steps if step.status is StepStatus.FAILED][:MAX_ROWS]
    ran = [
        (step.usage.wall_s, -place)
        for place, step in enumerate(steps)
        if step.usage and step.status not in (StepStatus.FAILED, StepStatus.CACHED)
    ]
    longest = sorted(ran, reverse=True)[: MAX_ROWS - len(failed)]
    return (*failed, *(steps[place] for place in sorted(-place for _, place in longest)))


def _cells(step: StepReport, request: Request) -> tuple[Text, ...]:
    status = f"{step.status.value} (allowed)" if step.allowed else step.status.value
    figures = _figures(step.usage, request) if step.usage else ("", "", "")
    return (
        Text(harmless(step.id)),
        Text(status, style="yellow" if step.allowed else _STYLES[step.status]),
        Text(harmless(step.reason)),
        *map(Text, figures),
    )


def _figures(usage: Usage, request: Request) -> tuple[str, str, str]:
    cpu, memory = format_duration(usage.cpu_s), format_size(usage.peak_memory_bytes)
    busy = cpus_used(usage)
    if asks_for_cpus(request) and busy is not None:
        cpu += f" ({busy:.1f} of {request.cpu_milli / 1000:g})"
    if request.memory_bytes is not None:
        memory += f" of {format_size(request.memory_bytes)}"
    return format_duration(usage.wall_s), cpu, memory


def _rest(report: RunReport, shown: tuple[StepReport, ...]) -> Text | None:
    """Return a line such as `… and 960 more: 950 succeeded, 10 cached`, or None if all are shown."""
    hidden = len(report.steps) - len(shown)
    if not hidden:
        return None
    listed = Counter(step.status for step in shown)
    left = ((report.count(status) - listed[status], status.value) for status in StepStatus)
    counts = ", ".join(f"{count} {word}" for count, word in left if count)
    return Text(f"… and {hidden} more: {counts}", no_wrap=True, overflow="ignore")
