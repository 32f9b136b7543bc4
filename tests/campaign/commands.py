"""The real command for campaigns: its output as bytes, and logs found by step."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.commands import clean_environ, command
from wfopt.engine.outputs import file_name

LIMIT_S = 120.0


def ran(
    args: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run wfopt in a folder to its end."""
    return subprocess.run(
        command(args),
        cwd=folder,
        env=clean_environ({"COLUMNS": "100", **(environ or {})}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    )


def faults(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the signs of a fault in wfopt, or ""."""
    said = done.stdout + done.stderr
    if done.returncode in (0, 1, 2) and b"Traceback" not in said:
        return ""
    return f"status {done.returncode}: {said[-2000:].decode('utf-8', 'replace')}"


def logged(folder: Path, step: str) -> bytes:
    """Return what the only run of a workspace has logged of a step."""
    (run,) = (folder / ".wfopt" / "runs").iterdir()
    path = run / f"{file_name(step)}.log"
    return path.read_bytes() if path.exists() else b""
