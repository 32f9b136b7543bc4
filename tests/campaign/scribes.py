"""Processes that write runs to one history, by all ways there are, and note what they were promised."""

from __future__ import annotations

import os
import random
import signal
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from tests.support.history import not_started, past_attempt, past_run, story
from wfopt.errors import Diagnostic
from wfopt.metrics.spool import append
from wfopt.metrics.store import open_history, read_history
from wfopt.model.history import Ending, RunStory, Scope

STEPS = tuple(f"step-{number}" for number in range(12))
PROMISES = "promises"
PROBLEMS = "problems"


def tale(name: str, *, idle: bool = False) -> RunStory:
    """Return what is told of a run, which depends on its name alone."""
    rnd = random.Random(name)  # noqa: S311 - the same run every time
    run = past_run(name, started_at=rnd.uniform(1.7e9, 1.8e9), wall_s=rnd.random(), peak_memory_bytes=None)
    if idle:
        return story(run, [not_started(step) for step in STEPS])
    attempts = [
        past_attempt(step, rnd.random(), key=f"{rnd.random()}") for step in STEPS if rnd.random() < 0.8
    ]
    return story(run, attempts, steps=STEPS, printed={STEPS[0]: "x" * rnd.randrange(3000)})


def unfinished(of: RunStory) -> RunStory:
    """Return what is known of a run in its middle."""
    run = past_run(of.run.run_id, ending=Ending.UNFINISHED, exit_code=None, started_at=of.run.started_at)
    return story(run, of.attempts[:3], steps=of.shape.steps)


def start(folder: Path, name: str, runs: int) -> int:
    """Write runs in a process of its own; return its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _write_all(folder, name, runs)
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may get into the code of the parent
        _note(folder, PROBLEMS, traceback.format_exc().replace("\n", " / "))
    finally:
        os._exit(code)


def end(pid: int, *, kill: bool = False) -> None:
    """Wait for a process, or kill it."""
    if kill:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def troubles(folder: Path, *, killed: int = 0) -> Iterator[str]:
    """Yield what is wrong with a history in which nobody writes any more.

    Args:
        folder: where it is.
        killed: how many processes were killed, each of which may have written one run without a note.
    """
    yield from _lines(folder, PROBLEMS)
    promised = _lines(folder, PROMISES)
    with read_history(str(folder / "history.db")) as history:
        for name in promised:
            if history.story(name) != tale(name, idle="idle" in name):
                yield f"{name} is not what was written"
        runs = [run.run_id for run in history.runs(Scope()) if run.ending is not Ending.UNFINISHED]
    if len(runs) != len(set(runs)) or not len(promised) <= len(runs) <= len(promised) + killed:
        yield f"{len(runs)} runs are there, {len(promised)} were promised"
    left = [path.name for path in folder.iterdir() if path.name.startswith("history.spool")]
    if left:
        yield f"the spool is left: {left}"


def _write_all(folder: Path, name: str, runs: int) -> None:
    for number in range(runs):
        idle = number % 3 == 1
        run_id = f"{name}-{number}{'-idle' if idle else ''}"
        told = tale(run_id, idle=idle)
        if idle and append(str(folder), told):
            _note(folder, PROMISES, run_id)
            continue
        with open_history(
            str(folder / "history.db"),
            wall=lambda: 1.75e9,
            monotonic=time.monotonic,
            warn=lambda said: _note(folder, PROBLEMS, _text(said)),
            patience_s=30.0,
        ) as history:
            if number % 4 == 2:
                history.write(unfinished(told))
            if history.write(told):
                _note(folder, PROMISES, run_id)


def _text(said: Diagnostic) -> str:
    return f"{said.message}: {said.causes}"


def _note(folder: Path, name: str, line: str) -> None:
    fd = os.open(folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, f"{line}\n".encode())
    os.close(fd)


def _lines(folder: Path, name: str) -> list[str]:
    path = folder / name
    return path.read_text().splitlines() if path.exists() else []
