"""The program of a random process tree: `python grove.py FIFO PLAN`, see `deaths`.

A plan is `[kind, deaf, quiet, plans of the children]`. Every process of the tree keeps the fifo open and
writes one byte to it when it has become what it is to be, and then lives on.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

KINDS = ("plain", "group", "session", "daemon", "clean")


def become(fifo: int, plan: list[Any]) -> None:
    """Be one process of the tree, which never returns."""
    kind, deaf, quiet, children = plan
    if kind == "group":
        os.setpgid(0, 0)
    if kind in ("session", "daemon", "clean"):
        os.setsid()
    if kind in ("daemon", "clean") and os.fork():
        os._exit(0)
    if deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if quiet:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    for child in children:
        if os.fork() == 0:
            become(fifo, child)
    os.write(fifo, b"r")
    if kind == "clean":
        os.execve("/bin/sleep", ["sleep", "1000"], {})  # noqa: S606 - it has no environment then
    while True:
        signal.pause()


if __name__ == "__main__":
    opened = os.open(sys.argv[1], os.O_WRONLY)
    os.set_inheritable(opened, True)
    become(opened, json.loads(sys.argv[2]))
