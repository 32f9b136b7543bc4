"""Awkward children: a step ends soon after its first process, or by its timeout, and leaves nothing alive.

All cases of a batch are steps of one run, at the same time.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.campaign import awkward
from tests.campaign.base import Campaign, Verdict
from tests.campaign.commands import LIMIT_S
from tests.support.commands import clean_environ, command
from tests.support.marks import MARK, left_after

MOST_S = 3.0
"""How long a step may go on after its first process has ended."""

TIMEOUT_S = 1
MOST_AFTER_TIMEOUT_S = 10.0 + MOST_S
"""A step whose time is up has ten seconds to end by itself."""

_SETTLE_S = 1.0


def kind(number: int) -> str:
    """Return the kind of a case."""
    return awkward.KINDS[number % len(awkward.KINDS)].__name__


def material(seed: int, number: int) -> bytes:
    """Return the command of a case."""
    return f"python3 -I -S tests/campaign/awkward.py {kind(number)} MARK FILE\n".encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases in one run."""
    mark = f"mark-{os.getpid()}-{os.urandom(4).hex()}"
    (folder / "ended").mkdir()
    shutil.copy(awkward.__file__, folder / "awkward.py")
    (folder / "wfopt.yml").write_text(_workflow(numbers, mark))
    finished, code, said = _run(len(numbers), folder, mark)
    left = left_after(mark, _SETTLE_S)
    general = "" if code in (0, 1) and "Traceback" not in said else f"status {code}: {said[-2000:]}"
    blamed = _blame(left, numbers)
    for number in numbers:
        trouble, wall = _trouble(number, finished, folder)
        trouble = general or blamed.get(number, "") or trouble
        yield Verdict(case=number, label=kind(number), trouble=trouble, wall_s=wall)


def _blame(left: dict[int, str], numbers: Sequence[int]) -> dict[int, str]:
    """End what is left alive; return which case left it, the first one where nothing tells."""
    blamed = {}
    for pid, words in left.items():
        os.kill(pid, signal.SIGKILL)
        number = next((each for each in numbers if f" {kind(each)} " in words), numbers[0])
        blamed[number] = f"still alive: {words}"
    return blamed


def _workflow(numbers: Sequence[int], mark: str) -> str:
    lines = ["wfopt: 1", "steps:"]
    for number in numbers:
        words = [sys.executable, "-I", "-S", "awkward.py", kind(number), mark, f"ended/{number}"]
        timeout = f", timeout: {TIMEOUT_S}s" if kind(number) in awkward.ENDED_BY_TIMEOUT else ""
        lines.append(f"  c{number}: {{run: {json.dumps(words)}, resources: {{cpu: 0.01}}{timeout}}}")
    return "\n".join(lines) + "\n"


def _run(steps: int, folder: Path, mark: str) -> tuple[dict[str, float], int, str]:
    """Run it; return when each step was reported as finished, the exit status, and what stood on stderr."""
    finished: dict[str, float] = {}
    with (folder / "stderr").open("w+b") as errors:
        process = subprocess.Popen(
            command(["run", "-k", "-j", str(steps), "--format", "jsonl"]),
            cwd=folder,
            env=clean_environ({MARK: mark}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                event = json.loads(line)
                if event["event"] == "step-finished":
                    finished[event["step"]] = time.clock_gettime(time.CLOCK_REALTIME)
        code = process.wait(LIMIT_S)
        errors.seek(0)
        return finished, code, errors.read().decode("utf-8", "replace")


def _trouble(number: int, finished: dict[str, float], folder: Path) -> tuple[str, float]:
    """Return what is wrong with a case, and how long its step went on."""
    at = finished.get(f"c{number}")
    if at is None:
        return "the step was never reported as finished", 0.0
    path = folder / "ended" / str(number)
    if kind(number) in awkward.ENDED_BY_TIMEOUT:
        started = (folder / "wfopt.yml").stat().st_mtime
        after, most = at - started - TIMEOUT_S, MOST_AFTER_TIMEOUT_S
    elif not path.exists():
        return "its first process did not come to its end", 0.0
    else:
        after, most = at - path.stat().st_mtime, MOST_S
    return (f"the step ended {after:.2f} s later" if after > most else ""), after


CAMPAIGN = Campaign(
    name="children",
    summary="steps with awkward children end soon after their first process and leave nothing alive",
    cases=len(awkward.KINDS) * 10,
    jobs=1,
    batch=len(awkward.KINDS),
    patience_s=60.0,
    check=check,
    material=material,
)
