"""Durations that change several times a second: in whole seconds, as nobody can read more."""

from __future__ import annotations

from wfopt.model.quantities import format_duration
from wfopt.render.live.view import Span


def whole_seconds(seconds: float) -> str:
    """Return a duration of at most seven columns.

    >>> whole_seconds(12.9), whole_seconds(125)
    ('12 s', '2m 05s')
    """
    whole = int(max(0.0, seconds))
    return f"{whole} s" if whole < 60 else format_duration(whole)


def rounded(seconds: float) -> str:
    """Return a duration to the nearest second, or with more digits if it is short.

    >>> rounded(12.9), rounded(1.25), rounded(0.04)
    ('13 s', '1.2 s', '0.0 s')
    """
    return f"{seconds:.1f} s" if seconds < 9.95 else whole_seconds(seconds + 0.5)


def interval(span: Span, dash: str) -> str:
    """Return the ends of an interval; "" if they look the same.

    >>> interval(Span(expected_s=20, low_s=15, high_s=25), "-")
    '15-25 s'
    """
    low, high = rounded(span.low_s), rounded(span.high_s)
    if low == high:
        return ""
    short, same = low.removesuffix(" s"), low.endswith(" s") and high.endswith(" s")
    return f"{short if same else low}{dash}{high}"
