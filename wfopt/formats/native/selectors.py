"""What `needs` and targets name: ids, `id[axis=value]` and globs, resolved to steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wfopt.model.workflow import Step

_SELECTOR = re.compile(r"([^\[\]]+)(?:\[([^\]]*)\])?")


@dataclass(frozen=True, slots=True)
class Directory:
    """Finds steps by what a file or a user calls them.

    Attributes:
        by_definition: the positions of a declared step's cells.
        by_id: the position of a step.
        steps: all steps in file order.
    """

    steps: Sequence[Step]
    by_definition: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    by_id: Mapping[str, int] = field(default_factory=dict)

    def select(self, selector: str) -> tuple[int, ...]:
        """Return the positions of the steps that `selector` names; empty if there are none.

        A definition's id names all of its cells, `id[axis=value]` those that agree, and `*` and `?`
        stand for any characters of a definition's id.
        """
        if selector in self.by_definition:
            return self.by_definition[selector]
        if selector in self.by_id:
            return (self.by_id[selector],)
        match = _SELECTOR.fullmatch(selector)
        if match is None:
            return ()
        found = self._named(match[1])
        if match[2] is None:
            return tuple(found)
        wanted = dict(part.partition("=")[::2] for part in match[2].split(","))
        return tuple(
            place for place in found if wanted.items() <= dict(self.steps[place].cell).items() and wanted
        )

    def _named(self, name: str) -> Iterable[int]:
        if "*" not in name and "?" not in name:
            return self.by_definition.get(name, ())
        glob = re.compile(re.escape(name).replace(r"\*", ".*").replace(r"\?", "."))
        return [
            place for key, places in self.by_definition.items() if glob.fullmatch(key) for place in places
        ]


def directory_of(steps: Sequence[Step]) -> Directory:
    """Return the directory of some steps."""
    by_definition: dict[str, list[int]] = {}
    for place, step in enumerate(steps):
        by_definition.setdefault(step.definition, []).append(place)
    return Directory(
        steps,
        {key: tuple(places) for key, places in by_definition.items()},
        {step.id: place for place, step in enumerate(steps)},
    )
