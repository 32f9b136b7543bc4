"""Finds processes by a mark in their environment or among their words."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from wfopt.engine.spawning.processes import read_table

MARK = "CAMPAIGN_MARK"
"""The variable that holds the mark."""


def marked(mark: str) -> dict[int, str]:
    """Return the command lines of living processes with this mark, by pid; this process does not count."""
    needle = mark.encode()
    table = read_table("/proc")
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        words = _read(f"/proc/{name}/cmdline")
        if needle in words or needle in _read(f"/proc/{name}/environ"):
            pid = int(name)
            if any(each.pid == pid for each in table.below({pid})):
                found[pid] = words.replace(b"\0", b" ").decode("utf-8", "replace")[:200]
    return found


def left_after(mark: str, patience_s: float) -> dict[int, str]:
    """Wait until no process has this mark; return those that are left when the patience is over."""
    until, pause = time.monotonic() + patience_s, threading.Event()
    while (found := marked(mark)) and time.monotonic() < until:
        pause.wait(0.02)
    return found


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
