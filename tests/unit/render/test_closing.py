"""The last line of a run."""

from dataclasses import replace

import pytest

from tests.support.builders import run_report, step_report
from wfopt.model.outcome import CacheUse, RunStatus, StepStatus, Usage
from wfopt.render.closing import closing_line

CACHED = step_report("cached", StepStatus.CACHED)
RAN = step_report("ran", usage=Usage(wall_s=2.0, cpu_s=3.0))


def test_a_good_run() -> None:
    steps = [*(step_report(each, usage=Usage(wall_s=1.0, cpu_s=1.0)) for each in "abc"), CACHED]
    report = run_report(
        steps, wall_s=3.4, critical_path=["a", "b", "c"], critical_path_s=2.9, lower_bound_s=2.9
    )
    assert closing_line(report) == (
        "succeeded: 4 steps in 3.40 s (3 ran, 1 cached) · cpu 44 % of 2"
        " · critical path 2.90 s (a → b → c) · lower bound 2.90 s"
    )


def test_a_run_with_nothing_to_do_says_only_that() -> None:
    assert closing_line(run_report([CACHED], wall_s=0.047)) == "succeeded: 1 step in 47 ms (1 cached)"


def test_a_run_without_steps() -> None:
    assert closing_line(run_report([], wall_s=0.001)) == "succeeded: 0 steps in 1 ms"


def test_a_failed_run_counts_every_kind_of_end() -> None:
    steps = [
        RAN,
        step_report("failed", StepStatus.FAILED, usage=Usage(wall_s=1.0, cpu_s=1.0)),
        step_report("skipped", StepStatus.SKIPPED),
        step_report("cancelled", StepStatus.CANCELLED),
        CACHED,
    ]
    report = run_report(steps, wall_s=4.0, cpus=1.5, lower_bound_s=2.0)
    assert closing_line(report) == (
        "failed: 5 steps in 4.00 s (1 succeeded, 1 cached, 1 failed, 1 skipped, 1 cancelled)"
        " · cpu 67 % of 1.5 · lower bound 2.00 s"
    )


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ([StepStatus.SUCCEEDED, StepStatus.CANCELLED, StepStatus.SKIPPED], ""),
        ([StepStatus.SUCCEEDED, StepStatus.FAILED], " · 1 hook failed"),
        ([StepStatus.FAILED, StepStatus.FAILED], " · 2 hooks failed"),
    ],
)
def test_only_failed_hooks_are_worth_a_word(statuses: list[StepStatus], words: str) -> None:
    hooks = [step_report(f"finally:{number}", status) for number, status in enumerate(statuses)]
    text = closing_line(run_report([CACHED], wall_s=0.047, hooks=hooks))
    assert text == f"succeeded: 1 step in 47 ms (1 cached){words}"


@pytest.mark.parametrize(("number", "name"), [(2, "SIGINT"), (15, "SIGTERM"), (250, "signal 250")])
def test_a_stopped_run_names_the_signal(number: int, name: str) -> None:
    report = run_report([CACHED], status=RunStatus.CANCELLED, signal=number)
    assert closing_line(report) == f"cancelled by {name}: 1 step in 1.00 s (1 cached)"


def test_a_run_without_length_has_no_utilization() -> None:
    assert closing_line(run_report([RAN], wall_s=0.0)) == (
        "succeeded: 1 step in 0 s (1 ran) · lower bound 0 s"
    )


@pytest.mark.parametrize(
    ("uses", "words"),
    [
        ([(StepStatus.SUCCEEDED, CacheUse(key="k"))], "cache 0 hits, 1 miss"),
        (
            [
                (StepStatus.CACHED, CacheUse(key="k", saved_s=1.5)),
                (StepStatus.CACHED, CacheUse(key="l", saved_s=0.5, restored_files=1, restored_bytes=2048)),
                (StepStatus.FAILED, CacheUse(key="m")),
                (StepStatus.SUCCEEDED, CacheUse(key="n")),
            ],
            "cache 2 hits, 2 misses, restored 1 file (2 KiB), saved 2.00 s",
        ),
    ],
)
def test_what_the_cache_did(uses: list[tuple[StepStatus, CacheUse]], words: str) -> None:
    steps = [
        replace(step_report(f"s{number}", status), cache=use) for number, (status, use) in enumerate(uses)
    ]
    assert closing_line(run_report(steps)).rpartition(" · ")[2] == words
