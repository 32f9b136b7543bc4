"""What `resources` of a hook or a rollback looks like: cpus and memory, nothing that is shared by name."""

from __future__ import annotations

from typing import Any

from wfopt.codes import UNKNOWN_KEY
from wfopt.dataclass import dataclass
from wfopt.formats.native.records import Fields
from wfopt.formats.native.shapes import Schema
from wfopt.formats.native.values import RESOURCES
from wfopt.formats.positions import Node
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.source import closest_match

_OWN = tuple(RESOURCES.keys.values())


@dataclass(frozen=True, slots=True)
class NamedResources:
    """Refuses every named resource: there is nobody to share it with."""

    known: tuple[str, ...]

    def read(self, node: Node, where: str, problems: Problems) -> Any:
        name = where.split("`")[1]
        near = did_you_mean(closest_match(name, self.known))
        hint = near or "drop it: no other step starts while a hook or rollback runs"
        problems.error(UNKNOWN_KEY, f"{where}: only steps may ask for named resources", node, hints=(hint,))

    def schema(self) -> Schema:
        return {"not": {}}


HOOK_RESOURCES = Fields(*_OWN, what="resources", extra=NamedResources(tuple(each.name for each in _OWN)))
