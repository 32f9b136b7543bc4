"""The process that starts steps begins before what talks to it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.processes import shell
from wfopt.engine.beginning import begin
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.runner import Ended
from wfopt.errors import SpawnerError

ENVIRON = {"PATH": os.defpath}


def test_one_that_was_begun_starts_the_steps() -> None:
    begun = begin(ENVIRON)
    runner = LocalRunner(ENVIRON, SystemClock(), begun=begun)
    runner.make_ready()
    assert runner.alive().spawner == begun.pid
    runner.start(shell("a", "exit 3"))
    ended = runner.wait(20)[-1]
    assert isinstance(ended, Ended)
    assert ended.exit_code == 3
    runner.close()
    with pytest.raises(ProcessLookupError):
        os.kill(begun.pid, 0)


def test_one_that_was_begun_for_nothing_ends() -> None:
    begun = begin(ENVIRON)
    begun.stream.close()
    assert os.waitstatus_to_exitcode(os.waitpid(begun.pid, 0)[1]) == 0


def test_what_cannot_be_started_leaves_nothing_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(SpawnerError, match="`/no/such/python` cannot be started: No such file"):
        begin(ENVIRON, ["/no/such/python"])
    assert len(list(Path("/proc/self/fd").iterdir())) == before
