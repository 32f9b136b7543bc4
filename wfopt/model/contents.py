"""One text for what a workflow does: equal for equal steps and edges, whatever the layout of its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import TypeAlias

from wfopt.model.workflow import Workflow

_Plain: TypeAlias = "str | int | float | bool | list[_Plain] | None"

_WITHOUT_EFFECT = frozenset(
    {"description", "expected_s", "needs", "offset", "places", "quiet", "references", "sizes", "span"}
)
"""What does not change what a step does, nor, besides the edges, when it may start."""


def canonical(workflow: Workflow) -> str:
    """Return the text; values of secret variables may stand in it.

    Steps are sorted by id, for what order means is in the edges. Params are in it as the steps use them.
    """
    values = _Values()
    steps = [values.plain(step) for step in sorted(workflow.steps, key=lambda step: step.id)]
    hooks = [values.plain(hook) for hook in (*workflow.on_failure, *workflow.finally_steps)]
    edges = sorted([edge.before, edge.after, edge.kind.value] for edge in workflow.edges)
    tokens = values.plain(workflow.tokens)
    return json.dumps([steps, hooks, edges, tokens, list(workflow.targets)], separators=(",", ":"))


class _Values:
    """Turns values of one workflow into what JSON knows; steps share many of them."""

    def __init__(self) -> None:
        # All values are part of the workflow, so no number of an object is used again meanwhile.
        self._known: dict[int, _Plain] = {}

    def plain(self, value: object) -> _Plain:
        if value is None or type(value) in (str, int, float, bool):
            return value  # type: ignore[return-value]  # mypy does not follow `type(value) in`
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = self._made(value)
        return known

    def _made(self, value: object) -> _Plain:
        plain = self.plain
        if isinstance(value, tuple | list):
            return [plain(each) for each in value]
        if isinstance(value, Mapping):
            return [[plain(key), plain(value[key])] for key in sorted(value)]
        if isinstance(value, frozenset):
            return sorted((plain(each) for each in value), key=json.dumps)
        if isinstance(value, Enum):
            return plain(value.value)
        names: tuple[str, ...] = getattr(value, "__slots__")  # noqa: B009 - all other values have it
        known = [plain(getattr(value, name)) for name in names if name not in _WITHOUT_EFFECT]
        return [type(value).__name__, *known]
