"""What steps asked for and used, and what the cache did for them."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.support.history import not_started, past_attempt, past_run
from wfopt.metrics.efficiency import cache_use_of, resources_of, size_request
from wfopt.model.history import PastAttempt, PastRun
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId

MIB = 1 << 20
STEP = StepId("a")


def pairs(attempts: Iterable[PastAttempt]) -> list[tuple[PastRun, PastAttempt]]:
    return [(past_run(f"r{number}"), attempt) for number, attempt in enumerate(attempts)]


def memory_of(asked: int | None, peaks: Iterable[int]) -> tuple[str, ...]:
    attempts = [past_attempt("a", 1.0, memory_bytes=asked, peak_memory_bytes=peak * MIB) for peak in peaks]
    return tuple(each for each in resources_of(STEP, pairs(attempts)).suggestions if "memory" in each)


@pytest.mark.parametrize(
    ("asked", "peaks", "suggested"),
    [
        (None, (10, 20, 30), ()),
        (None, (100, 300, 400), ("memory: 512MiB",)),
        (4 << 30, (100, 300, 400), ("memory: 512MiB",)),
        (1 << 30, (100, 300, 400), ("memory: 512MiB",)),
        (900 * MIB, (100, 300, 400), ()),
        (500 * MIB, (100, 300, 400), ()),
        (430 * MIB, (100, 300, 400), ("memory: 512MiB",)),
        (4 << 30, (400, 400), ()),
    ],
)
def test_a_better_request_for_memory(
    asked: int | None, peaks: tuple[int, ...], suggested: tuple[str, ...]
) -> None:
    assert memory_of(asked, peaks) == suggested


def test_who_was_killed_needs_more_than_the_limit() -> None:
    limit = LimitHit(
        kind=LimitKind.MEMORY, limit=512.0 * MIB, observed=513.0 * MIB, enforced_by=Enforcer.KERNEL
    )
    killed = past_attempt("a", 1.0, status=StepStatus.FAILED, limit=limit, memory_bytes=512 * MIB)
    found = resources_of(STEP, pairs([killed._replace(peak_memory_bytes=500 * MIB)]))
    assert (found.killed, found.suggestions) == (1, ("memory: 768MiB",))
    slow = replace(limit, kind=LimitKind.TIMEOUT)
    assert resources_of(STEP, pairs([killed._replace(limit=slow)])).killed == 0
    grown = past_attempt("a", 1.0, memory_bytes=2 << 30, peak_memory_bytes=1000 * MIB)
    assert resources_of(STEP, pairs([killed, grown])).suggestions == ()


@pytest.mark.parametrize(
    ("milli", "used", "suggested"),
    [
        (1000, 0.4, ()),
        (4000, 1.4, ("cpu: 1.5",)),
        (4000, 3.0, ()),
        (2000, 0.9, ("cpu: 1",)),
        (1000, 3.2, ("cpu: 3.5",)),
        (1000, 1.05, ()),
    ],
)
def test_a_better_request_for_cpus(milli: int, used: float, suggested: tuple[str, ...]) -> None:
    attempts = [past_attempt("a", 2.0, cpu_s=used * 2.0, cpu_milli=milli)] * 3
    assert resources_of(STEP, pairs(attempts)).suggestions == suggested
    assert resources_of(STEP, pairs(attempts[:2])).suggestions == ()


def test_what_is_not_known_is_none() -> None:
    found = resources_of(STEP, pairs([not_started("a")]))
    assert (found.attempts, found.cpu, found.peak_bytes) == (0, None, None)
    short = past_attempt("a", 0.01, cpu_s=0.01)
    found = resources_of(STEP, pairs([short, short, short]))
    assert (found.attempts, found.cpu, found.cpu_used, found.peak_bytes) == (3, 1.0, None, None)
    assert found.suggestions == ()


def test_the_newest_request_counts() -> None:
    attempts = [past_attempt("a", 1.0, cpu_milli=1000), past_attempt("a", 1.0, cpu_milli=2000)]
    assert resources_of(STEP, pairs(attempts)).cpu == 2.0


def test_hits_and_misses_of_a_step() -> None:
    attempts = [
        past_attempt("a", 3.0, key="k1", reason="never ran"),
        not_started("a"),
        past_attempt("a", 5.0, key="k2", reason="x changed"),
        not_started("a"),
        not_started("a"),
        past_attempt("a", 7.0, key="k3", reason="x changed"),
        not_started("a", StepStatus.SKIPPED),
    ]
    found = cache_use_of(STEP, pairs(attempts))
    assert (found.hits, found.misses, found.saved_s, found.unknown) == (3, 3, 13.0, 0)
    assert found.reasons == (("x changed", 2), ("never ran", 1))


def test_nothing_is_invented_about_results_from_elsewhere() -> None:
    attempts = [
        not_started("a"),
        past_attempt("a", 3.0, key="k1"),
        not_started("a", reason="restored: x changed"),
        not_started("a"),
        not_started("a", reason="restored: x changed")._replace(key="k1"),
        not_started("a"),
        past_attempt("a", 9.0, status=StepStatus.FAILED),
        not_started("a"),
    ]
    found = cache_use_of(STEP, pairs(attempts))
    assert (found.hits, found.saved_s, found.unknown) == (6, 6.0, 4)
    gaps = cache_use_of(STEP, pairs(attempts), gapless=False)
    assert (gaps.hits, gaps.saved_s, gaps.unknown) == (6, 3.0, 5)


@pytest.mark.parametrize(
    ("mib", "text"),
    [(1, "32MiB"), (33, "64MiB"), (257, "384MiB"), (1000, "1GiB"), (1025, "1536MiB"), (2048, "2GiB")],
)
def test_sizes_as_one_writes_them(mib: int, text: str) -> None:
    assert size_request(mib * MIB) == text
