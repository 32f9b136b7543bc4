"""What `--keep` says."""

import pytest

from wfopt.metrics.keep import Keep, parse_keep
from wfopt.model.quantities import QuantityError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90d", Keep(days=90.0, rows=None)),
        ("12h", Keep(days=0.5, rows=None)),
        ("500rows", Keep(days=None, rows=500)),
        ("500 rows", Keep(days=None, rows=500)),
        ("90d,1000000rows", Keep(days=90.0, rows=1_000_000)),
        ("1000000rows, 90d", Keep(days=90.0, rows=1_000_000)),
    ],
)
def test_what_is_kept(text: str, expected: Keep) -> None:
    assert parse_keep(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1d,2d", "`1d,2d` says the same twice"),
        ("1rows,2rows", "`1rows,2rows` says the same twice"),
        ("90", "`90` has no unit"),
        ("", "a duration cannot be empty"),
        ("9rows9", "`9rows9` is not a duration"),
        ("1d,", "a duration cannot be empty"),
    ],
)
def test_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(QuantityError) as raised:
        parse_keep(text)
    assert "`90d,1000000rows`" in raised.value.hint
    assert raised.value.message == message
