"""Real processes for tests: steps that leave awkward children, and ways to see who is alive."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from wfopt.engine.beginning import COMMAND
from wfopt.engine.runner import Ended, Launch, News, Output, Runner, ServiceEnded
from wfopt.engine.spawning.processes import read_table
from wfopt.model.workflow import StepId

ROOT = Path(__file__).resolve().parents[2]

AWKWARD_KINDS = ("plain", "group", "session", "daemon", "quiet", "clean", "detached")
"""A child that changes nothing, has its own process group, has its own session, and then four that fork
twice on top of that: as it is, without the output, without the environment, without both. All of them
ignore TERM if told to."""

_AWKWARD = """
import os, signal, sys
term, stay, *kinds = sys.argv[1:]
if term == "ignore":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
reader, writer = os.pipe()
for kind in kinds:
    if os.fork() == 0:
        if kind == "group":
            os.setpgid(0, 0)
        if kind not in ("plain", "group"):
            os.setsid()
        if kind not in ("plain", "group", "session") and os.fork():
            os._exit(0)
        os.dup2(writer, 3)
        detach = "exec >/dev/null 2>&1;" if kind in ("quiet", "detached") else ""
        script = f"echo $$; {detach} exec 3>&-; exec /bin/sleep 1000"
        os.execve("/bin/sh", ["sh", "-c", script], {} if kind in ("clean", "detached") else os.environ)
os.close(writer)
os.read(reader, 1)
os.write(1, b"ready\\n")
if stay == "stay":
    signal.pause()
"""

RUN_ID = f"test-run-{os.getpid()}"
"""No other process that runs tests has the same."""


def awkward(*kinds: str, term: str = "obey", stay: bool = False) -> tuple[str, ...]:
    """Return a command that starts such children, prints their pids and `ready`, then ends or stays."""
    return (sys.executable, "-I", "-S", "-c", _AWKWARD, term, "stay" if stay else "end", *kinds)


def launch(step: str, *argv: str, cwd: str = "/", env: dict[str, str | None] | None = None) -> Launch:
    """Return a launch whose processes carry the marks of its step."""
    marks: dict[str, str | None] = {"WFOPT_RUN_ID": RUN_ID, "WFOPT_STEP_ID": step}
    return Launch(step=StepId(step), argv=argv, cwd=cwd, env=marks | (env or {}))


def shell(step: str, script: str, cwd: str = "/", env: dict[str, str | None] | None = None) -> Launch:
    """Return a launch of a shell script."""
    return launch(step, "/bin/sh", "-c", script, cwd=cwd, env=env)


def until_ended(runner: Runner, *steps: str) -> dict[str, Ended]:
    """Wait until these steps ended; return how."""
    return {news.step: news for news in news_until_ended(runner, *steps) if isinstance(news, Ended)}


def news_until_ended(runner: Runner, *steps: str) -> list[News]:
    """Wait until these steps ended; return everything that was heard meanwhile."""
    heard: list[News] = []
    missing = set(steps)
    while missing:
        news = runner.wait(20)
        assert news, f"nothing was heard of {sorted(missing)}"
        heard += news
        missing -= {each.step for each in news if isinstance(each, Ended)}
    return heard


def until_service_ended(runner: Runner, step: str) -> list[News]:
    """Wait until a service is gone; return everything that was heard meanwhile."""
    heard: list[News] = []
    while ServiceEnded(StepId(step)) not in heard:
        news = runner.wait(20)
        assert news, f"{step} does not end"
        heard += news
    return heard


def until_output(runner: Runner, step: str, text: bytes) -> bytes:
    """Wait until a step has written something that contains this text; return all it has written."""
    written = b""
    while text not in written:
        news = runner.wait(20)
        assert news, f"{step} has only written {written!r}"
        for each in news:
            assert isinstance(each, Output), f"{step} ended: {each}"
            written += each.data if each.step == step else b""
    return written


def output_of(heard: Sequence[News], step: str) -> bytes:
    """Return what a step has written."""
    return b"".join(each.data for each in heard if isinstance(each, Output) and each.step == step)


def pids_in(text: bytes) -> set[int]:
    """Return the numbers among the words that were written."""
    return {int(word) for word in text.split() if word.isdigit()}


def living(pids: set[int]) -> set[int]:
    """Return those that are alive; what only nobody has waited for is dead."""
    table = read_table("/proc")
    return {process.pid for process in table.below(pids)} & pids


def measured_command() -> tuple[str, ...]:
    """Return a command for the spawner that loads `site`, without which coverage is not measured."""
    return (sys.executable, COMMAND[-1])


def measured_environ() -> dict[str, str]:
    """Return the environment by which processes know that their coverage is to be measured."""
    return dict(os.environ)  # noqa: TID251  # only whoever started the tests knows the names


def pids_of_killed(program: str, word: bytes) -> set[int]:
    """Run a Python program until it prints a word, kill it, and return the pids that it had printed.

    They were alive then. Returns when nobody holds the program's stderr any more: the spawner does so until
    it is done.
    """
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        written = b""
        while word not in written:
            written += running.stdout.readline()
        pids = living(pids_in(written))
        running.kill()
        assert running.stderr.read() == b""
    return pids
