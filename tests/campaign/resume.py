"""wfopt killed or stopped at any moment of a run, and started again until the run comes to its end.

The tree in the end is that of the scripts run without wfopt; what had finished before a kill does not run
again, and when all is done nothing runs at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from pprint import pformat

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.chores import SIDE, STEPS, chores, expected, set_up
from tests.campaign.commands import LIMIT_S
from tests.support.commands import clean_environ, command
from tests.support.marks import MARK, marked
from tests.support.portraits import Seen, portrait

VARIANTS = 40
"""How many workflows there are."""

MOST_EVENTS = 75
"""So many lines a run prints, about: started and finished for each step, and what some print."""

LATEST_S = 0.06
"""How long after an event the signal comes, at most."""

START_S = 0.35
"""How long it takes until the first event, about."""

WAYS = {"kill": signal.SIGKILL, "all killed": signal.SIGKILL, "int": signal.SIGINT, "term": signal.SIGTERM}
"""The signals; `all killed` takes the spawner and the steps along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """How one run is stopped.

    Attributes:
        way: one of `WAYS`.
        events: how many lines it may print before; with 0 the wait counts from its start.
        wait_s: how much later the signal comes.
    """

    way: str
    events: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A workflow and what happens to it.

    Attributes:
        variant: which workflow.
        slots: how many steps run at once.
        stops: how one run after the other is stopped; the next one is not.
    """

    variant: int
    slots: int
    stops: Sequence[Stop]


def case_of(seed: int, number: int) -> Case:
    """Return a case: in turn killed, killed with all others, and stopped; most of them once."""
    rnd = chance("resume", seed, number)
    stops = []
    for place in range(rnd.choices([1, 2, 3], [5, 2, 1])[0]):
        way = ("kill", "all killed", "kill", "int", "kill", "term")[number % 6] if not place else "kill"
        events = rnd.choice([0, *range(1, MOST_EVENTS)]) if rnd.random() < 0.95 else 0
        wait_s = rnd.uniform(0.0, LATEST_S if events else START_S)
        stops.append(Stop(way=way, events=events, wait_s=round(wait_s, 4)))
    return Case(variant=(number // 10 + seed) % VARIANTS, slots=rnd.choice([2, 4, 8]), stops=stops)


def material(seed: int, number: int) -> bytes:
    """Return what happens."""
    return pformat(case_of(seed, number)).encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        case = case_of(seed, number)
        set_up(folder / str(number) / "work", chores(seed, case.variant))
        trial = Trial(case, folder / str(number), expected(seed, case.variant))
        started_at = time.monotonic()
        trouble = trial.trouble()
        wall = time.monotonic() - started_at
        shutil.rmtree(folder / str(number))
        yield Verdict(case=number, label=trial.label, trouble=trouble, wall_s=wall)


@dataclass(slots=True)
class Ran:
    """One run.

    Attributes:
        code: its exit status.
        events: its complete lines.
        was_stopped: whether it was there still when the signal came.
    """

    code: int
    events: list[Mapping[str, object]]
    was_stopped: bool

    def steps(self, status: str) -> set[str]:
        """Return the steps that it said ended in this way."""
        return {str(each["step"]) for each in self.events if each.get("status") == status and "step" in each}


@dataclass(slots=True)
class Trial:
    """A case in a folder.

    Attributes:
        case: what happens.
        folder: where the workspace `work` is.
        whole: the tree in the end.
        finished: the steps that were said to have ended well.
        spared: how many of them a later run did not run again.
    """

    case: Case
    folder: Path
    whole: Mapping[str, Seen]
    finished: set[str] = field(default_factory=set)
    spared: int = 0
    _mark: str = field(default_factory=lambda: f"mark-{os.getpid()}-{os.urandom(4).hex()}")

    @property
    def label(self) -> str:
        """The kind of the case, with how many steps were spared."""
        low = self.spared // 10 * 10
        return f"{self.case.stops[0].way} x{len(self.case.stops)}, {low}..{low + 9} spared"

    def trouble(self) -> str:
        """Return what is wrong, or ""."""
        for stop in self.case.stops:
            ran = self._run(stop)
            trouble = self._run_trouble(ran, stop)
            if trouble:
                return f"{stop}: {trouble}"
        self.spared = len(self.finished)
        ran = self._run(None)
        trouble = self._run_trouble(ran, None) or self._tree_trouble()
        if trouble:
            return f"started again: {trouble}"
        before = self._started()
        ran = self._run(None)
        if self._started() != before or len(ran.steps("cached")) != STEPS:
            return f"with all done, {sorted(ran.steps('succeeded'))} ran again"
        return self._run_trouble(ran, None) or self._tree_trouble()

    def _run(self, stop: Stop | None) -> Ran:
        with (self.folder / "errors").open("ab") as errors:
            process = subprocess.Popen(
                command(["run", "-j", str(self.case.slots), "--cpus", "64", "--format", "jsonl"]),
                cwd=self.folder / "work",
                env=clean_environ({MARK: self._mark, SIDE: str(self.folder / "side")}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        before = self._started()
        assert process.stdout is not None
        with process.stdout as lines, self._alarm(process):
            taken = [lines.readline() for _ in range(stop.events)] if stop else []
            was_stopped = self._stop(process, stop) if stop else False
            taken += lines.readlines()
            code = process.wait(LIMIT_S)
        events = [json.loads(line) for line in taken if line.endswith(b"\n")]
        again = sorted(self.finished & set(self._started() - before))
        if again:
            events.append({"again": again})
        return Ran(code, events, was_stopped)

    @contextlib.contextmanager
    def _alarm(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        timer = threading.Timer(LIMIT_S, process.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _stop(self, process: subprocess.Popen[bytes], stop: Stop) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(stop.wait_s)
            return False
        process.send_signal(WAYS[stop.way])
        if stop.way == "all killed":
            while found := marked(self._mark):
                for pid in found:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                process.poll()
        return True

    def _run_trouble(self, ran: Ran, stop: Stop | None) -> str:
        """Return what is wrong with a run by itself, and note what it finished."""
        again = next((each["again"] for each in ran.events if "again" in each), None)
        if again:
            return f"these had finished and ran again: {again}"
        said = (self.folder / "errors").read_bytes()
        number = WAYS[stop.way] if stop and ran.was_stopped else 0
        if number == signal.SIGINT and not ran.events:
            # Python was still starting.
            (self.folder / "errors").write_bytes(b"")
            return ""
        # A signal may come when all is over, or before anybody listens.
        right = {0, 128 + number, -number} if number else {0}
        if ran.code not in right or b"Traceback" in said or b"warning" in said or b"error[" in said:
            return f"status {ran.code}: {said[-1500:].decode('utf-8', 'replace')}"
        self.finished |= ran.steps("succeeded") | ran.steps("cached")
        return ""

    def _started(self) -> Counter[str]:
        """Return how often each step has run."""
        try:
            return Counter((self.folder / "side").read_text(encoding="utf-8").split())
        except FileNotFoundError:
            return Counter()

    def _tree_trouble(self) -> str:
        found = portrait(self.folder / "work")
        paths = sorted(path for path in {*found, *self.whole} if found.get(path) != self.whole.get(path))
        return f"the tree differs in {paths[:5]}" if paths else ""


CAMPAIGN = Campaign(
    name="resume",
    summary="after a kill the same command ends with the right tree and runs nothing twice",
    cases=1000,
    jobs=3,
    batch=10,
    patience_s=200.0,
    check=check,
    material=material,
)
