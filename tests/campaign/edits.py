"""Inputs edited while a step runs and between runs, and outputs edited behind the back of a run.

A step writes down what it saw of its inputs, so a result for other inputs than those on disk gives itself
away. Whatever happens, each later run leaves what a clean run leaves.

Not among the cases is what leaves no trace when the step ends: a file that comes and goes while the step
runs, a mode that changes and changes back, a file that is edited, edited back and given its old time again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from pprint import pformat
from random import Random

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.changing import (
    Manner,
    State,
    any_manner,
    bring,
    edited,
    edited_slightly,
    edited_within,
    first_state,
)
from tests.campaign.sightseers import POINTS, WORKFLOW, acts, make, plain, use
from tests.campaign.spoils import spoil
from tests.support.portraits import Seen, portrait
from tests.support.small_runs import MachineClock, SmallRuns, after_tick, cached, coarse_times
from wfopt.engine.report import RunReport

WHILE, BETWEEN, OUTPUTS = 500, 1000, 200
"""How many cases there are of each kind, one kind after the other."""

DAY_NS = 86_400 * 10**9
TICK_NS = 10**9
"""How long a tick of a coarse file system is."""

AHEAD_S = 100.0
"""By so much the clock is ahead where files are to look as if they had been left alone for long."""

STEPS = frozenset({"make", "plain", "use"})
ROOTS = ("out.txt", "out.d", "plain.txt", "used.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What happens.

    Attributes:
        kind: when: `while` a step runs, or `between` runs, to inputs or to `outputs`.
        times: what the times of files tell: `settled`, `fresh` or `coarse`.
        edit_at: the point of the step at which its inputs are edited.
        undo_at: the point at which that is undone, or None.
        edit: how they are edited.
        undo: how that is undone, then or later.
        runs: how many runs there are before anything happens.
    """

    kind: str
    times: str
    edit_at: int
    undo_at: int | None
    edit: Manner
    undo: Manner
    runs: int


def case_of(seed: int, number: int) -> Case:
    """Return a case: all points in turn."""
    rnd = chance("edits", seed, number)
    kind = "while" if number < WHILE else "between" if number < WHILE + BETWEEN else "outputs"
    edit_at, undone = number % POINTS, rnd.random() < 0.4
    edit, undo = any_manner(rnd), any_manner(rnd)
    if kind == "between":
        edit = replace(edit, keeps_times=True)
    if undone and edit.keeps_times:
        undo = replace(undo, keeps_times=False)
    return Case(
        kind=kind,
        times=rnd.choice(["settled", "fresh"] if kind == "while" else ["settled", "fresh", "coarse"]),
        edit_at=edit_at,
        undo_at=rnd.randrange(edit_at, POINTS) if undone and kind == "while" else None,
        edit=edit,
        undo=undo,
        runs=rnd.choice([1, 2, 3]) if kind != "while" else rnd.choice([0, 0, 1]),
    )


def material(seed: int, number: int) -> bytes:
    """Return what happens."""
    return pformat(case_of(seed, number)).encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        case, here = case_of(seed, number), folder / str(number)
        started_at = time.monotonic()
        trial = Trial(case, chance("edits made", seed, number), here)
        try:
            with coarse_times(TICK_NS) if case.times == "coarse" else contextlib.nullcontext():
                trouble = trial.trouble()
        except OSError as error:
            trouble = f"a step could not do its work: {error}"
        shutil.rmtree(here)
        wall = time.monotonic() - started_at
        yield Verdict(case=number, label=f"{case.kind} {case.times}", trouble=trouble, wall_s=wall)


@dataclass(slots=True)
class Trial:
    """A case in a folder.

    Attributes:
        case: what happens.
        rnd: decides what is edited.
        folder: where the workspace is.
    """

    case: Case
    rnd: Random
    folder: Path
    _runs: SmallRuns = field(init=False)
    _now: State = field(default_factory=dict)

    def trouble(self) -> str:
        """Return what is wrong, or ""."""
        ahead_s = AHEAD_S if self.case.times == "settled" else 0.0
        self._runs = SmallRuns(self.folder, MachineClock(ahead_s))
        self._runs.load(WORKFLOW)
        self._bring(first_state(), Manner(way="anew", keeps_times=False))
        if self.rnd.random() < 0.5:
            give_old_times(self._runs.work / "in")
        for _ in range(self.case.runs):
            if trouble := self._run_trouble():
                return f"the first runs: {trouble}"
        trouble = {"while": self._while, "between": self._between, "outputs": self._outputs}[self.case.kind]()
        if trouble:
            return trouble
        if trouble := self._run_trouble():
            return f"at the end: {trouble}"
        return self._idle_trouble()

    def _bring(self, state: State, manner: Manner) -> None:
        """Bring the inputs into a state; where files look settled, that must not fall into a tick with it."""
        if self.case.times == "settled":
            after_tick(self.folder)
        bring(self._runs.work, self._now, state, manner)
        self._now = state

    def _while(self) -> str:
        """Edit while the step runs; every state that there was must then give what it gives a clean run."""
        before = self._now
        if self.case.runs:
            # It has to run once more, whatever is in the cache by then.
            before = edited_slightly(self.rnd, before)
            self._bring(before, any_manner(self.rnd))
        after = (edited if self.case.undo_at is None else edited_within)(self.rnd, before)

        def at(point: int) -> None:
            if point == self.case.edit_at:
                self._bring(after, self.case.edit)
            if point == self.case.undo_at:
                self._bring(before, self.case.undo)

        self._run(at)
        for state in (self._now, before, after, before):
            self._bring(state, self.case.undo)
            if trouble := self._run_trouble():
                changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
                return f"{changed} edited; {'after' if state == after else 'before'} that: {trouble}"
        return ""

    def _between(self) -> str:
        before = self._now
        for state in (edited_slightly(self.rnd, before), before):
            # What is up to date leaves traces that make it quicker to see that it still is.
            self._run()
            self._bring(state, self.case.edit)
            if trouble := self._run_trouble():
                return f"after an edit: {trouble}"
        return ""

    def _outputs(self) -> str:
        outside = self.folder / "outside"
        outside.mkdir()
        (outside / "file").write_bytes(b"outside")
        if self.case.times == "settled":
            after_tick(self.folder)
        before = self._portrait()
        spoil(self.rnd, self._runs.work, ROOTS, outside)
        changed = self._portrait() != before
        idle = cached(self._run())
        if changed and idle == STEPS and self._portrait() != before:
            return "outputs are not what they were, and nothing was done about it"
        return self._wrong()

    def _run(self, at: Callable[[int], None] = lambda _: None) -> RunReport:
        return self._runs.run(acts(self._runs.work, at))

    def _run_trouble(self) -> str:
        """Run undisturbed, and return what is wrong afterwards, or ""."""
        report = self._run()
        if report.exit_code:
            return f"the run failed: {self._runs.said}"
        return self._wrong()

    def _wrong(self) -> str:
        found = self._portrait()
        clean = self.folder / "clean"
        shutil.rmtree(clean, ignore_errors=True)
        shutil.copytree(self._runs.work / "in", clean / "in", symlinks=True)
        make(clean, lambda _: None)
        plain(clean)
        use(clean)
        wanted = {path: seen for path, seen in portrait(clean).items() if _is_output(path)}
        wrong = sorted(path for path in {*found, *wanted} if found.get(path) != wanted.get(path))
        return f"{wrong[:5]} are not as a clean run makes them" if wrong else ""

    def _idle_trouble(self) -> str:
        found = cached(self._run())
        return "" if found == STEPS else f"with nothing changed, only {sorted(found)} need not run"

    def _portrait(self) -> dict[str, Seen]:
        return {path: seen for path, seen in portrait(self._runs.work).items() if _is_output(path)}


def give_old_times(folder: Path) -> None:
    """Let all files in a folder look as if their content were a day old, as those that were copied do."""
    for here, _, names in os.walk(folder):
        for name in names:
            old_ns = os.lstat(os.path.join(here, name)).st_mtime_ns - DAY_NS
            os.utime(os.path.join(here, name), ns=(old_ns, old_ns), follow_symlinks=False)


def _is_output(path: str) -> bool:
    return path.split("/", maxsplit=1)[0] in ROOTS


CAMPAIGN = Campaign(
    name="edits",
    summary="no result is ever used for inputs that it was not made from, no spoiled output is kept",
    cases=WHILE + BETWEEN + OUTPUTS,
    jobs=2,
    batch=100,
    patience_s=60.0,
    check=check,
    material=material,
)
