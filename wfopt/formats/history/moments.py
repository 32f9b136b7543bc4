"""Dates and times as foreign programs write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

LATEST = 4_102_444_800.0
"""The year 2100, in seconds since the epoch: nothing in a history is later."""

# Pegasus 5 writes month, day and year of two digits.
_AMERICAN = re.compile(r"(\d\d)-(\d\d)-(\d\d)(T.*)", re.ASCII | re.DOTALL)


def moment_of(text: str) -> float:
    """Return a date and time as seconds since the epoch; without a zone it is taken as UTC.

    Besides ISO 8601, `03-23-21T06:04:36Z` is read: month, day, year.

    Raises:
        ValueError: it is neither, or before 1970 or after 2100.

    >>> moment_of("1970-01-02T00:00:00Z"), moment_of("19700101T010000+0100")
    (86400.0, 0.0)
    """
    american = _AMERICAN.fullmatch(text)
    if american:
        month, day, year, rest = american.groups()
        text = f"20{year}-{month}-{day}{rest}"
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    # Not `timestamp`: that overflows for the first and last days of the calendar.
    seconds = (found - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    if not 0 <= seconds <= LATEST:
        raise ValueError(f"not between 1970 and 2100: {text}")
    return seconds
