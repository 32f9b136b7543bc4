"""Names with wildcards, and ids of calls."""

from __future__ import annotations

import pytest

from wfopt.formats.taskfile.evaluating import Open
from wfopt.formats.taskfile.naming import LONGEST_VALUE, given_text, wildcards


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("a-*", "a-b", ["b"]),
        ("a-*", "b-a", None),
        ("*", "x", ["x"]),
        ("a-*-*-z", "a-b-c-d-z", ["b", "c-d"]),
        ("a-*-z", "a-b", None),
        ("a-*x*", "a-b", None),
        ("plain", "plain", None),
    ],
)
def test_wildcards(pattern: str, name: str, found: list[str] | None) -> None:
    assert wildcards(pattern, name) == found


def test_long_and_open_values_are_short_in_ids() -> None:
    assert given_text({}) == ""
    assert given_text({"A": Open("x")}) == "(A=?)"
    assert len(given_text({"A": "x" * 99})) < LONGEST_VALUE + 8
