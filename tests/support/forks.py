"""Does something in a fork of this process, and gives up waiting for it in time."""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked:
    """What came of it.

    Attributes:
        answer: what it returned; None if it did not.
        raised: what it raised, or why it did not end by itself; "" if all went well.
        wall_s: how long it took.
    """

    answer: Any = None
    raised: str = ""
    wall_s: float = 0.0


def load_what_forks_need() -> None:
    """Load what a run loads late: what is loaded before the forks is not loaded in each of them."""
    importlib.import_module("wfopt.cache.records")


def in_fork(work: Callable[[], Any], limit_s: float) -> Forked:
    """Do some work, which returns what JSON can express, in a fork of this process.

    Args:
        work: what to do.
        limit_s: after so many seconds the fork is killed.
    """
    started_at = time.monotonic()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            _write_all(writing, json.dumps(_done(work)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    data, hangs = _read_all(reading, started_at + limit_s)
    os.close(reading)
    if hangs:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    wall = time.monotonic() - started_at
    if hangs:
        return Forked(raised=f"it did not end within {limit_s:g} s", wall_s=wall)
    if not data:
        return Forked(raised=f"it ended with {os.waitstatus_to_exitcode(status)}", wall_s=wall)
    answer, raised = json.loads(data)
    return Forked(answer=answer, raised=raised, wall_s=wall)


def _done(work: Callable[[], Any]) -> tuple[Any, str]:
    try:
        return work(), ""
    except BaseException:  # noqa: BLE001 - it is told to whoever waits
        return None, traceback.format_exc()[-3000:]


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def _read_all(fd: int, until: float) -> tuple[bytes, bool]:
    """Return what comes until the other end is closed, and whether it was not closed in time."""
    data = b""
    while True:
        ready, _, _ = select.select([fd], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return data, True
        more = os.read(fd, 1 << 16)
        if not more:
            return data, False
        data += more
