"""Events and concurrency."""

import pytest

from tests.support.github_files import imported
from wfopt.model.pipeline import Concurrency, Pipeline, Trigger


def pipeline(head: str, job: str = "{steps: [{run: a}]}") -> Pipeline:
    found = imported(f"{head}\njobs: {{a: {job}}}").pipeline
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("push", [Trigger(event="push")]),
        ("[push, pull_request]", [Trigger(event="push"), Trigger(event="pull_request")]),
        ("{push: }", [Trigger(event="push")]),
        ("{push: {branches: main}}", [Trigger(event="push", branches=("main",))]),
        ("{push: {branches: []}}", [Trigger(event="push", branches=())]),
        ("{push: {branches-ignore: [x]}}", [Trigger(event="push", branches=("!x",))]),
        ("{push: {tags: [v*]}}", [Trigger(event="push", branches=(), tags=("v*",))]),
        ("{push: {tags: [v*], branches: [m]}}", [Trigger(event="push", branches=("m",), tags=("v*",))]),
        ("{push: {paths: [a]}}", [Trigger(event="push", is_filtered_by_path=True)]),
        ("{push: {paths-ignore: [a]}}", [Trigger(event="push", is_filtered_by_path=True)]),
        ("{schedule: [{cron: x}]}", [Trigger(event="schedule")]),
        ("~", []),
    ],
)
def test_triggers(text: str, expected: list[Trigger]) -> None:
    assert list(pipeline(f"on: {text}").triggers) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", Concurrency(group="x")),
        ("{group: x}", Concurrency(group="x")),
        ("{group: x, cancel-in-progress: true}", Concurrency(group="x", cancels=True)),
        ("{group: x, cancel-in-progress: '${{ a }}'}", Concurrency(group="x", cancels=None)),
        ("~", None),
        ("[]", None),
    ],
)
def test_concurrency(text: str, expected: Concurrency | None) -> None:
    found = pipeline(f"on: push\nconcurrency: {text}", f"{{concurrency: {text}, steps: [{{run: a}}]}}")
    assert found.concurrency == found.jobs[0].concurrency == expected


def test_places_of_events_and_concurrency() -> None:
    found = pipeline("on:\n  push:\nconcurrency:\n  group: x")
    assert found.triggers[0].span is not None
    assert found.triggers[0].span.line == 2
    assert found.concurrency is not None
    assert found.concurrency.span is not None
    assert found.concurrency.span.line == 3
