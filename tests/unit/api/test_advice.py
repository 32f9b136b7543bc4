"""What to ask for instead, from the history and from the run just over."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.history import HOST, past_attempt, past_run, story
from wfopt.api.advice import suggestions_for
from wfopt.api.prepare import RunOptions
from wfopt.dataclass import replace
from wfopt.metrics.store import open_history
from wfopt.model.history import PastAttempt, RunStory
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo

MIB = 1 << 20
BUILD = StepId("build")


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    return RunOptions(
        file=str(tmp_path / "wfopt.yml"),
        workspace=str(tmp_path),
        state_folder=str(tmp_path),
        capacity=Capacity(slots=1, cpu_milli=1000),
        strategy=Fifo(),
        host=HOST.name,
    )


def used(peak_mib: int, cpus: float = 1.0, *, cpu: float = 1.0, asked_mib: int | None = 2048) -> PastAttempt:
    return past_attempt(
        "build",
        2.0,
        cpu_s=2.0 * cpus,
        cpu_milli=int(cpu * 1000),
        memory_bytes=None if asked_mib is None else asked_mib * MIB,
        peak_memory_bytes=peak_mib * MIB,
    )


def runs_of(attempts: Iterable[PastAttempt]) -> list[RunStory]:
    return [story(past_run(f"r{number}"), [each]) for number, each in enumerate(attempts)]


def remember(folder: str, told: Iterable[RunStory]) -> None:
    path = f"{folder}/history.db"
    with open_history(path, wall=lambda: 0.0, monotonic=lambda: 0.0, warn=lambda _: None) as writer:
        for each in told:
            writer.write(each)


def said(story: RunStory, options: RunOptions) -> list[tuple[str, str]]:
    found = suggestions_for(story, [BUILD], options)
    assert {each.step for each in found} <= {BUILD}
    return [(each.write, each.because) for each in found]


@pytest.mark.parametrize(
    ("peaks", "because"),
    [
        ([212], "peak 212 MiB in 1 run so far"),
        ([200, 212], "peak 212 MiB in 2 runs so far"),
        ([200, 212, 120, 100, 140], "peak 212 MiB over 5 runs"),
    ],
)
def test_the_more_runs_the_surer_it_sounds(peaks: list[int], because: str, options: RunOptions) -> None:
    told = runs_of(used(peak) for peak in peaks)
    remember(options.state_folder, told)
    assert said(told[-1], options) == [("memory: 384MiB", because)]


def test_a_run_that_history_does_not_know_counts_all_the_same(options: RunOptions) -> None:
    told = runs_of(used(peak) for peak in (200, 180, 212))
    remember(options.state_folder, told[:-1])
    assert said(told[-1], options) == [("memory: 384MiB", "peak 212 MiB over 3 runs")]


def test_without_a_history_only_this_run_counts(options: RunOptions) -> None:
    told = runs_of(used(peak) for peak in (500, 400, 212))
    remember(options.state_folder, told)
    alone = replace(options, keep=None)
    assert said(told[-1], alone) == [("memory: 384MiB", "peak 212 MiB in 1 run so far")]


def test_cpus(options: RunOptions) -> None:
    (told,) = runs_of([used(1500, 0.9, cpu=4)])
    assert said(told, options) == [("cpu: 1", "0.9 cpus busy in 1 run so far")]


def test_a_request_for_more_cpus_than_there_are_is_taken_as_one_for_all(options: RunOptions) -> None:
    # The machine has four.
    (told,) = runs_of([used(1500, 2.4, cpu=64)])
    assert said(told, options) == []


def test_who_was_ended_for_its_memory_is_told_so(options: RunOptions) -> None:
    hit = LimitHit(
        kind=LimitKind.MEMORY, limit=200.0 * MIB, observed=201.0 * MIB, enforced_by=Enforcer.KERNEL
    )
    killed = used(200, asked_mib=200)._replace(limit=hit, status=StepStatus.FAILED)
    told = runs_of([killed, killed, used(150, asked_mib=200)])
    remember(options.state_folder, told)
    assert said(told[-1], options) == [("memory: 384MiB", "peak 200 MiB over 3 runs, not enough 2 times")]


def test_a_request_that_fits_needs_no_words(options: RunOptions) -> None:
    (told,) = runs_of([used(1500)])
    assert said(told, options) == []
