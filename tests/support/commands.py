"""Whole commands for tests: `python -m wfopt` as a process of its own, in an environment of known content."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 40.0
"""How long a command or a wait may take before the test fails."""

_FOREIGN = ("WFOPT_", "GITHUB_")
_COVERAGE = "COVERAGE_"
_UNWANTED = frozenset({"NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI", "TERM"})
_TIME = re.compile(r"\b\d+(?:\.\d+)? (?:µs|ms|s|min|h)(?!\w)")


# A whole command that measures its coverage takes twice as long, and hardly reaches what unit tests do not.
is_measured: ContextVar[bool] = ContextVar("is_measured", default=False)
"""Whether whole commands measure their coverage: in tests that are marked as `measured`."""


def clean_environ(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this environment without what changes how wfopt behaves, and with `extra`."""
    inherited = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - a process needs PATH and more of it
        if not name.startswith(_FOREIGN) and name not in _UNWANTED
        if is_measured.get() or not name.startswith(_COVERAGE)
    }
    paths = [str(ROOT), *filter(None, [inherited.get("PYTHONPATH")])]
    return inherited | {"PYTHONPATH": os.pathsep.join(paths)} | dict(extra or {})


def command(args: Sequence[str]) -> list[str]:
    """Return the words that start wfopt with these arguments."""
    return [sys.executable, "-m", "wfopt", *args]


def run(
    args: Sequence[str],
    cwd: Path,
    env: Mapping[str, str] | None = None,
    input: str | None = None,  # noqa: A002
) -> subprocess.CompletedProcess[str]:
    """Run wfopt to its end; times in what it wrote stand as `[TIME]`."""
    done = subprocess.run(
        command(args),
        cwd=cwd,
        env=clean_environ(env),
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, without_times(done.stdout), without_times(done.stderr)
    )


def start(args: Sequence[str], cwd: Path) -> subprocess.Popen[str]:
    """Start wfopt in a session of its own, so that only the test signals it."""
    return subprocess.Popen(
        command(args),
        cwd=cwd,
        env=clean_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def without_times(text: str) -> str:
    """Return the text with each time, such as `1.7 ms`, as `[TIME]`."""
    return _TIME.sub("[TIME]", text)


def until(happened: Callable[[], bool], what: str) -> None:
    """Wait until something has happened."""
    pause = threading.Event()
    for _ in range(int(LIMIT_S * 100)):
        if happened():
            return
        pause.wait(0.01)
    raise AssertionError(f"in {LIMIT_S} s this did not happen: {what}")


def pid_from(path: Path) -> int:
    """Wait until a step has written a line with a process number into this file; return the number."""
    until(lambda: path.exists() and path.read_text().endswith("\n"), f"a number in {path.name}")
    return int(path.read_text())
