"""What is told about a step that used more than it may."""

from __future__ import annotations

import pytest

from tests.support.builders import step
from wfopt.codes import OVER_LIMIT, OVER_REQUEST
from wfopt.dataclass import replace
from wfopt.engine.exceeding import over_limit, over_limit_words, over_request
from wfopt.errors import Severity
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, PeakSource, Usage
from wfopt.model.workflow import Limits, Retries, Step
from wfopt.source import SourceFile, Span

MIB = 1 << 20
SOURCE = SourceFile("f.yml", "steps: {a: {resources: {memory: 50MiB}}}")


def _step(**fields: object) -> Step:
    placed = replace(
        step("a", memory_bytes=50 * MIB),
        span=Span(SOURCE, 1, 9, 1, 10),
        places={"resources.memory": Span(SOURCE, 1, 33, 1, 38)},
    )
    return replace(placed, **fields) if fields else placed


def _hit(kind: LimitKind, limit: float, observed: float, enforcer: Enforcer) -> LimitHit:
    return LimitHit(kind=kind, limit=limit, observed=observed, enforced_by=enforcer)


@pytest.mark.parametrize(
    ("hit", "words", "cause", "hint"),
    [
        (
            _hit(LimitKind.MEMORY, 50 * MIB, 80 * MIB, Enforcer.WATCHDOG),
            "went over its memory of 50 MiB",
            "observed: 80 MiB; the watchdog ended all of its processes",
            "write `memory: 100MiB` under its `resources`, or `retries: { max: 2, memory-factor: 2 }`",
        ),
        (
            _hit(LimitKind.MEMORY, 50 * MIB, 50 * MIB, Enforcer.KERNEL),
            "went over its memory of 50 MiB",
            "observed: 50 MiB; the kernel gave it no more and killed what asked",
            "write `memory: 100MiB` under its `resources`, or",
        ),
        (
            _hit(LimitKind.PIDS, 5, 6, Enforcer.KERNEL),
            "went over its number of processes of 5",
            "observed: 6; the kernel refused to start another one",
            "raise `pids` of its `limits`, or let it do less at once",
        ),
        (
            _hit(LimitKind.CPU_TIME, 90, 90, Enforcer.KERNEL),
            "went over its cpu time of 1m 30s",
            "observed: all of that; the kernel ended the process",
            "raise `cpu-time` of its `limits`",
        ),
    ],
)
def test_tells_limit_observation_enforcer_and_remedy(
    hit: LimitHit, words: str, cause: str, hint: str
) -> None:
    told = over_limit(_step(), hit)
    assert over_limit_words(hit) == words
    assert (told.code, told.message, told.causes) == (OVER_LIMIT, f"step `a` {words}", (cause,))
    assert told.hints[0].startswith(hint)


def test_points_at_the_limit() -> None:
    told = over_limit(_step(), _hit(LimitKind.MEMORY, 1, 2, Enforcer.KERNEL))
    assert told.primary is not None
    assert (told.primary.span, told.primary.text) == (Span(SOURCE, 1, 33, 1, 38), "the limit")
    told = over_limit(_step(), _hit(LimitKind.PIDS, 1, 2, Enforcer.KERNEL))
    assert told.primary is not None
    assert told.primary.span == Span(SOURCE, 1, 9, 1, 10)
    assert over_limit(step("a"), _hit(LimitKind.PIDS, 1, 2, Enforcer.KERNEL)).primary is None


def test_who_retries_with_more_memory_needs_no_such_advice() -> None:
    growing = _step(retries=Retries(max=1, memory_factor=2.0))
    told = over_limit(growing, _hit(LimitKind.MEMORY, MIB, MIB, Enforcer.KERNEL))
    assert told.hints == ("write `memory: 2MiB` under its `resources`, or more `retries`",)


@pytest.mark.parametrize(
    ("source", "words"),
    [(PeakSource.PROCESS, "its largest process"), (PeakSource.TREE, "all of its processes together")],
)
def test_warns_of_what_nobody_saw_in_time(source: PeakSource, words: str) -> None:
    told = over_request(_step(), Usage(peak_memory_bytes=80 * MIB, peak_memory_source=source))
    assert told is not None
    assert (told.code, told.severity) == (OVER_REQUEST, Severity.WARNING)
    assert told.message == "step `a` held 80 MiB of memory, but asks for 50 MiB"
    assert words in told.causes[0]
    assert told.hints == ("write `memory: 100MiB`",)


@pytest.mark.parametrize(
    "quiet",
    [_step(), step("a"), replace(_step(), limits=Limits(memory=False))],
    ids=["within", "without", "not a limit"],
)
def test_is_quiet_where_nothing_is_exceeded(quiet: Step) -> None:
    most = 40 if quiet.limits.memory and quiet.request.memory_bytes else 80
    assert over_request(quiet, Usage(peak_memory_bytes=most * MIB)) is None


@pytest.mark.parametrize(
    ("mib", "words"),
    [
        ([212], "a peak of 212 MiB in 1 run"),
        ([212, 212], "peaks of 212 MiB over 2 runs"),
        ([230, 212, 240], "peaks of 212 to 240 MiB over 3 runs"),
        ([900, 2048], "peaks of 900 MiB to 2 GiB over 2 runs"),
    ],
)
def test_earlier_runs_are_told_and_decide_what_to_ask_for(mib: list[int], words: str) -> None:
    hit = _hit(LimitKind.MEMORY, 50 * MIB, 50 * MIB, Enforcer.KERNEL)
    told = over_limit(_step(), hit, [each * MIB for each in mib])
    assert told.causes[1:] == (f"history: {words}",)
    assert told.hints[0].startswith(f"write `memory: {max(mib) * 5 // 4}MiB`")


def test_smaller_peaks_of_earlier_runs_lower_nothing() -> None:
    told = over_limit(_step(), _hit(LimitKind.MEMORY, 50 * MIB, 50 * MIB, Enforcer.KERNEL), [10 * MIB])
    assert told.hints[0].startswith("write `memory: 100MiB`")


def test_peaks_say_nothing_about_other_limits() -> None:
    told = over_limit(_step(), _hit(LimitKind.PIDS, 5, 6, Enforcer.KERNEL), [10 * MIB])
    assert len(told.causes) == 1
