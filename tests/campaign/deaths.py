"""Random process trees are killed while others go on: nothing of them survives, and it takes no time.

A fifo that every process of a tree holds open tells exactly when the last one is gone. Half of the trees have
limits, and so control groups where there are any; what these leave behind bears no trace of where it comes
from.
"""

from __future__ import annotations

import json
import os
import select
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests.campaign import grove
from tests.campaign.base import Campaign, Verdict, chance
from tests.support.limited import groups_of, with_limits
from tests.support.processes import launch
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.runner import Ended
from wfopt.model.workflow import StepId

MOST_S = 2.0
"""How long it may take at most until nothing of a tree is left."""

MOST_MEDIAN_S = 0.1

_READY_S = 20.0
_AT_ONCE = 4
_DEEPEST = 4


def is_limited(number: int) -> bool:
    """Return whether a case has limits."""
    return number % 2 == 1 and bool(groups_of("both versions"))


def plan_of(rnd: Random, *, traceless: bool, depth: int = 0) -> list[Any]:
    """Return a random tree."""
    kind = "plain" if depth == 0 else rnd.choice(grove.KINDS)
    count = rnd.choice([1, 2, 3]) if depth == 0 else rnd.choice([0, 0, 1, 2])
    children = [
        plan_of(rnd, traceless=traceless, depth=depth + 1) for _ in range(count if depth < _DEEPEST else 0)
    ]
    return [kind, rnd.random() < 0.5, traceless and rnd.random() < 0.5, children]


def size_of(plan: list[Any]) -> int:
    """Return how many processes a tree has."""
    return 1 + sum(size_of(child) for child in plan[3])


def _plan(seed: int, number: int) -> list[Any]:
    return plan_of(chance("deaths", seed, number), traceless=is_limited(number))


def material(seed: int, number: int) -> bytes:
    """Return the tree of a case."""
    return json.dumps(_plan(seed, number)).encode()


class _Tree:
    """A tree that runs."""

    def __init__(self, runner: LocalRunner, number: int, plan: list[Any], folder: Path) -> None:
        self.step = StepId(f"c{number}")
        self.number = number
        self.size = size_of(plan)
        fifo = folder / str(number)
        os.mkfifo(fifo)
        self.fd = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        program = str(Path(grove.__file__).resolve())
        step = launch(self.step, sys.executable, "-I", "-S", program, str(fifo), json.dumps(plan))
        runner.start(with_limits(step, memory=1 << 30) if is_limited(number) else step)

    def is_ready(self) -> bool:
        """Wait until all of it is there."""
        deadline, heard = time.monotonic() + _READY_S, 0
        while heard < self.size and time.monotonic() < deadline:
            poll = select.poll()
            poll.register(self.fd, select.POLLIN)
            if poll.poll(100):
                heard += len(os.read(self.fd, 4096))
        return heard == self.size

    def lives_for(self, patience_s: float) -> float | None:
        """Return how long something of it goes on, or None if that is longer than the patience."""
        start = time.monotonic()
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        return time.monotonic() - start if poll.poll(patience_s * 1000) else None


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Kill trees one after another, each beside those that follow."""
    runner = LocalRunner({"PATH": os.defpath}, SystemClock())
    taken: list[float] = []
    try:
        waiting = list(numbers)
        trees: list[_Tree] = []
        while waiting or trees:
            while waiting and len(trees) < _AT_ONCE:
                number = waiting.pop(0)
                trees.append(_Tree(runner, number, _plan(seed, number), folder))
                runner.wait(0)
            verdict = _kill(runner, trees.pop(0), trees)
            taken.append(verdict.wall_s)
            median = statistics.median(taken)
            slow = f"the median is {median:.3f} s" if len(taken) >= 20 and median > MOST_MEDIAN_S else ""
            yield Verdict(
                case=verdict.case, label=verdict.label, trouble=verdict.trouble or slow, wall_s=verdict.wall_s
            )
    finally:
        runner.close()


def _kill(runner: LocalRunner, tree: _Tree, others: Sequence[_Tree]) -> Verdict:
    label = "limited" if is_limited(tree.number) else "plain"
    if not tree.is_ready():
        return Verdict(case=tree.number, label=label, trouble="it did not come up")
    runner.stop(tree.step, force=True)
    wall = tree.lives_for(MOST_S)
    os.close(tree.fd)
    trouble = "" if wall is not None else f"something is alive {MOST_S:g} s after the kill"
    if not trouble and not _is_told(runner, tree.step):
        trouble = "its end was not told"
    gone = [other.step for other in others if _is_gone(other)]
    if gone:
        trouble = trouble or f"`{gone[0]}` was killed instead"
    return Verdict(case=tree.number, label=label, trouble=trouble, wall_s=wall or MOST_S)


def _is_told(runner: LocalRunner, step: StepId) -> bool:
    deadline = time.monotonic() + MOST_S
    while time.monotonic() < deadline:
        if any(isinstance(news, Ended) and news.step == step for news in runner.wait(MOST_S)):
            return True
    return False


def _is_gone(tree: _Tree) -> bool:
    """Return whether the end of a fifo was reached: nobody has it open any more."""
    poll = select.poll()
    poll.register(tree.fd, select.POLLIN)
    return any(events & select.POLLHUP and not events & select.POLLIN for _, events in poll.poll(0))


CAMPAIGN = Campaign(
    name="deaths",
    summary="random process trees are killed beside others: nothing survives, and it takes 100 ms at most",
    cases=1000,
    jobs=1,
    batch=100,
    patience_s=60.0,
    check=check,
    material=material,
)
