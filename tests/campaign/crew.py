"""Runs a campaign: hands its cases to processes, and counts what they report.

Each process checks one batch and writes a line for each case. One that dies or falls silent has failed the
case that it was busy with; the rest of its batch goes to another process.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.campaign.base import Campaign, Tally, Verdict

ROOT = Path(__file__).resolve().parents[2]
PROGRESS_S = 10.0
_LOST = "lost"


def _environ() -> dict[str, str]:
    """Return the environment of a worker: whatever takes time is measured, so coverage is not."""
    inherited = os.environ.items()  # noqa: TID251 - the worker needs PATH and more
    kept = {name: value for name, value in inherited if not name.startswith("COVERAGE_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


class Worker:
    """A process that checks a batch."""

    def __init__(self, campaign: Campaign, seed: int, numbers: Sequence[int]) -> None:
        self.left = deque(numbers)
        self._patience_s = campaign.patience_s
        self._folder = Path(tempfile.mkdtemp(prefix=f"campaign-{campaign.name}-"))
        (self._folder / "cases").mkdir()
        self._errors = self._folder / "errors"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.campaign.worker", campaign.name, str(seed)],
                cwd=self._folder / "cases",
                env=_environ(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(list(numbers)).encode())
        self._process.stdin.close()
        self.fd = self._process.stdout.fileno()
        self._text = b""
        self.deadline = time.monotonic() + self._patience_s

    def read(self) -> list[Verdict] | None:
        """Return the verdicts that arrived, or None at the end."""
        data = os.read(self.fd, 1 << 16)
        if not data:
            return None
        *lines, self._text = (self._text + data).split(b"\n")
        verdicts = [Verdict(**json.loads(line)) for line in lines]
        for verdict in verdicts:
            assert verdict.case == self.left.popleft()
        self.deadline = time.monotonic() + self._patience_s
        return verdicts

    def end(self, why: str = "") -> Verdict | None:
        """End the process; return the verdict on a case that was not finished."""
        if why:
            self._kill()
        code = self._process.wait()
        self._kill()
        assert self._process.stdout is not None
        self._process.stdout.close()
        said = self._errors.read_text("utf-8", "replace")[-3000:]
        shutil.rmtree(self._folder, ignore_errors=True)
        if not self.left:
            return None
        trouble = f"{why or f'the process ended with status {code}'}\n{said}".strip()
        return Verdict(case=self.left.popleft(), label=_LOST, trouble=trouble)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


class Crew:
    """The processes of a campaign.

    Args:
        campaign: what they work on.
        seed: makes the cases.
        numbers: the cases.
        minutes: after that no new batch is started.
        say: takes a line about the progress.
    """

    def __init__(
        self,
        campaign: Campaign,
        *,
        seed: int,
        numbers: Sequence[int],
        minutes: float | None = None,
        say: Callable[[str], Any] = lambda _: None,
    ) -> None:
        self._campaign = campaign
        self._tally = Tally(campaign, seed)
        size = max(1, min(campaign.batch, -(-len(numbers) // campaign.jobs)))
        self._batches = deque(numbers[start : start + size] for start in range(0, len(numbers), size))
        self._started_at = self._told_at = time.monotonic()
        self._until = self._started_at + 60 * minutes if minutes is not None else float("inf")
        self._say = say
        self._selector = selectors.DefaultSelector()
        self._workers: set[Worker] = set()

    def run(self) -> Tally:
        """Check everything and return what came of it."""
        try:
            self._fill()
            while self._workers:
                self._round()
                self._fill()
        finally:
            for worker in self._workers:
                worker.end("the campaign was given up")
            self._selector.close()
        self._tally.wall_s = time.monotonic() - self._started_at
        return self._tally

    def _fill(self) -> None:
        while self._batches and len(self._workers) < self._campaign.jobs and time.monotonic() < self._until:
            worker = Worker(self._campaign, self._tally.seed, self._batches.popleft())
            self._workers.add(worker)
            self._selector.register(worker.fd, selectors.EVENT_READ, worker)

    def _round(self) -> None:
        for key, _ in self._selector.select(0.5):
            worker: Worker = key.data
            verdicts = worker.read()
            for verdict in verdicts or ():
                self._tally.add(verdict)
            if verdicts is None:
                self._dismiss(worker)
        now = time.monotonic()
        for worker in [each for each in self._workers if now > each.deadline]:
            self._dismiss(worker, f"no answer for {self._campaign.patience_s:g} s")
        if now > self._told_at + PROGRESS_S:
            self._told_at = now
            self._tell(now)

    def _dismiss(self, worker: Worker, why: str = "") -> None:
        self._workers.remove(worker)
        self._selector.unregister(worker.fd)
        lost = worker.end(why)
        if lost is not None:
            self._tally.add(lost)
        if worker.left:
            self._batches.appendleft(list(worker.left))

    def _tell(self, now: float) -> None:
        tally = self._tally
        rate = tally.cases / (now - self._started_at)
        self._say(f"{tally.campaign.name}: {tally.cases} cases, {len(tally.failures)} failed, {rate:.1f}/s")


def run(campaign: Campaign, numbers: Sequence[int], *, seed: int = 1) -> Tally:
    """Check these cases of a campaign."""
    return Crew(campaign, seed=seed, numbers=numbers).run()
