"""What a campaign is, and what comes of its cases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of one case.

    Attributes:
        case: its number.
        label: the kind of case or ending, for the counts.
        trouble: what is wrong, or "" if all is well.
        wall_s: how long it took.
        memory_bytes: the most memory that the process under test held.
    """

    case: int
    label: str
    trouble: str = ""
    wall_s: float = 0.0
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Very many cases that are made from numbers, and a check that all of them must pass.

    Attributes:
        name: how it is called.
        summary: what it shows, in one line.
        cases: how many cases the long form has.
        jobs: how many processes check cases at the same time.
        batch: how many cases one process checks, at most.
        patience_s: how long a process may take from one verdict to the next.
        check: checks the cases with these numbers, in this order, in an empty folder.
        material: returns what makes up a case, for whoever repeats it.
    """

    name: str
    summary: str
    cases: int
    jobs: int
    batch: int
    patience_s: float
    check: Callable[[int, Sequence[int], Path], Iterator[Verdict]]
    material: Callable[[int, int], bytes]


@dataclass(slots=True)
class Tally:
    """What came of a campaign so far.

    Attributes:
        campaign: which.
        seed: the number that all cases depend on.
        cases: how many were checked.
        failures: those with trouble.
        labels: how many there were of each kind.
        slowest: the verdict with the longest time.
        largest: the verdict with the most memory.
        wall_s: how long all of it took.
    """

    campaign: Campaign
    seed: int
    cases: int = 0
    failures: list[Verdict] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    slowest: Verdict | None = None
    largest: Verdict | None = None
    wall_s: float = 0.0

    def add(self, verdict: Verdict) -> None:
        """Take a verdict into account."""
        self.cases += 1
        self.labels[verdict.label] += 1
        if verdict.trouble:
            self.failures.append(verdict)
        if self.slowest is None or verdict.wall_s > self.slowest.wall_s:
            self.slowest = verdict
        if self.largest is None or verdict.memory_bytes > self.largest.memory_bytes:
            self.largest = verdict

    def repeat(self, verdict: Verdict) -> str:
        """Return the command that checks a case again."""
        return f"python -m tests.campaign {self.campaign.name} --seed {self.seed} --case {verdict.case}"

    def explained(self) -> str:
        """Return the failures as text, each with the way to repeat it."""
        return "\n".join(
            f"{self.campaign.name} case {each.case} ({each.label}): {each.trouble}\n  {self.repeat(each)}"
            for each in sorted(self.failures, key=lambda each: each.case)
        )


def chance(name: str, seed: int, number: int) -> random.Random:
    """Return the source of everything that is random in a case."""
    return random.Random(f"{name}/{seed}/{number}")  # noqa: S311 - the same case every time
