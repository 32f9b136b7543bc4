"""Durations as Go writes them."""

from __future__ import annotations

import pytest

from wfopt.formats.taskfile.items import duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1m30s", 90), ("1.5h", 5400), ("500ms", 0.5), (".5s", 0.5), ("2", None), ("", None), ("1 s", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds
