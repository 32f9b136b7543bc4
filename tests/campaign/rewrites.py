"""The campaign `rewrites`: optimized workflows leave the same files and statuses, in memory and for real."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from tests.campaign.base import Campaign, Verdict, chance
from tests.support.equivalence import differences, optimized_of, reloaded
from tests.support.random_workflows import Case, random_case
from tests.support.real_files import real_differences
from tests.support.short_times import times_of
from wfopt.engine.following import candidates
from wfopt.engine.plan import Plan
from wfopt.optimizer.base import Facts
from wfopt.optimizer.pipeline import Optimized

CASES, RUNS, REAL = 10_000, 6, 20
"""So many workflows, runs of each in memory, and one of so many that is run for real."""


def _check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    for number in numbers:
        started = time.perf_counter()
        rnd = chance("rewrites", seed, number)
        case = random_case(rnd)
        is_real = number % REAL == 0
        made = optimized_of(case, facts=Facts(knowledge=times_of(case.workflow, rnd)))
        label, found = _in_memory(case, made, rnd)
        if is_real and not found:
            found = real_differences(case, made, folder / str(number))
            label += ", also for real"
        wall = time.perf_counter() - started
        yield Verdict(case=number, label=label, trouble="; ".join(found[:3]), wall_s=wall)


def _in_memory(case: Case, made: Optimized, rnd: Random) -> tuple[str, list[str]]:
    again = reloaded(case, made) if made.changes else made.after
    label = "as it was" if not made.changes else "not writable" if again is None else "rewritten"
    if candidates(Plan(made.after)):
        label += ", with steps right after others"
    found = [
        trouble
        for number in range(RUNS)
        for trouble in differences(case, made, again if number % 2 and again else made.after, rnd)
    ]
    return label, found


def _material(seed: int, number: int) -> bytes:
    case = random_case(chance("rewrites", seed, number))
    return f"{case.text}\n# {case.scripts}\n".encode()


CAMPAIGN = Campaign(
    name="rewrites",
    summary="optimized workflows leave the same files and statuses as the original ones",
    cases=CASES,
    jobs=2,
    batch=250,
    patience_s=120,
    check=_check,
    material=_material,
)
