"""What history keeps, and how that is written: `90d`, `1000000rows`, or both with a comma."""

from __future__ import annotations

import re

from wfopt.dataclass import dataclass
from wfopt.model.quantities import QuantityError, parse_duration

TIDY_EVERY_S = 86_400.0
"""How long it is until the history is tidied up again, in seconds."""

_ROWS = re.compile(r"([0-9]{1,12}) ?rows")
_DAY_S = 86_400.0
_FORM = "write an age such as `90d`, a number such as `1000000rows`, or both: `90d,1000000rows`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What is kept.

    Attributes:
        days: runs of the last so many days; None for all.
        rows: the newest runs with so many attempts in all; None for any number.
        size_bytes: as much as fits into so many bytes; None for any size.
        runs: so many of the newest runs whatever their age: the clock may be wrong.
    """

    days: float | None = 90.0
    rows: int | None = 1_000_000
    size_bytes: int | None = None
    runs: int = 100


USUAL_KEEP = Keep()


def parse_keep(text: str) -> Keep:
    """Return what a text says is to be kept; what it does not mention has no limit.

    Raises:
        QuantityError: it is neither an age nor a number of rows, or says one of them twice.

    >>> parse_keep("2d,500rows").days, parse_keep("2d,500rows").rows
    (2.0, 500)
    """
    days: float | None = None
    rows: int | None = None
    for part in text.split(","):
        found = _ROWS.fullmatch(part.strip())
        age = None if found else _age(part.strip()) / _DAY_S
        if (days if found is None else rows) is not None:
            raise QuantityError(f"`{text}` says the same twice", _FORM)
        days = days if age is None else age
        rows = int(found[1]) if found else rows
    return Keep(days=days, rows=rows)


def _age(text: str) -> float:
    try:
        return parse_duration(text)
    except QuantityError as error:
        raise QuantityError(error.message, _FORM) from error
