"""Where control groups for steps can be made: below the groups that this process is in."""

from __future__ import annotations

import os

from wfopt.resources.cgroups import parse_folders
from wfopt.resources.files import read

CONTROLLERS = frozenset(("cpu", "freezer", "memory", "pids"))


def own_groups(root: str = "/") -> dict[str, str]:
    """Return the folder of the group that this process is in, by controller; "" is version 2.

    Args:
        root: the folder that stands for the root of the file system.
    """
    proc = os.path.join(root, "proc/self")
    folders = parse_folders(_text(f"{proc}/cgroup"), _text(f"{proc}/mountinfo"), CONTROLLERS)
    found: dict[str, str] = {}
    for folder in folders:
        # The innermost comes first.
        found.setdefault(folder.controller, os.path.join(root, folder.path.lstrip("/")))
    return found


def _text(path: str) -> str:
    return os.fsdecode(read(path))
