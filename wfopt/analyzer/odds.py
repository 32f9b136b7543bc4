"""What checks assume where nothing was measured: each a low, a usual and a high value, with its reason.

They only ever scale shares; nothing here is a duration that a user is told of as a fact.
"""

from __future__ import annotations

from typing import NamedTuple


class Odds(NamedTuple):
    """A share or probability, from 0 to 1: at least, usually, at most."""

    low: float
    expected: float
    high: float

    def of(self, amount: float) -> tuple[float, float, float]:
        """Return the share of an amount that each value stands for."""
        return self.low * amount, self.expected * amount, self.high * amount


DOWNLOAD_AVOIDED = Odds(0.1, 0.4, 0.8)
"""What a cache saves of an install: how often it hits, times what restoring is quicker than downloading."""

CACHE_HITS = Odds(0.2, 0.5, 0.9)
"""How often a build whose inputs are known would be found in the cache."""

DUPLICATE_AVOIDED = Odds(0.0, 0.4, 0.8)
"""What doing a step once saves of doing it again: handing its result over costs time as well."""

CLONE_AVOIDED = Odds(0.0, 0.3, 0.9)
"""What a shallow clone saves of a full one: next to nothing in a young repository."""

SUPERSEDED = Odds(0.02, 0.1, 0.3)
"""How much of the work is done for commits that a newer push has replaced."""

DOCS_ONLY = Odds(0.02, 0.1, 0.25)
"""How many commits change nothing that a build or a test reads."""

PUSHED_TWICE = Odds(0.1, 0.3, 0.5)
"""How much of the work repeats: half of it, if each push is to a pull request of the same repository."""

HANGS = Odds(0.0, 0.0005, 0.005)
"""How often a job hangs until the service ends it."""

CELL_FAILS = Odds(0.01, 0.05, 0.2)
"""How often a cell fails while others of its matrix are still to do."""

RETRY_IN_VAIN = Odds(0.01, 0.05, 0.1)
"""How often a step fails for a reason that stays."""
