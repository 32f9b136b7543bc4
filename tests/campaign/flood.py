"""Steps that print without end: wfopt stays small, does not get stuck, and logs no more than it says."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.campaign.base import Campaign, Verdict
from tests.campaign.commands import LIMIT_S
from tests.support.commands import clean_environ, command
from tests.support.memory import peak_bytes
from wfopt.engine.logs import MOST_BYTES as MOST_LOGGED_BYTES

MOST_BYTES = 100 << 20
"""How much memory wfopt itself may hold."""

_LOG_SLACK = 4096


def _yes(seconds: int) -> str:
    """Return a workflow of four steps that print as fast as they can."""
    script = f"timeout {seconds} yes || true"
    steps = "".join(f"  y{step}: {{run: '{script}', resources: {{cpu: 0.1}}}}\n" for step in range(4))
    return f"wfopt: 1\nsteps:\n{steps}"


def _line(size: int, then: str = "") -> str:
    """Return a workflow of one step that prints so many bytes without a line end."""
    return f"wfopt: 1\nsteps:\n  line: {{run: 'head -c {size} /dev/zero{then}'}}\n"


_LETTERS = " | tr \\\\0 x"
_SCENES = (
    ("yes, short", _yes(1), ()),
    ("line, short", _line(64 << 20, _LETTERS), ()),
    ("yes", _yes(10), ()),
    ("line", _line(10**9, _LETTERS), ()),
    ("zeros", _line(10**8), ()),
    ("yes as json", _yes(4), ("--format", "jsonl")),
)
"""The two for the ordinary tests come first."""


def material(seed: int, number: int) -> bytes:
    """Return the workflow of a case."""
    return _SCENES[number % len(_SCENES)][1].encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        label, text, args = _SCENES[number % len(_SCENES)]
        workspace = folder / str(number)
        workspace.mkdir()
        (workspace / "wfopt.yml").write_text(text)
        started_at = time.monotonic()
        code, peak, printed = _drained(workspace, args)
        wall = time.monotonic() - started_at
        trouble = "" if code == 0 else f"status {code}"
        if peak > MOST_BYTES:
            trouble = f"{peak >> 20} MiB"
        if not printed:
            trouble = "nothing was printed"
        trouble = trouble or _log_trouble(workspace)
        for path in workspace.rglob("*.log"):
            path.unlink()
        yield Verdict(case=number, label=label, trouble=trouble, wall_s=wall, memory_bytes=peak)


def _drained(workspace: Path, args: Sequence[str]) -> tuple[int, int, int]:
    """Run wfopt and throw away what it prints; return its status, its peak memory and how much it printed."""
    process = subprocess.Popen(
        command(["run", "-j", "4", *args]),
        cwd=workspace,
        env=clean_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    peak = printed = 0
    until = time.monotonic() + LIMIT_S
    with process.stdout as stream, selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        looked_at = 0.0
        while (now := time.monotonic()) < until:
            if selector.select(0.05):
                data = os.read(stream.fileno(), 1 << 20)
                if not data:
                    break
                printed += len(data)
            if now > looked_at + 0.05:
                peak, looked_at = max(peak, peak_bytes(process.pid)), now
        else:
            process.kill()
    return process.wait(LIMIT_S), peak, printed


def _log_trouble(workspace: Path) -> str:
    """Return what is wrong with the size of the logs, or ""."""
    paths = list((workspace / ".wfopt" / "runs").rglob("*.log"))
    if not paths:
        return "there is no log"
    for path in paths:
        size = path.stat().st_size
        if size > MOST_LOGGED_BYTES + _LOG_SLACK:
            return f"the log has {size} bytes"
        tail = path.read_bytes()[-200:]
        if size > MOST_LOGGED_BYTES and b"wfopt" not in tail:
            return f"the log does not say that it is cut: {tail!r}"
    return ""


CAMPAIGN = Campaign(
    name="flood",
    summary="steps that print without end are drained in little memory, and their logs have a limit",
    cases=len(_SCENES),
    jobs=1,
    batch=1,
    patience_s=LIMIT_S + 30,
    check=check,
    material=material,
)
