"""Every system call of the cache fails once in each way: in runs that store or restore, and in cleaning up.

Afterwards, whatever the call was, runs without trouble make the right outputs, and nothing is left behind.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.base import Campaign, Verdict
from tests.support.fault_points import KINDS, Point, with_fault
from tests.support.forks import load_what_forks_need
from tests.support.workbench import Bench, too_many_warnings, troubles_of
from wfopt.api.cache_info import cache_info
from wfopt.api.cache_upkeep import clear_cache, collect_garbage, verify_cache
from wfopt.cache.temporary import is_orphan
from wfopt.errors import UserError

PATIENCE_S = 60.0
MOST_CALLS = 900
"""No phase has more calls; those that have fewer have fewer points."""

_STALE = "out/stale.txt"
_DRAFT = "meta.new-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Something during which a call fails.

    Attributes:
        begin: brings the workspace into the state before.
        work: does it; returns what is wrong with it, although trouble with the cache is allowed.
        warm: whether results have been stored before.
        ends: the number of the input with which it ends.
    """

    begin: Callable[[Bench], None]
    work: Callable[[Bench], str]
    warm: bool = True
    ends: int = 0


def _nothing(bench: Bench) -> None:
    """Leave all as it is."""


def _edited(bench: Bench) -> None:
    """Leave outputs as somebody has edited them."""
    (bench.work / "out" / "two.txt").write_bytes(b"by hand")
    (bench.work / _STALE).write_bytes(b"stale")
    (bench.work / "pack.txt").unlink()
    (bench.work / "out" / "link").unlink()
    (bench.work / "out" / "link").mkdir()


def _with_garbage(bench: Bench) -> None:
    before = set((bench.store / "cas").glob("*/*"))
    bench.edit(1)
    bench.run()
    bench.edit(0)
    bench.run()
    # Only results for the other input need it.
    os.truncate(min(set((bench.store / "cas").glob("*/*")) - before), 1)


def _run(number: int) -> Callable[[Bench], str]:
    def work(bench: Bench) -> str:
        ran = bench.run()
        return troubles_of(ran, number) or bench.wrong_outputs(number)

    return work


def _wall() -> float:
    return 4e9


def _command(command: Callable[[str], object]) -> Callable[[Bench], str]:
    def work(bench: Bench) -> str:
        try:
            command(str(bench.state_folder / "cache"))
        except UserError:
            return ""
        return ""

    return work


PHASES = {
    "cold": Phase(begin=_nothing, work=_run(0), warm=False),
    "restore": Phase(begin=Bench.delete_outputs, work=_run(0)),
    "repair": Phase(begin=_edited, work=_run(0)),
    "up to date": Phase(begin=_nothing, work=_run(0)),
    "edit": Phase(begin=lambda bench: bench.edit(1), work=_run(1), ends=1),
    "gc": Phase(
        begin=_with_garbage,
        work=_command(lambda folder: collect_garbage(folder, limit=2000, ttl=None, wall=_wall)),
    ),
    "clear": Phase(
        begin=_with_garbage,
        work=_command(lambda folder: clear_cache(folder, workflow=None, step=None, wall=_wall)),
    ),
    "verify": Phase(begin=_with_garbage, work=_command(lambda folder: verify_cache(folder, wall=_wall))),
    "info": Phase(begin=_nothing, work=_command(lambda folder: cache_info(folder, limit=None, wall=_wall))),
}


CASES = MOST_CALLS * len(PHASES) * len(KINDS)
_APART = 7919


def case_of(number: int) -> tuple[str, str, int]:
    """Return the phase of a case, what happens in it, and at which call."""
    kinds, phases = list(KINDS), list(PHASES)
    # The first cases of all are spread over all the others.
    rest, kind = divmod(number * _APART % CASES, len(kinds))
    at, phase = divmod(rest, len(phases))
    return phases[phase], kinds[kind], at + 1


def material(seed: int, number: int) -> bytes:
    """Return what a case is."""
    phase, kind, at = case_of(number)
    return f"{phase}: {kind} at call {at}\n".encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    load_what_forks_need()
    calls: dict[str, int] = {}
    for number in numbers:
        name, kind, at = case_of(number)
        if name not in calls:
            calls[name] = _calls_of(PHASES[name], folder / f"dry-{number}")
            assert 0 < calls[name] <= MOST_CALLS, calls
        if at > calls[name]:
            yield Verdict(case=number, label="no such call")
            continue
        here = folder / str(number)
        point, trouble = _checked(PHASES[name], kind, at, here)
        shutil.rmtree(here, ignore_errors=True)
        label = f"{name} {point.module.removeprefix('cache/').removesuffix('.py')}"
        trouble = trouble and f"{name}: {kind} in `{point.call}` of {point.module}: {trouble}"
        yield Verdict(case=number, label=label, trouble=trouble)


def _prepared(phase: Phase, folder: Path) -> Bench:
    bench = Bench(folder)
    bench.set_up()
    if phase.warm:
        bench.run()
    phase.begin(bench)
    return bench


def _calls_of(phase: Phase, folder: Path) -> int:
    """Return how many calls a phase has if none fails."""
    bench = _prepared(phase, folder)
    point = with_fault("EIO", 0, lambda: phase.work(bench))
    assert not point.raised, point
    assert not point.answer, point
    return point.calls


def _checked(phase: Phase, kind: str, at: int, folder: Path) -> tuple[Point, str]:
    bench = _prepared(phase, folder)
    point = with_fault(kind, at, lambda: phase.work(bench))
    trouble = point.raised or ("" if _may_fail(point) else point.answer)
    return point, trouble or _after(bench, phase, kind)


def _may_fail(point: Point) -> bool:
    """Return whether something may be amiss in the run itself.

    Room for outputs has to be made, cache or no cache; and what a step printed may end early when the disk
    fails after it was found to be sound.
    """
    is_replay = point.module == "engine/results.py" and point.call == "read"
    return is_replay or point.module == "engine/outputs.py"


def _after(bench: Bench, phase: Phase, kind: str) -> str:
    """Return what is wrong with runs after the fault, and with what is left behind."""
    for place, (number, prepare) in enumerate(
        (
            (phase.ends, _nothing),
            (phase.ends, Bench.delete_outputs),
            (2, lambda bench: bench.edit(2)),
            (0, lambda bench: bench.edit(0)),
        )
    ):
        prepare(bench)
        ran = bench.run()
        trouble = troubles_of(ran, number) or bench.wrong_outputs(number) or too_many_warnings(ran)
        if trouble:
            return f"run {place + 1} after it: {trouble}"
        if place and ran.notices:
            return f"run {place + 1} after it says: {ran.notices[0].message}"
        # Contents that the disk does not give back are put aside.
        if place == 1 and len(ran.cached) != 4 and kind != "EIO":
            return f"only {ran.cached} was cached: {dict(ran.reasons)}"
    return _left_behind(bench)


def _left_behind(bench: Bench) -> str:
    """Return which temporary files are left after cleaning up."""
    collect_garbage(str(bench.state_folder / "cache"), limit=None, ttl=None, wall=_wall)
    places = (bench.store / "tmp", bench.state_folder / "tmp")
    found = [
        path.relative_to(bench.state_folder).as_posix()
        for path in bench.state_folder.rglob("*")
        if is_orphan(path.name.rpartition(".")[2]) or path.parent in places or path.name.startswith(_DRAFT)
    ]
    return f"left behind: {found}" if found else ""


CAMPAIGN = Campaign(
    name="faults",
    summary="no failed system call of the cache, and no crash at one, makes a run wrong",
    cases=CASES,
    jobs=2,
    batch=600,
    patience_s=PATIENCE_S,
    check=check,
    material=material,
)
