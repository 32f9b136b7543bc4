"""One attempt: how its end is judged, whether it is allowed to fail, and whether another one follows."""

import itertools

import pytest

from tests.support.builders import step
from wfopt.dataclass import replace
from wfopt.engine.attempts import (
    MOST_CAPTURED_BYTES,
    Attempt,
    is_allowed,
    is_worth_another,
    judge,
    wait_before_next,
)
from wfopt.engine.reuse import Miss
from wfopt.engine.runner import Ended
from wfopt.formats.expressions import parse_condition
from wfopt.model.expressions import ExpressionError
from wfopt.model.outcome import (
    Enforcer,
    LimitHit,
    LimitKind,
    PeakSource,
    StepOutcome,
    StepStatus,
    Usage,
)
from wfopt.model.workflow import Retries, StepId

SUCCEEDED, FAILED, CANCELLED = StepStatus.SUCCEEDED, StepStatus.FAILED, StepStatus.CANCELLED
A = StepId("a")
USAGE = Usage(wall_s=7.0)
TIMEOUT = LimitHit(kind=LimitKind.TIMEOUT, limit=5.0, observed=7.0, enforced_by=Enforcer.WATCHDOG)
MEMORY = LimitHit(kind=LimitKind.MEMORY, limit=1.0, observed=2.0, enforced_by=Enforcer.KERNEL)


def failed(
    exit_code: int | None = None, *, signal: int | None = None, limit: LimitHit | None = None
) -> StepOutcome:
    return StepOutcome(status=FAILED, reason="", exit_code=exit_code, signal=signal, usage=USAGE, limit=limit)


def ended(exit_code: int | None = None, signal: int | None = None) -> Ended:
    return Ended(step=A, exit_code=exit_code, signal=signal, started_at=3.0, ended_at=10.0)


def attempt(*, timed_out: bool = False, stopping: bool = False) -> Attempt:
    return Attempt(1, None, timed_out=timed_out, stopping=stopping, miss=Miss(reason=""))


@pytest.mark.parametrize(
    ("now", "end", "verdict"),
    [
        (attempt(), ended(0), (SUCCEEDED, "")),
        (attempt(), ended(3), (FAILED, "exit status 3")),
        (attempt(), ended(signal=11), (FAILED, "ended by SIGSEGV")),
        (attempt(stopping=True), ended(signal=15), (CANCELLED, "the run was stopped")),
        (attempt(stopping=True), ended(0), (CANCELLED, "the run was stopped")),
        (attempt(stopping=True), ended(3), (CANCELLED, "the run was stopped")),
        (attempt(timed_out=True, stopping=True), ended(signal=15), (FAILED, "timed out")),
        (attempt(timed_out=True, stopping=True), ended(0), (FAILED, "timed out")),
    ],
)
def test_judge(now: Attempt, end: Ended, verdict: tuple[StepStatus, str]) -> None:
    outcome = judge(step("a", timeout_s=5.0), now, end, lambda: "")
    assert (outcome.status, outcome.reason) == verdict
    assert (outcome.exit_code, outcome.signal, outcome.usage) == (end.exit_code, end.signal, USAGE)
    assert outcome.limit == (TIMEOUT if now.timed_out else None)
    assert not outcome.allowed


def test_what_could_not_be_started_has_failed_and_used_nothing() -> None:
    outcome = judge(step("a"), attempt(stopping=True), Ended(step=A, error="no such file"), lambda: "")
    assert outcome == StepOutcome(status=FAILED, reason="no such file")


def test_a_good_end_may_fail_the_check() -> None:
    outcome = judge(step("a"), attempt(), ended(0), lambda: "its output `x` is missing")
    assert (outcome.status, outcome.reason, outcome.exit_code) == (FAILED, "its output `x` is missing", 0)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (attempt(), ended(3)),
        (attempt(), ended(signal=9)),
        (attempt(stopping=True), ended(0)),
        (attempt(timed_out=True, stopping=True), ended(0)),
        (attempt(), Ended(step=A, error="no such file")),
    ],
)
def test_only_a_good_end_is_checked(now: Attempt, end: Ended) -> None:
    calls: list[int] = []

    def check() -> str:
        calls.append(1)
        return ""

    assert judge(step("a", timeout_s=5.0), now, end, check).status is not SUCCEEDED
    assert calls == []


def test_usage_of_an_attempt() -> None:
    end = Ended(
        step=A,
        exit_code=0,
        started_at=3.0,
        ended_at=2.0,
        cpu_s=1.5,
        peak_memory_bytes=4,
        read_bytes=5,
        written_bytes=6,
    )
    assert judge(step("a"), attempt(), end, lambda: "").usage == Usage(
        wall_s=0.0, cpu_s=1.5, peak_memory_bytes=4, read_bytes=5, written_bytes=6
    )


def test_capture_keeps_up_to_a_limit() -> None:
    now = Attempt(1, None, captured=bytearray(), miss=Miss(reason=""))
    now.capture(b"x" * (MOST_CAPTURED_BYTES - 1))
    now.capture(b"y")
    assert (now.flooded, len(now.captured or b"")) == (False, MOST_CAPTURED_BYTES)
    now.capture(b"")
    assert not now.flooded
    now.capture(b"z")
    now.capture(b"")
    assert now.flooded
    assert now.captured is not None
    assert now.captured[-2:] == b"xy"


def test_capture_without_capture_keeps_nothing() -> None:
    now = attempt()
    now.capture(b"x")
    assert (now.captured, now.flooded) == (None, False)


@pytest.mark.parametrize(
    ("rule", "outcome", "allowed"),
    [
        (True, failed(3), True),
        (False, failed(3), False),
        (frozenset({3, 4}), failed(4), True),
        (frozenset({3, 4}), failed(5), False),
        (frozenset({9}), failed(signal=9), False),
        (frozenset({0}), StepOutcome(status=FAILED, reason="no such file"), False),
    ],
)
def test_is_allowed(rule: bool | frozenset[int], outcome: StepOutcome, allowed: bool) -> None:
    assert is_allowed(step("a", allow_failure=rule), outcome, dict) is allowed


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("needs.x.status == 'succeeded'", True),
        ("needs.x.status == 'failed'", False),
        ("needs.x.out.flag", True),
        ("needs.x.out.no", False),
        ("needs.x.out.empty", False),
        ("failure()", True),
        ("always()", True),
        ("success()", False),
        ("cancelled()", False),
        ("1", True),
        ("0", False),
    ],
)
def test_is_allowed_by_an_expression(text: str, allowed: bool) -> None:
    known = {"x": {"status": "succeeded", "out": {"flag": "true", "no": "false", "empty": ""}}}
    rule = parse_condition(text)
    assert is_allowed(step("a", allow_failure=rule), failed(1), lambda: {"needs": known}) is allowed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("needs.x.out.word", "`allow-failure` comes to `maybe`, which is neither true nor false"),
        ("needs.ghost.status", "ghost"),
    ],
)
def test_an_expression_that_allows_or_forbids_nothing(text: str, message: str) -> None:
    known = {"x": {"out": {"word": "maybe"}}}
    rule = parse_condition(text)
    with pytest.raises(ExpressionError, match=message):
        is_allowed(step("a", allow_failure=rule), failed(1), lambda: {"needs": known})


ANY = frozenset[int | str]({"any"})
TIMEOUTS = frozenset[int | str]({"timeout"})
CODES = frozenset[int | str]({3, 4})


@pytest.mark.parametrize(
    ("when", "outcome", "again"),
    [
        (ANY, failed(3), True),
        (ANY, failed(signal=9), True),
        (ANY, failed(limit=TIMEOUT), True),
        (ANY, failed(limit=MEMORY), True),
        (ANY, failed(0), True),
        (ANY, StepOutcome(status=FAILED, reason="no such file"), False),
        (ANY, StepOutcome(status=CANCELLED, reason="", usage=USAGE), False),
        (ANY, StepOutcome(status=SUCCEEDED, reason="", exit_code=0, usage=USAGE), False),
        (TIMEOUTS, failed(signal=15, limit=TIMEOUT), True),
        (TIMEOUTS, failed(0, limit=TIMEOUT), True),
        (TIMEOUTS, failed(3), False),
        (TIMEOUTS, failed(signal=15), False),
        (CODES, failed(3), True),
        (CODES, failed(5), False),
        (CODES, failed(0), False),
        (CODES, failed(signal=3), False),
        (CODES, failed(3, limit=TIMEOUT), False),
        (CODES | TIMEOUTS, failed(4), True),
        (CODES | TIMEOUTS, failed(9, limit=TIMEOUT), True),
        (frozenset[int | str](), failed(3), False),
    ],
)
def test_is_worth_another(when: frozenset[int | str], outcome: StepOutcome, again: bool) -> None:
    assert is_worth_another(Retries(max=1, when=when), 1, outcome) is again


def test_a_limit_other_than_time_is_no_timeout() -> None:
    assert not is_worth_another(Retries(max=1, when=TIMEOUTS), 1, failed(signal=9, limit=MEMORY))


@pytest.mark.parametrize(("most", "attempts"), [(0, 1), (1, 2), (3, 4)])
def test_so_many_attempts_and_no_more(most: int, attempts: int) -> None:
    retries = Retries(max=most)
    last = next(number for number in itertools.count(1) if not is_worth_another(retries, number, failed(3)))
    assert last == attempts


@pytest.mark.parametrize(
    ("retries", "waits"),
    [
        (Retries(), [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0, 60.0]),
        (Retries(delay_s=2.0, backoff=1.0), [2.0] * 10),
        (Retries(delay_s=0.0, backoff=10.0), [0.0] * 10),
        (Retries(delay_s=90.0), [60.0] * 10),
        (Retries(delay_s=1.0, backoff=1e300, max_delay_s=5.0), [1.0, *[5.0] * 9]),
    ],
)
def test_waits_grow_up_to_a_limit(retries: Retries, waits: list[float]) -> None:
    assert [wait_before_next(retries, number, lambda: 1.0) for number in range(1, 11)] == waits


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 4.0), (0.5, 6.0), (1.0, 8.0)])
def test_jitter_takes_away_up_to_half(chance: float, wait: float) -> None:
    assert wait_before_next(Retries(), 4, lambda: chance) == wait


def test_without_jitter_waits_are_exact() -> None:
    assert wait_before_next(Retries(jitter=False), 4, lambda: 0.0) == 8.0


def test_a_step_over_its_limit_fails_whatever_its_exit_status() -> None:
    hit = LimitHit(kind=LimitKind.MEMORY, limit=2048, observed=4096, enforced_by=Enforcer.KERNEL)
    ended = Ended(step=StepId("a"), exit_code=0, limit=hit, peak_memory_source=PeakSource.CGROUP)
    attempt = Attempt(1, None, miss=Miss(reason=""))
    outcome = judge(step("a"), attempt, ended, lambda: "")
    assert (outcome.status, outcome.limit) == (StepStatus.FAILED, hit)
    assert outcome.reason == "went over its memory of 2 KiB"
    assert outcome.usage is not None
    assert outcome.usage.peak_memory_source is PeakSource.CGROUP
    # When the run was stopped, that is why.
    attempt.stopping = True
    assert judge(step("a"), attempt, ended, lambda: "").status is StepStatus.CANCELLED
    growing = Retries(max=1, when=frozenset({3}), memory_factor=2.0)
    assert is_worth_another(growing, 1, outcome)
    assert not is_worth_another(replace(growing, memory_factor=1.0), 1, outcome)
