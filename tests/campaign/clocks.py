"""Wall clocks that are wrong, and times of files that cannot be: nothing old is used for new.

A clock that was wrong when a result was made, by about as much as has passed since, cannot be told from one
that is right: such jumps are not among the cases.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from pprint import pformat

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.odd_times import odd_times_trouble, times_of
from tests.support.runners import FakeClock
from tests.support.small_runs import SmallRuns, cached
from wfopt.engine.clock import SystemClock
from wfopt.engine.report import RunReport
from wfopt.render.documents import run_document

JUMPS, TIMES = 200, 200
"""How many cases there are with jumps of the clock, and then with odd times of files."""

TTL_S = 3600.0
OFF_S = 300.0
"""By so much a result may be used too late."""

AHEAD_S = 1000.0

CLOSE_S = 10.0
"""A run takes less than this; it decides on its way."""

DAY_S, YEAR_S = 86_400.0, 365 * 86_400.0
AT_1970, AT_2100 = 0.0, 4_102_444_800.0

JUMP_KINDS = {
    "a year on": YEAR_S,
    "a year back": -YEAR_S,
    "a day on": DAY_S,
    "a day back": -DAY_S,
    "four minutes on": 240.0,
    "four minutes back": -240.0,
}
"""Seconds by which the clock is set; besides these it goes to 1970, to 2100, and back to what is right."""

PAUSES_S = (0.0, 1.0, 60.0, 1800.0, 3500.0, 3700.0, 7500.0)

WORKFLOW = """wfopt: 1
defaults: {shell: sh}
steps:
  brief: {run: brief, inputs: [in.txt], outputs: [brief.txt], cache: {ttl: 1h}}
  plain: {run: plain, inputs: [in.txt], outputs: [plain.txt]}
  use: {run: use, inputs: [brief.txt, plain.txt], outputs: [used.txt], cache: {ttl: 1h}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One run.

    Attributes:
        pause_s: how much time passes before.
        before: how the clock jumps before it, or "".
        within: how it jumps while step `brief` runs, or "".
        text: what is in the input.
    """

    pause_s: float
    before: str
    within: str
    text: str


def rounds_of(seed: int, number: int) -> list[Round]:
    """Return the runs of a case."""
    rnd = chance("clocks", seed, number)
    kinds = [*JUMP_KINDS, "to 1970", "to 2100"]
    # The small jumps and those to a moment come once at most: two of them could add up to the time passed.
    once = {"four minutes on", "four minutes back", "to 1970", "to 2100"}
    rounds = []
    for _ in range(6):
        jumps = []
        for likely in (0.6, 0.2):
            jump = rnd.choice([*kinds, "right"]) if rnd.random() < likely else ""
            if jump in once:
                kinds.remove(jump)
                if jump.startswith("four"):
                    kinds = [each for each in kinds if not each.startswith("four")]
            jumps.append(jump)
        rounds.append(
            Round(
                pause_s=rnd.choice(PAUSES_S),
                before=jumps[0],
                within=jumps[1],
                text=rnd.choice(["a", "a", "a", "b"]),
            )
        )
    return rounds


def material(seed: int, number: int) -> bytes:
    """Return what happens."""
    return pformat(rounds_of(seed, number) if number < JUMPS else times_of(seed, number)).encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        here, started_at = folder / str(number), time.monotonic()
        if number < JUMPS:
            trial = JumpTrial(here)
            trouble, label = trial.trouble(rounds_of(seed, number)), f"{min(trial.jumps, 6)} jumps"
        else:
            trouble, label = odd_times_trouble(times_of(seed, number), here), "odd times"
        shutil.rmtree(here)
        yield Verdict(case=number, label=label, trouble=trouble, wall_s=time.monotonic() - started_at)


@dataclass(slots=True)
class JumpTrial:
    """A case with jumps, in a folder.

    Attributes:
        folder: where the workspace is.
        jumps: how often the clock has jumped.
    """

    folder: Path
    jumps: int = 0
    _clock: FakeClock = field(init=False)
    _right: float = 0.0
    _made: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def trouble(self, rounds: Sequence[Round]) -> str:
        """Return what is wrong, or ""."""
        # A little ahead of the file system's, so that files look as if they had been left alone for a while.
        self._right = SystemClock().wall() + AHEAD_S
        self._clock = FakeClock(epoch=self._right)
        runs = SmallRuns(self.folder, self._clock)
        runs.load(WORKFLOW)
        for place, each in enumerate(rounds):
            self._clock.advance(each.pause_s)
            self._jump(each.before)
            if place == 0 or each.text != rounds[place - 1].text:
                (runs.work / "in.txt").write_text(each.text)
            known, wall = dict(self._made), self._clock.wall()
            report = runs.run(
                {
                    "brief": lambda each=each: self._make(runs.work, "brief", each),  # type: ignore[misc]
                    "plain": lambda each=each: self._make(runs.work, "plain", each),  # type: ignore[misc]
                    "use": lambda: _use(runs.work),
                },
                duration_s=2.0,
            )
            trouble = self._judge(report, each, known, wall, runs.work)
            if trouble:
                return f"run {place + 1}, {each}: {trouble} {runs.said}"
        return ""

    def _jump(self, kind: str) -> None:
        if not kind:
            return
        self.jumps += 1
        moments = {"to 1970": AT_1970, "to 2100": AT_2100}
        if kind == "right":
            self._clock.epoch = self._right
        elif kind in moments:
            self._clock.epoch = moments[kind] - self._clock.now()
        elif self._clock.wall() + JUMP_KINDS[kind] >= 0:
            # No machine's clock can be set to a time before 1970.
            self._clock.epoch += JUMP_KINDS[kind]

    def _make(self, work: Path, step: str, each: Round) -> None:
        if step == "brief":
            self._jump(each.within)
        self._made[step, each.text] = (self._clock.now(), self._clock.wall())
        (work / f"{step}.txt").write_text(f"{each.text} {self._clock.now()!r}")

    def _judge(
        self,
        report: RunReport,
        each: Round,
        known: Mapping[tuple[str, str], tuple[float, float]],
        wall: float,
        work: Path,
    ) -> str:
        if report.exit_code:
            return "it failed"
        if negative := negatives(run_document(report)):
            return f"negative in the report: {negative}"
        if (work / "used.txt").read_text() != _used(work):
            return "`use` used what is not there"
        # `plain` is glanced at in the beginning, and looked at when `brief` may have moved the clock.
        for step, moments in (("brief", (wall,)), ("plain", (wall, self._clock.wall()))):
            made = known.get((step, each.text))
            judged = {_judged(made, moment, is_brief=step == "brief") for moment in moments}
            trouble = self._age_trouble(step, each.text, work)
            told = judged.pop()
            if not (trouble or judged) and told and (step in cached(report)) != (told == "usable"):
                trouble = f"its earlier result was {told}, but it is {report.steps}"
            if trouble:
                return f"`{step}`: {trouble}"
        return ""

    def _age_trouble(self, step: str, wanted: str, work: Path) -> str:
        """Return what is wrong with what a step left, going by the time that has really passed."""
        text, made_at = (work / f"{step}.txt").read_text().split()
        if text != wanted or float(made_at) != self._made[step, text][0]:
            return "it left an old result"
        age = self._clock.now() - float(made_at)
        return f"its result is {age:.0f} s old" if step == "brief" and age > TTL_S + OFF_S + CLOSE_S else ""


def _judged(made: tuple[float, float] | None, wall: float, *, is_brief: bool) -> str:
    """Return whether a result is usable as far as the clock can tell; "" if that is a close thing."""
    if made is None:
        return "missing"
    age, most = wall - made[1], TTL_S if is_brief else float("inf")
    if -OFF_S + CLOSE_S < age < most - CLOSE_S:
        return "usable"
    return "from the future or too old" if age < -OFF_S - CLOSE_S or age > most + CLOSE_S else ""


def _use(work: Path) -> None:
    (work / "used.txt").write_text(_used(work))


def _used(work: Path) -> str:
    return (work / "brief.txt").read_text() + (work / "plain.txt").read_text()


def negatives(value: object, where: str = "") -> list[str]:
    """Return where in a document a number is negative; a moment before 1970 may be."""
    if isinstance(value, Mapping):
        pairs = [(f"{where}.{key}", each) for key, each in value.items() if key != "started_at"]
    elif isinstance(value, list):
        pairs = [(f"{where}[{place}]", each) for place, each in enumerate(value)]
    else:
        is_negative = isinstance(value, int | float) and value < 0
        return [where] if is_negative else []
    return [found for name, each in pairs for found in negatives(each, name)]


CAMPAIGN = Campaign(
    name="clocks",
    summary="whatever the clock says, nothing is used past its time, and nothing stale at all",
    cases=JUMPS + TIMES,
    jobs=2,
    batch=50,
    patience_s=60.0,
    check=check,
    material=material,
)
