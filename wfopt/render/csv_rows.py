"""Steps and runs as comma-separated values (RFC 4180), for spreadsheets and other programs.

Columns have the names of the JSON documents; times are seconds, sizes bytes, and what is unknown is empty.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, quoted or not, and some of
these start programs or send data away. Texts that come from files and steps therefore get an apostrophe in
front of these, and of a tab or a carriage return, which spreadsheets skip over; numbers never do.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from wfopt.model.history import PastAttempt, PastRun, RunStory
from wfopt.render.documents import Document

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

STEP_COLUMNS = (
    *("run_id", "id", "attempt", "status", "reason", "allowed", "exit_code", "signal", "limit"),
    *("started_s", "waited_s", "wall_s", "cpu_s", "peak_memory_bytes", "read_bytes", "written_bytes"),
    *("input_bytes", "cpu", "memory_bytes", "cache_key", "critical"),
)
"""The columns of `steps_csv`."""

RUN_COLUMNS = (
    *("run_id", "workflow", "content", "commit", "branch", "origin", "status", "exit_code", "started_at"),
    *("wall_s", "cpu_s", "peak_memory_bytes", "critical_path_s", "lower_bound_s", "host", "host_cpus"),
    *("host_memory_bytes", "cpus", "memory_bytes", "slots", "strategy", "reserved_cpu_s", "hits", "misses"),
    *("saved_s", "restored_bytes", "alerts", "expected_s", "low_s", "high_s"),
)
"""The columns of `runs_csv`."""


def steps_csv(story: RunStory) -> str:
    """Return a line of names and one line for each attempt, in the order in which they ended."""
    return _table(STEP_COLUMNS, (_step(story.run.run_id, each) for each in story.attempts))


def runs_csv(runs: Iterable[PastRun]) -> str:
    """Return a line of names and one line for each run, in the given order."""
    return _table(RUN_COLUMNS, map(_run, runs))


def _step(run_id: str, attempt: PastAttempt) -> Document:
    return {
        "run_id": run_id,
        "id": attempt.step,
        "attempt": attempt.attempt,
        "status": attempt.status.value,
        "reason": attempt.reason,
        "allowed": attempt.allowed,
        "exit_code": attempt.exit_code,
        "signal": attempt.signal,
        "limit": attempt.limit.kind.value if attempt.limit else None,
        "started_s": attempt.started_s,
        "waited_s": attempt.waited_s,
        "wall_s": attempt.wall_s,
        "cpu_s": attempt.cpu_s,
        "peak_memory_bytes": attempt.peak_memory_bytes,
        "read_bytes": attempt.read_bytes,
        "written_bytes": attempt.written_bytes,
        "input_bytes": attempt.input_bytes,
        "cpu": attempt.cpu_milli / 1000,
        "memory_bytes": attempt.memory_bytes,
        "cache_key": attempt.key,
        "critical": attempt.critical,
    }


def _run(run: PastRun) -> Document:
    return {
        "run_id": run.run_id,
        "workflow": run.workflow,
        "content": run.content,
        "commit": run.revision.commit,
        "branch": run.revision.branch,
        "origin": run.origin,
        "status": run.ending.value,
        "exit_code": run.exit_code,
        "started_at": run.started_at,
        "wall_s": run.wall_s,
        "cpu_s": run.cpu_s,
        "peak_memory_bytes": run.peak_memory_bytes,
        "critical_path_s": run.critical_path_s,
        "lower_bound_s": run.lower_bound_s,
        "host": run.host.name,
        "host_cpus": run.host.cpus,
        "host_memory_bytes": run.host.memory_bytes,
        "cpus": run.cpus,
        "memory_bytes": run.memory_bytes,
        "slots": run.slots,
        "strategy": run.strategy,
        "reserved_cpu_s": run.reserved_cpu_s,
        "hits": run.hits,
        "misses": run.misses,
        "saved_s": run.saved_s,
        "restored_bytes": run.restored_bytes,
        "alerts": len(run.alerts),
        "expected_s": run.foreseen.expected_s if run.foreseen else None,
        "low_s": run.foreseen.low_s if run.foreseen else None,
        "high_s": run.foreseen.high_s if run.foreseen else None,
    }


def _table(columns: Sequence[str], rows: Iterable[Document]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in columns])
    return stream.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            # As in the JSON documents; never `1e-05`, which few readers of CSV expect.
            return f"{value:.6f}".rstrip("0").removesuffix(".")
        case str():
            # Halves of surrogate pairs cannot be written, and NUL ends a text for many readers.
            text = value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
            return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
        case _:
            return str(value)
