"""A history with something to tell: a step that got slower, a flaky one, hits, an optimization."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.support.history import STARTED_AT, not_started, past_attempt, past_run, rewrite, story
from wfopt.dataclass import replace
from wfopt.metrics.store import open_history
from wfopt.model.history import Ending, Foreseen, Host, PastAttempt, Rewrite, RunStory
from wfopt.model.outcome import StepStatus

RUNS = 40
EVERY_S = 3600.0
NOW = STARTED_AT + RUNS * EVERY_S
"""An hour after the last run."""

SOUTH = Host(name="south", cpus=2, memory_bytes=4 << 30)
WORKFLOW = """wfopt: 1
steps:
  fetch:
    run: "true"
  build:
    needs: [fetch]
    run: "true"
  test:
    needs: [build]
    run: "true"
"""

_SLOWER_FROM = 30
_REWRITTEN_FROM = 10
_FAILED = (7, 22)
_NOISE = (1.0, 1.03, 0.98, 1.01, 0.97, 1.02, 0.99, 1.04, 0.96, 1.005, 0.985)
_MIB = 1 << 20


def told_story(number: int) -> RunStory:
    """Return the run of a number; `run-0000` is the oldest."""
    noise = _NOISE[number * 7 % len(_NOISE)]
    attempts = [*_fetch(number, noise), _build(number, noise), *_test(number, noise)]
    ran = [each for each in attempts if each.wall_s is not None]
    is_hit = attempts[0].status is StepStatus.CACHED
    has_failed = number in _FAILED
    run = past_run(
        f"run-{number:04}",
        content="decade" if number >= _REWRITTEN_FROM else "c0ffee",
        branch="main" if number % 4 else "feature/fast",
        commit=f"{number // 2:02x}".rjust(4, "a") + "0" * 36,
        ending=Ending.FAILED if has_failed else Ending.SUCCEEDED,
        exit_code=int(has_failed),
        started_at=STARTED_AT + number * EVERY_S,
        wall_s=sum(each.wall_s or 0.0 for each in ran),
        cpu_s=sum(each.cpu_s or 0.0 for each in ran),
        memory_bytes=8 << 30,
        peak_memory_bytes=720 * _MIB,
        reserved_cpu_s=40.0,
        reserved_memory_byte_s=8.0 * (4 << 30),
        used_memory_byte_s=8.0 * 700 * _MIB,
        hits=int(is_hit),
        misses=2 - int(is_hit),
        saved_s=2.0 if is_hit else 0.0,
        restored_bytes=5 * _MIB if is_hit else 0,
        foreseen=Foreseen(expected_s=14.0, low_s=12.0, high_s=16.0) if number > 5 else None,
    )
    return story(run, attempts, steps=["fetch", "build", "test"], edges=[(0, 1), (1, 2)])


def told_stories() -> list[RunStory]:
    """Return all runs, the newest last."""
    return [told_story(number) for number in range(RUNS)]


def told_rewrite() -> Rewrite:
    """Return the optimization that was written between two of them."""
    return rewrite(STARTED_AT + (_REWRITTEN_FROM - 0.5) * EVERY_S)


def moved(one: RunStory, *, host: Host) -> RunStory:
    """Return the same run on another machine."""
    return replace(one, run=replace(one.run, host=host))


def write_history(folder: Path, stories: Iterable[RunStory], rewrites: Iterable[Rewrite] = ()) -> Path:
    """Write a history into the state folder of a workspace; return its file."""
    path = folder / ".wfopt" / "history.db"
    troubles: list[object] = []
    with open_history(str(path), wall=lambda: NOW, monotonic=lambda: 0.0, warn=troubles.append) as writer:
        for one in stories:
            writer.write(one)
        for optimized in rewrites:
            writer.add_rewrite(optimized)
    assert troubles == []
    return path


def _fetch(number: int, noise: float) -> list[PastAttempt]:
    if number % 5 == 2:
        return [not_started("fetch")]
    reason = "input urls.txt changed" if number else "never ran"
    size = 40 * _MIB
    return [
        past_attempt("fetch", 2.0 * noise, key="f1", peak_memory_bytes=size, reason=reason, critical=True)
    ]


def _build(number: int, noise: float) -> PastAttempt:
    return past_attempt(
        "build",
        (10.8 if number >= _SLOWER_FROM else 8.0) * noise,
        key=f"b{number}",
        reason="input src/util.c changed" if number % 3 == 0 else "input src/main.c changed",
        cpu_s=11.0,
        peak_memory_bytes=int(700 * _MIB * noise),
        cpu_milli=4000,
        memory_bytes=4 << 30,
        critical=True,
    )


def _test(number: int, noise: float) -> list[PastAttempt]:
    last = past_attempt("test", 4.0 * noise, peak_memory_bytes=210 * _MIB, critical=True)
    last = last._replace(reason="not cached: no inputs declared")
    failure = last._replace(status=StepStatus.FAILED, reason="exit status 1", exit_code=1)
    if number in _FAILED:
        return [failure]
    if number % 9 == 4:
        return [failure._replace(wall_s=1.5), last._replace(attempt=2)]
    return [last]
