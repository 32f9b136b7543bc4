"""The steps of a run as comma-separated values.

Columns have the names of the JSON documents; times are seconds, sizes bytes, and what is unknown is empty.
"""

from __future__ import annotations

from wfopt.model.history import PastAttempt, RunStory
from wfopt.render.csv_cells import csv_lines
from wfopt.render.documents import Document

STEP_COLUMNS = (
    *("run_id", "id", "attempt", "status", "reason", "allowed", "exit_code", "signal", "limit"),
    *("started_s", "waited_s", "wall_s", "cpu_s", "peak_memory_bytes", "read_bytes", "written_bytes"),
    *("input_bytes", "cpu", "memory_bytes", "cache_key", "critical"),
)
"""The columns."""


def steps_csv(story: RunStory) -> str:
    """Return a line of names and one line for each attempt, in the order in which they ended."""
    rows = (_step(story.run.run_id, each) for each in story.attempts)
    return csv_lines(STEP_COLUMNS, ([row[name] for name in STEP_COLUMNS] for row in rows))


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
