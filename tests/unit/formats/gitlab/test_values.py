"""Single values of GitLab jobs."""

from __future__ import annotations

import pytest

from tests.support.yaml_texts import child, parsed
from wfopt.formats.gitlab.values import (
    MOST_SECONDS,
    allowed_failure,
    retries_of,
    seconds_of,
    services_of,
    whole_number,
)
from wfopt.formats.problems import Problems


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3600", 3600),
        ("60 minutes", 3600),
        ("2h 30m", 9000),
        ("2h30m", 9000),
        ("1 hour and 5 mins", 3900),
        ("1 Week, 1 day", 691_200),
        ("1.5 hours", 5400),
        ("10 hrs", 36_000),
        ("30 s", 30),
        ("", None),
        ("soon", None),
        ("1 fortnight", None),
        ("0", None),
        ("-1h", None),
        ("1h x", None),
        (f"{int(MOST_SECONDS) + 1}", None),
        ("9" * 400, None),
    ],
)
def test_timeouts(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "count", "most", "when"),
    [
        ("0", 0, 0, {"any"}),
        ("1", 1, 1, {"any"}),
        ("99", 2, 2, {"any"}),
        ("{max: 2, when: [always]}", 2, 2, {"any"}),
        ("{max: 2, when: runner_system_failure}", 2, 0, {"any"}),
        ("{max: 1, when: job_execution_timeout, exit_codes: [7, x]}", 1, 1, {"timeout", 7}),
        ("{when: always}", 0, 0, {"any"}),
        ("~", 0, 0, {"any"}),
    ],
)
def test_retries(text: str, count: int, most: int, when: set[int | str]) -> None:
    problems = Problems()
    found, retries = retries_of(child(parsed(f"x: {text}"), "x"), problems)
    assert (found, retries.max, set(retries.when)) == (count, most, when)
    assert problems.found == ()


def test_failures_that_are_allowed() -> None:
    root = parsed("a: true\nb: {exit_codes: 3}\nc: {exit_codes: []}\nd: no\n")
    assert [allowed_failure(child(root, key)) for key in "abcd"] == [True, frozenset({3}), False, False]


def test_services_and_numbers() -> None:
    root = parsed("a: [x, {name: y, alias: z}, {alias: z}]\nb: 0\nc: 5\nd: x\n")
    assert services_of(child(root, "a")) == ("x", "y")
    assert [whole_number(child(root, key), 9) for key in "bcd"] == [None, 5, None]
