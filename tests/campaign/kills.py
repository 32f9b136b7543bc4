"""wfopt killed at any moment of a run: nothing of the run outlives it for long."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.commands import LIMIT_S
from tests.support.commands import clean_environ, command
from tests.support.limited import groups_of
from tests.support.marks import MARK, left_after, marked

MOST_S = 3.0
"""How long something may go on after the kill."""

LATEST_S = 1.6
"""A run takes about so long if nobody kills it."""

_SCRIPTS = (
    "sleep 0.2",
    "sleep 1000 & sleep 0.2",
    "(setsid sleep 1000 >/dev/null 2>&1 &) ; sleep 0.3",
    "trap '' TERM HUP INT; sleep 0.3",
    "sh -c 'sleep 1000 & sleep 1000' & sleep 0.1",
    "nohup sleep 1000 >/dev/null 2>&1 & sleep 0.2",
    "for i in 1 2 3 4 5 6; do sleep 1000 & done; sleep 0.1",
    "exec env -i sleep 0.5",
    "yes | head -c 1000000; sleep 0.1",
)


def material(seed: int, number: int) -> bytes:
    """Return the workflow of a case."""
    rnd = chance("kills", seed, number)
    lines = ["wfopt: 1", "defaults: {shell: sh}", "steps:"]
    for step in range(12):
        needs = sorted({f"s{rnd.randrange(step)}" for _ in range(2)}) if step and rnd.random() < 0.4 else []
        limits = ", resources: {memory: 200MiB}" if rnd.random() < 0.4 else ""
        lines.append(f'  s{step}: {{run: "{rnd.choice(_SCRIPTS)}", needs: [{", ".join(needs)}]{limits}}}')
    return ("\n".join(lines) + "\n").encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        workspace = folder / str(number)
        workspace.mkdir()
        (workspace / "wfopt.yml").write_bytes(material(seed, number))
        moment = chance("moments", seed, number).uniform(0.0, LATEST_S)
        yield _killed(number, workspace, moment)


def _killed(number: int, workspace: Path, moment: float) -> Verdict:
    mark = f"mark-{os.getpid()}-{number}-{os.urandom(4).hex()}"
    process = subprocess.Popen(
        command(["run", "-j", "4"]),
        cwd=workspace,
        env=clean_environ({MARK: mark}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(moment)
        label = "over before"
    except subprocess.TimeoutExpired:
        label = f"killed with {min(len(marked(mark)), 9)} processes"
        process.kill()
        process.wait(LIMIT_S)
    started_at = time.monotonic()
    left = left_after(mark, MOST_S)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    wall = time.monotonic() - started_at
    left_groups = _groups_left(workspace, max(0.0, MOST_S - (time.monotonic() - started_at)))
    trouble = f"after {moment:.3f} s these are left: {left}" if left else ""
    trouble = trouble or (f"control groups are left: {left_groups}" if left_groups else "")
    return Verdict(case=number, label=label, trouble=trouble, wall_s=wall)


def _groups_left(workspace: Path, patience_s: float) -> list[str]:
    """Return the control groups of the runs in a workspace that are still there when the patience is over."""
    runs = tuple(f"wfopt-{folder.name}" for folder in (workspace / ".wfopt" / "runs").glob("*"))
    until, pause = time.monotonic() + patience_s, threading.Event()
    while True:
        names = (name for base in groups_of("both versions").values() for name in os.listdir(base))
        found = [name for name in names if name.startswith(runs)] if runs else []
        if not found or time.monotonic() >= until:
            return found
        pause.wait(0.02)


CAMPAIGN = Campaign(
    name="kills",
    summary="nothing of a run outlives a killed wfopt by more than 3 s",
    cases=200,
    jobs=3,
    batch=20,
    patience_s=60.0,
    check=check,
    material=material,
)
