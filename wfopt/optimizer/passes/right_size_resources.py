"""Asks for as much memory as is needed."""

from __future__ import annotations

import math

from wfopt.dataclass import replace
from wfopt.model.workflow import Workflow
from wfopt.optimizer.base import Change, Facts, Level, PassResult
from wfopt.optimizer.units import Units

FEWEST_SAMPLES = 5
"""So many peaks must be known."""

_MARGIN = 1.2
_WORTH = 0.75
_GRAIN = 16 << 20


class RightSizeResources:
    """Lowers the memory that a step reserves to its highest peak and a fifth more.

    More steps then fit beside each other. The request is also the limit, so a step that suddenly needs more
    is ended and says so; `retries.memory-factor` lets it try again with more.

    Before:

        train: { run: ./train, resources: { memory: 8GiB } }      # 9 runs, 1.9 GiB at most

    After:

        train: { run: ./train, resources: { memory: 2336MiB } }

    Does not apply to steps without a request, with fewer than five peaks in the history, or where less than a
    quarter would be saved.
    """

    name = "right-size-resources"
    summary = "reserve as much memory as steps have needed"
    level = Level.OBSERVED

    def rewrite(self, workflow: Workflow, facts: Facts) -> PassResult:
        """Return the workflow with smaller requests."""
        units = Units(workflow)
        chosen: dict[str, int] = {}
        changes = []
        for place, cells in enumerate(units.cells):
            asked = cells[0].request.memory_bytes
            peaks = [facts.knowledge.of(step.id).memory for step in cells]
            known = [peak for peak in peaks if peak is not None and peak.samples >= FEWEST_SAMPLES]
            if asked is None or len(known) < len(cells) or not units.is_own(place):
                continue
            highest = max(peak.high for peak in known)
            size = max(_GRAIN, _GRAIN * math.ceil(highest * _MARGIN / _GRAIN))
            if size > asked * _WORTH:
                continue
            chosen[units.names[place]] = size
            changes.append(
                Change(
                    made_by=self.name,
                    steps=units.ids([place]),
                    what=f"`{units.names[place]}` reserves {size >> 20} MiB instead of {asked >> 20} MiB",
                    why=f"its peak was {math.ceil(highest / (1 << 20))} MiB at most",
                    evidence=f"observed in {min(peak.samples for peak in known)} attempts",
                    memory=asked - size,
                )
            )
        if not chosen:
            return PassResult(workflow)
        steps = tuple(
            replace(step, request=replace(step.request, memory_bytes=chosen[name]))
            if (name := step.definition or str(step.id)) in chosen
            else step
            for step in workflow.steps
        )
        return PassResult(replace(workflow, steps=steps), tuple(changes))
