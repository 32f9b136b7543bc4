"""Files whose times of change lie far in the past or in the future, and edits that do not change them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.base import chance
from tests.support.small_runs import Act, MachineClock, SmallRuns, after_tick

YEAR_S = 365 * 86_400.0

ODD_TIMES_S = (-(2**31), -1, 0, 1, 2**31, 4_102_444_800, 2**32, 9_300_000_000, 15_000_000_000)
"""Times of change for files, in seconds since 1970; of the last ones nanoseconds do not fit into 64 bits."""

WORKFLOW = """wfopt: 1
defaults: {shell: sh}
steps:
  one: {run: one, inputs: [in.txt], outputs: [one.txt]}
  two: {run: two, inputs: [in.txt], outputs: [two.txt]}
  use: {run: use, inputs: [one.txt, two.txt], outputs: [used.txt]}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Odd times of files.

    Attributes:
        first: the time of change of input and output before the first run ends, in seconds since 1970.
        later: the one that they have after each edit.
        ahead_s: how far the clock is ahead of that of the file system.
        victim: the file that is edited.
    """

    first: float
    later: float
    ahead_s: float
    victim: str


def times_of(seed: int, number: int) -> Times:
    """Return what happens in a case."""
    rnd = chance("odd times", seed, number)
    first = rnd.choice(ODD_TIMES_S)
    return Times(
        first=first,
        later=first if rnd.random() < 0.7 else rnd.choice(ODD_TIMES_S),
        ahead_s=rnd.choice([0.0, 60.0, YEAR_S, -YEAR_S, 75 * YEAR_S, -50 * YEAR_S]),
        victim=rnd.choice(["in.txt", "in.txt", "one.txt", "used.txt"]),
    )


def odd_times_trouble(times: Times, folder: Path) -> str:
    """Edit a file, without changing its size, between runs; return what is wrong afterwards, or ""."""
    runs = SmallRuns(folder, MachineClock(times.ahead_s))
    runs.load(WORKFLOW)
    victim = runs.work / times.victim
    _write(runs.work / "in.txt", "0", times.first)
    for number in range(4):
        report = runs.run(_copying(runs.work))
        text = (runs.work / "in.txt").read_text()
        found = [(runs.work / f"{name}.txt").read_text() for name in ("one", "two", "used")]
        if report.exit_code or found != [text, text, text + text]:
            return f"in run {number + 1} the input was {text}, and then there was {found} {runs.said}"
        after_tick(folder)
        if number == 0 and times.victim != "in.txt":
            # Its odd time is there before it is looked at for the first time after it was made.
            _write(victim, victim.read_text(), times.first)
            runs.run(_copying(runs.work))
            after_tick(folder)
        _write(victim, "".join(chr(ord(each) + 1) for each in victim.read_text()), times.later)
    return ""


def _copying(work: Path) -> dict[str, Act]:
    def copy(names: Sequence[str], name: str) -> None:
        (work / name).write_text("".join((work / each).read_text() for each in names))

    return {
        "one": lambda: copy(["in.txt"], "one.txt"),
        "two": lambda: copy(["in.txt"], "two.txt"),
        "use": lambda: copy(["one.txt", "two.txt"], "used.txt"),
    }


def _write(path: Path, text: str, time_s: float) -> None:
    """Write a file in place and give it a time, if the file system can."""
    path.write_text(text)
    os.utime(path, (time_s, time_s))
