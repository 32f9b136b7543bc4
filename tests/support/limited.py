"""Levels of enforcement on this machine, and steps that take too much."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace

from tests.support.processes import launch
from wfopt.engine.runner import Launch
from wfopt.resources.limits import own_groups

MB = 1_000_000

LEVELS: Mapping[str, frozenset[str]] = {
    "version 2": frozenset([""]),
    "version 1": frozenset(["memory", "pids", "cpu", "freezer"]),
    "both versions": frozenset(["", "memory", "pids", "cpu", "freezer"]),
    "freezer and watchdog": frozenset(["freezer"]),
    "watchdog": frozenset(),
}
"""By name, the hierarchies of control groups that are to be used; "" is version 2."""

_HOG = """
import os, sys, time
for _ in range(3):
    if os.fork() == 0:
        held = bytearray(b"x" * {size})
        time.sleep(60)
        os._exit(0)
print("ready", flush=True)
for _ in range(3):
    os.wait()
"""


def groups_of(level: str) -> dict[str, str]:
    """Return the groups of a level that there are here and that can be written to."""
    return {
        controller: folder
        for controller, folder in own_groups().items()
        if controller in LEVELS[level] and os.access(folder, os.W_OK)
    }


def missing(level: str) -> str:
    """Return why a level cannot be shown on this machine, or ""."""
    lacking = LEVELS[level] - groups_of(level).keys()
    names = ", ".join(sorted(name or "version 2" for name in lacking))
    return f"no writable control groups here: {names}" if lacking else ""


def with_limits(step: Launch, **limits: int) -> Launch:
    """Return a launch with limits; underscores stand for hyphens."""
    return replace(step, limits={name.replace("_", "-"): value for name, value in limits.items()})


def hog(step: str, each: int) -> Launch:
    """Return a step whose three children hold so many bytes each, and which itself ends well."""
    return launch(step, sys.executable, "-I", "-S", "-c", _HOG.replace("{size}", str(each)))
