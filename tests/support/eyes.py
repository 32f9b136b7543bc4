"""Eyes for tests: they note what they are shown, and see what they are told to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.ticks import tick
from wfopt.engine.observing import Standing
from wfopt.model.samples import Change, Tick


@dataclass(slots=True)
class FakeEyes:
    """See `wfopt.engine.observing.Eyes`.

    Attributes:
        changes: by the number of a look, counted from 1, which alerts change.
        seen: what it was shown at which moment, in order.
    """

    changes: Mapping[int, Sequence[Change]] = field(default_factory=dict)
    seen: list[tuple[float, Standing]] = field(default_factory=list)

    @property
    def moments(self) -> list[float]:
        """When it looked, in seconds since the start of the run, to the millisecond."""
        return [round(at, 3) for at, _ in self.seen]

    def look(self, at: float, standing: Standing) -> tuple[Tick, list[Change]]:
        self.seen.append((at, standing))
        return tick(at), list(self.changes.get(len(self.seen), ()))
