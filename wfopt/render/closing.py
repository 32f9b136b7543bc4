"""The one line that says how a run ended."""

from __future__ import annotations

import signal

from wfopt.engine.report import CacheTotals, RunReport
from wfopt.model.outcome import RunStatus, StepStatus
from wfopt.model.quantities import format_duration, format_size
from wfopt.render.words import counted, path_text


def closing_line(report: RunReport) -> str:
    """Return one line: how the run ended, how many steps did what, and how well the cpus were used.

    Of a run in which nothing ran there is nothing to say about cpus and paths.
    """
    parts = [_headline(report)]
    if any(step.usage for step in report.steps):
        share = report.cpu_utilization
        if share is not None:
            parts.append(f"cpu {share * 100:.0f} % of {report.cpus:g}")
        if report.critical_path:
            path = path_text(report.critical_path)
            parts.append(f"critical path {format_duration(report.critical_path_s)} ({path})")
        parts.append(f"lower bound {format_duration(report.lower_bound_s)}")
    parts += _cache(report.cache)
    broken = sum(hook.status is StepStatus.FAILED for hook in report.hooks)
    if broken:
        parts.append(f"{counted(broken, 'hook')} failed")
    return " · ".join(parts)


def _cache(cache: CacheTotals) -> list[str]:
    """Return what the cache did; nothing if no step that was due can be cached."""
    if not cache.hits + cache.misses:
        return []
    words = [counted(cache.hits, "hit"), "1 miss" if cache.misses == 1 else f"{cache.misses} misses"]
    if cache.restored_files:
        files = counted(cache.restored_files, "file")
        words.append(f"restored {files} ({format_size(cache.restored_bytes)})")
    if cache.hits:
        words.append(f"saved {format_duration(cache.saved_s)}")
    return [f"cache {', '.join(words)}"]


def _headline(report: RunReport) -> str:
    verdict = report.status.value
    if report.signal is not None:
        verdict += f" by {_signal_name(report.signal)}"
    text = f"{verdict}: {counted(len(report.steps), 'step')} in {format_duration(report.wall_s)}"
    counts = ", ".join(
        f"{report.count(status)} {_word(status, report.status)}"
        for status in StepStatus
        if report.count(status)
    )
    return f"{text} ({counts})" if counts else text


def _word(status: StepStatus, run: RunStatus) -> str:
    """Return the status, but do not repeat the run's own: `succeeded: 3 steps in 2.1 s (3 ran)`."""
    good = status is StepStatus.SUCCEEDED and run is RunStatus.SUCCEEDED
    return "ran" if good else status.value


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
