"""Dates and times of foreign programs."""

from __future__ import annotations

import pytest

from wfopt.formats.history.moments import moment_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2025-03-01T10:00:00Z", 1740823200.0),
        ("2025-03-01T10:00:00", 1740823200.0),
        ("2025-03-01T10:00:00.25+00:00", 1740823200.25),
        ("2025-02-28T23:00:00-11:00", 1740823200.0),
        ("20250301T100000+0000", 1740823200.0),
        ("03-01-25T10:00:00Z", 1740823200.0),
        ("1970-01-01", 0.0),
    ],
)
def test_all_spellings_name_the_same_moment(text: str, seconds: float) -> None:
    assert moment_of(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "soon",
            "1969-12-31T23:59:59Z",
            "2100-01-02T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "13-01-25T10:00:00Z",
        ),
        *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2025-02-30T00:00:00Z", "1740823200"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        moment_of(text)
