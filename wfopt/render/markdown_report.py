"""A run of history as Markdown: for the summary of a job, a comment or a wiki page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from wfopt.engine.report import Suggestion
from wfopt.engine.requested import USUAL_CPU_MILLI
from wfopt.model.history import PastAttempt, PastRun, RunStory
from wfopt.model.outcome import StepStatus
from wfopt.model.quantities import format_duration, format_size
from wfopt.model.workflow import StepId
from wfopt.render.github_summary import markdown
from wfopt.render.harmless import harmless
from wfopt.render.words import counted

MAX_FAILED = 20
"""How many failed steps are shown with what they printed."""

MAX_SLOWEST = 20
MAX_ALERTS = 20
MAX_ASKING = 40

_MOST_LINES = 60
_MOST_CHARACTERS = 8_000
_LONGEST_REASON = 200


def markdown_of(story: RunStory, suggestions: Sequence[Suggestion] = ()) -> str:
    """Return the Markdown of a run: how it ended, what failed and what that printed, what took longest.

    Whatever steps are called or print stands there as text: it cannot make a link, a heading or a mention,
    or end the block it stands in.

    Args:
        story: the run.
        suggestions: what steps should ask for instead of what they do.
    """
    last = {attempt.step: attempt for attempt in story.attempts}
    parts = [
        _heading(story.run),
        _summary(story, last),
        *_failures(story, last),
        *_slowest(last),
        *_requests(last, suggestions),
        *_alerts(story.run),
    ]
    return "\n\n".join(parts) + "\n"


def _heading(run: PastRun) -> str:
    return f"### wfopt: {markdown(run.workflow)} {run.ending.value}"


def _summary(story: RunStory, last: dict[StepId, PastAttempt]) -> str:
    run = story.run
    counts = Counter(last[step].status for step in story.shape.steps if step in last)
    endings = ", ".join(f"{counts[status]} {status.value}" for status in StepStatus if counts[status])
    facts = [
        ("Steps", f"{len(story.shape.steps)} ({endings})" if endings else f"{len(story.shape.steps)}"),
        ("Time", format_duration(run.wall_s)),
        ("Critical path", format_duration(run.critical_path_s)),
        ("Processor time", format_duration(run.cpu_s)),
    ]
    if run.peak_memory_bytes is not None:
        facts.append(("Largest step", format_size(run.peak_memory_bytes)))
    if run.hits + run.misses:
        saved = f", saved {format_duration(run.saved_s)}" if run.hits else ""
        facts.append(("Cache", f"{counted(run.hits, 'hit')} of {run.hits + run.misses}{saved}"))
    facts.append(("Strategy", run.strategy))
    if run.reserved_cpu_s:
        facts.append(("Reserved cpu", f"{run.cpu_s / run.reserved_cpu_s * 100:.0f} % used"))
    if run.reserved_memory_byte_s:
        share = run.used_memory_byte_s / run.reserved_memory_byte_s
        facts.append(("Reserved memory", f"{share * 100:.0f} % used"))
    if run.foreseen is not None:
        low, high = format_duration(run.foreseen.low_s), format_duration(run.foreseen.high_s)
        facts.append(("Predicted", f"{format_duration(run.foreseen.expected_s)} ({low} to {high})"))
    facts.append(("Host", f"{run.host.name}, {counted(run.host.cpus, 'cpu')}"))
    facts.append(("Run", run.run_id))
    if run.revision.commit:
        facts.append(("Commit", f"{run.revision.commit[:12]} {run.revision.branch}".strip()))
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {markdown(text)} |" for name, text in facts)])


def _failures(story: RunStory, last: dict[StepId, PastAttempt]) -> Iterator[str]:
    failed = [attempt for attempt in last.values() if attempt.status is StepStatus.FAILED]
    if not failed:
        return
    failed.sort(key=lambda attempt: attempt.allowed)
    yield "#### Failed"
    for attempt in failed[:MAX_FAILED]:
        suffix = " (allowed)" if attempt.allowed else ""
        tries = f" after {counted(attempt.attempt, 'attempt')}" if attempt.attempt > 1 else ""
        reason = markdown(attempt.reason[:_LONGEST_REASON]) or "failed"
        yield f"**{markdown(attempt.step)}**{suffix}: {reason}{tries}"
        printed = story.printed.get(attempt.step, "")
        if printed.strip():
            yield _fenced(printed)
    if len(failed) > MAX_FAILED:
        yield f"… and {len(failed) - MAX_FAILED} more failed"


def _fenced(printed: str) -> str:
    """Return the end of what a step printed in a block that is fenced by more backticks than stand in it."""
    lines = printed[-_MOST_CHARACTERS:].rstrip().split("\n")[-_MOST_LINES:]
    text = "\n".join([harmless(line.removesuffix("\r")) for line in lines])
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _slowest(last: dict[StepId, PastAttempt]) -> Iterator[str]:
    ran = [attempt for attempt in last.values() if attempt.wall_s is not None]
    ran.sort(key=lambda attempt: -(attempt.wall_s or 0.0))
    if not ran:
        return
    yield "#### Slowest"
    yield "\n".join(_table(ran[:MAX_SLOWEST]))
    if len(ran) > MAX_SLOWEST:
        yield f"… and {len(ran) - MAX_SLOWEST} more"


def _table(attempts: Sequence[PastAttempt]) -> Iterator[str]:
    yield "| Step | Status | Time | Waited | Memory | |"
    yield "| --- | --- | ---: | ---: | ---: | --- |"
    for each in attempts:
        memory = "" if each.peak_memory_bytes is None else format_size(each.peak_memory_bytes)
        waited = format_duration(each.waited_s) if each.waited_s else ""
        wall = format_duration(each.wall_s or 0.0)
        mark = "critical path" if each.critical else ""
        yield f"| {markdown(each.step)} | {each.status.value} | {wall} | {waited} | {memory} | {mark} |"


def _requests(last: dict[StepId, PastAttempt], suggestions: Sequence[Suggestion]) -> Iterator[str]:
    """Yield what steps asked for against what they used, of those that asked for something of their own."""
    asking = [
        each
        for each in last.values()
        if each.wall_s is not None and (each.memory_bytes is not None or each.cpu_milli != USUAL_CPU_MILLI)
    ]
    if not asking:
        return
    yield "#### Requested and used"
    better: dict[StepId, list[str]] = {}
    for told in suggestions:
        better.setdefault(told.step, []).append(f"`{told.write}` ({markdown(told.because)})")
    yield "\n".join(_request_rows(asking[:MAX_ASKING], better))
    if len(asking) > MAX_ASKING:
        yield f"… and {len(asking) - MAX_ASKING} more"


def _request_rows(asking: Sequence[PastAttempt], better: dict[StepId, list[str]]) -> Iterator[str]:
    yield "| Step | CPU asked | CPU used | Memory asked | Peak | Suggested |"
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    for each in asking:
        busy = f"{each.cpu_s / each.wall_s:.1f}" if each.cpu_s is not None and each.wall_s else ""
        memory = "" if each.memory_bytes is None else format_size(each.memory_bytes)
        peak = "" if each.peak_memory_bytes is None else format_size(each.peak_memory_bytes)
        write = ", ".join(better.get(each.step, ()))
        yield f"| {markdown(each.step)} | {each.cpu_milli / 1000:g} | {busy} | {memory} | {peak} | {write} |"


def _alerts(run: PastRun) -> Iterator[str]:
    if not run.alerts:
        return
    yield "#### Alerts"
    lines = []
    for alert in run.alerts[:MAX_ALERTS]:
        step = f" (step {markdown(alert.step)})" if alert.step is not None else ""
        at = format_duration(alert.at)
        lines.append(f"- {markdown(alert.severity)} at {at}: {markdown(alert.message)}{step}")
    yield "\n".join(lines)
    if len(run.alerts) > MAX_ALERTS:
        yield f"… and {len(run.alerts) - MAX_ALERTS} more"
