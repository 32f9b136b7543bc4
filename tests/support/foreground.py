"""A program in the foreground of a terminal of its own, which runs one interactive step."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]

_PROGRAM = """
import fcntl, json, os, select, signal, sys, termios
from dataclasses import replace
from tests.support.processes import launch
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner

setup, orders_fd, cwd, limits, *argv = sys.argv[1:]
orders_fd = int(orders_fd)
os.set_inheritable(orders_fd, False)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
exec(setup)
before = termios.tcgetattr(0)
runner = LocalRunner({"PATH": os.defpath}, SystemClock(), terminal=0)
env = {"WFOPT_RUN_ID": f"run-of-{os.getpid()}"}
runner.start(replace(launch("a", *argv, cwd=cwd, env=env), interactive=True, limits=json.loads(limits)))
orders = select.poll()
orders.register(orders_fd, select.POLLIN)


def tell(**facts):
    facts |= dict(
        foreground=os.tcgetpgrp(0) == os.getpgrp(),
        as_before=termios.tcgetattr(0) == before,
        blocked=signal.SIGTTOU in signal.pthread_sigmask(signal.SIG_BLOCK, []),
    )
    print(json.dumps(facts), flush=True)


def tell_end(news):
    tell(
        kind=type(news).__name__,
        exit_code=news.exit_code,
        signal=news.signal,
        error=news.error,
        left_behind=news.left_behind,
        spent_s=news.ended_at - news.started_at,
        cpu_s=news.cpu_s,
        folder=os.getcwd(),
        limit=None if news.limit is None else [news.limit.kind.value, news.limit.enforced_by.value],
        enforcers={kind: each.value for kind, each in runner.enforcers().items()},
    )


while True:
    for news in runner.wait(0.01):
        tell_end(news)
    if orders.poll(0):
        order = os.read(orders_fd, 1)
        if order == b"c" or not order:
            runner.close()
            tell(kind="closed")
            break
        if order == b"n":
            runner.start(replace(launch("b", "true"), interactive=True))
        else:
            runner.stop("a", force=order == b"f")
"""


class Session:
    """Such a program, seen from the other side of the terminal.

    Args:
        argv: the step.
        cwd: the folder the step starts in.
        setup: what the program does first, in Python.
        limits: what the step is held to.

    Attributes:
        program: its process.
        screen: the descriptor to type at and to read from.
        seen: all that was read from there.
    """

    def __init__(
        self, *argv: str, cwd: str = "/", setup: str = "", limits: Mapping[str, int] | None = None
    ) -> None:
        self.screen, terminal = os.openpty()
        theirs, self._orders = os.pipe()
        self.program = subprocess.Popen(
            (sys.executable, "-c", _PROGRAM, setup, str(theirs), cwd, json.dumps(limits or {}), *argv),
            cwd=ROOT,
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(theirs,),
            start_new_session=True,
        )
        os.close(terminal)
        os.close(theirs)
        self.seen = b""

    def type(self, text: bytes) -> None:
        """Type at the terminal."""
        os.write(self.screen, text)

    def until_seen(self, text: bytes) -> bytes:
        """Wait until this text stands on the terminal; return all that has ever stood there."""
        while text not in self.seen:
            assert select.select([self.screen], [], [], 20)[0], f"only {self.seen!r} was seen"
            self.seen += os.read(self.screen, 4096)
        return self.seen

    def order(self, order: bytes) -> None:
        """Order a stop (`s`), a forced one (`f`), the start of a second step (`n`), or the end (`c`)."""
        os.write(self._orders, order)

    def told(self) -> dict[str, object]:
        """Wait for what the program says next."""
        assert self.program.stdout is not None
        assert self.program.stderr is not None
        assert select.select([self.program.stdout], [], [], 20)[0], "the program says nothing"
        line = self.program.stdout.readline()
        assert line, self.program.stderr.read().decode()
        facts: dict[str, object] = json.loads(line)
        return facts

    def until_gone(self) -> None:
        """Wait until the program and its spawner are gone."""
        assert self.program.stderr is not None
        assert self.program.stderr.read() == b""
        self.program.wait()

    def close(self) -> None:
        """End the program, which closes its runner."""
        os.close(self._orders)
        with self.program:
            assert self.program.stdout is not None
            self.program.stdout.read()
        # Not before: who loses the terminal gets a signal.
        os.close(self.screen)
