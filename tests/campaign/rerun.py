"""Steps that run again: each that makes something else the second time is found, and none that does not."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from pprint import pformat
from typing import Any

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.chancy import CHORES, INPUTS, Chore, found, step_of
from tests.campaign.commands import ran
from tests.support.portraits import portrait
from tests.support.record_files import tree

MEMORY_DISK = "/dev/shm"
"""Where the order in which a folder lists its files is that in which they were made; on ext4 it is not."""

BATCH = len(CHORES)
"""So many cases share a workflow."""


def chore_of(number: int) -> Chore:
    """Return what a case is about: all chores in turn."""
    return CHORES[number % len(CHORES)]


def step(seed: int, number: int) -> dict[str, Any]:
    """Return the step of a case."""
    return step_of(chore_of(number), number, chance("rerun", seed, number))


def material(seed: int, number: int) -> bytes:
    """Return the step."""
    return pformat(step(seed, number)).encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases, all of them in one workflow."""
    disk = MEMORY_DISK if os.path.isdir(MEMORY_DISK) else str(folder)
    with tempfile.TemporaryDirectory(dir=disk, prefix="rerun-") as name:
        started_at = time.monotonic()
        place = Path(os.path.realpath(name))
        general, verdicts = _verdicts(place / "work", place / "marks", {n: step(seed, n) for n in numbers})
        wall = (time.monotonic() - started_at) / len(numbers)
        _open_again(place)
    for number in numbers:
        chore = chore_of(number)
        verdict = verdicts.get(f"k{number}", {"verdict": "nothing"})
        wrong = verdict["verdict"] != found(chore)
        trouble = f"{chore.name}: not {found(chore)}, but {general or verdict}" if wrong else general
        yield Verdict(case=number, label=f"{chore.name}: {found(chore)}", trouble=trouble, wall_s=wall)


def _verdicts(work: Path, marks: Path, steps: Mapping[int, Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Return what is wrong with all cases, and what came of each step."""
    marks.mkdir()
    for number in steps:
        _inputs(work / f"k{number}", number)
    workflow = {"wfopt": 1, "steps": {f"k{number}": each for number, each in steps.items()}}
    (work / "w.yml").write_text(json.dumps(workflow), encoding="utf-8")
    environ = {"MARKS": str(marks)}
    done = ran(["run", "w.yml", "-j", "4", "-q"], work, {**environ, "LEAK": "here"})
    if done.returncode:
        return f"the run failed: {done.stderr[-2000:].decode()}", {}
    before = portrait(work), tree(work), sorted(os.listdir(work / ".wfopt"))
    words = ["cache", "verify", "--rerun", "w.yml", "--format", "json"]
    done = ran(words, work, {**environ, "LEAK": "there"})
    if done.returncode not in (0, 1) or b"Traceback" in done.stderr:
        return f"status {done.returncode}: {done.stderr[-2000:].decode()}", {}
    after = portrait(work), tree(work), sorted(os.listdir(work / ".wfopt"))
    changed = "something has changed in the workspace" if after != before else ""
    return changed, {each["id"]: each for each in json.loads(done.stdout)["steps"]}


def _inputs(place: Path, number: int) -> None:
    """Make the inputs of a step, and what it does not declare."""
    inputs = place / "in"
    (inputs / "closed").mkdir(parents=True)
    for name in INPUTS:
        (inputs / name).write_text(f"{name} {number}\nsecond line of {name}\n", encoding="utf-8")
    (inputs / "tool").write_text('#!/bin/sh\necho "made $1"\n', encoding="utf-8")
    (inputs / "tool").chmod(0o755)
    (inputs / "real").mkdir()
    (inputs / "real" / "x").write_text("x\n", encoding="utf-8")
    os.symlink("a", inputs / "link")
    os.symlink("real", inputs / "folder")
    (inputs / "closed" / "x").write_text("closed\n", encoding="utf-8")
    (inputs / "closed" / "x").chmod(0o440)
    (inputs / "closed").chmod(0o555)
    (place / "counter").write_text("5\n", encoding="utf-8")
    (place / "other").write_text("other\n", encoding="utf-8")


def _open_again(place: Path) -> None:
    for closed in place.rglob("closed"):
        closed.chmod(0o755)


CAMPAIGN = Campaign(
    name="rerun",
    summary="a step that makes something else when it runs again is found, and no other; nothing changes",
    cases=25 * BATCH,
    jobs=2,
    batch=BATCH,
    patience_s=120.0,
    check=check,
    material=material,
)
