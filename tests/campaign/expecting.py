"""What has to come of outputs that were taken in, spoiled and restored, worked out without the cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tests.support.portraits import Seen
from wfopt.cache.differences import Change, Difference
from wfopt.cache.entry import Item
from wfopt.model.patterns import PathPattern, parse_pattern

Portrait: TypeAlias = Mapping[str, Seen]

KEPT = ".keep"
CHOSEN = ".o"
_PATTERNS = {
    "whole": ("out/",),
    "named": ("out",),
    "except": ("out/", f"!out/**/*{KEPT}"),
    "chosen": (f"out/**/*{CHOSEN}",),
    "several": ("out/", "two/", "out/gone-or-not*"),
}


@dataclass(frozen=True, slots=True)
class Declared:
    """How a step declares its outputs.

    Attributes:
        kind: `whole`, `named`, `except`, `chosen` or `several`.
    """

    kind: str

    @property
    def patterns(self) -> list[PathPattern]:
        """What stands in the workflow."""
        return [parse_pattern(text, optional=self.kind == "chosen") for text in _PATTERNS[self.kind]]

    @property
    def roots(self) -> tuple[str, ...]:
        """Where the outputs are."""
        return ("out", "two") if self.kind == "several" else ("out",)

    def records(self, path: str, seen: Seen) -> bool:
        """Return whether the cache has to keep something."""
        if path.partition("/")[0] not in self.roots:
            return False
        if self.kind == "chosen":
            return path.endswith(CHOSEN) and "/" in path and seen.kind != "folder"
        return not (self.kind == "except" and path.endswith(KEPT) and path != "out")


class Expectation:
    """What a tree was, what was recorded of it, and what became of it.

    Args:
        declared: how the outputs are declared.
        before: the workspace when the outputs were taken in.
        spoiled: the workspace right before it is restored.
    """

    def __init__(self, declared: Declared, before: Portrait, spoiled: Portrait) -> None:
        self._before, self._spoiled = before, spoiled
        self._recorded = recorded(declared, before)
        self._goes = self._stale(declared)

    def _stale(self, declared: Declared) -> set[str]:
        """Return what has to go."""
        if declared.kind == "chosen":
            return set()
        if declared.kind == "named" and self._recorded["out"].kind != "folder":
            return set()
        unknown = {path: seen for path, seen in self._spoiled.items() if path not in self._recorded}
        stale = {path for path, seen in unknown.items() if declared.records(path, seen)}
        stays = unknown.keys() - stale
        return {path for path in stale if not any(each.startswith(path + "/") for each in stays)}

    def comparison_trouble(self, changed: Sequence[Difference]) -> str:
        """Return what is wrong with a comparison, or ""."""
        found = {each.path for each in changed if each.change is not Change.EXTRA}
        wanted = {path for path, seen in self._recorded.items() if self._spoiled.get(path) != seen}
        if found != wanted:
            return f"other differences than there are: {sorted(found ^ wanted)[:5]}"
        extra = {each.path for each in changed if each.change is Change.EXTRA}
        odd = extra ^ self._goes
        return f"other extra files than there are: {sorted(odd)[:5]}" if odd else ""

    def restored_trouble(self, after: Portrait) -> str:
        """Return what is wrong with a workspace that was restored, or ""."""
        wanted = {path: seen for path, seen in self._spoiled.items() if path not in self._goes}
        wanted |= self._recorded
        for path in sorted(wanted.keys() | after.keys()):
            if path not in wanted and self._is_on_the_way(path, after):
                continue
            if wanted.get(path) != after.get(path):
                return f"{path!r} is {after.get(path)}, not {wanted.get(path)}"
        return ""

    def missed_trouble(self, after: Portrait) -> str:
        """Return what is wrong with a workspace that could not be restored, or ""."""
        for path, seen in after.items():
            was_there = seen in (self._spoiled.get(path), self._before.get(path))
            is_unfinished = seen.kind == "folder" and path in self._recorded
            if not (was_there or is_unfinished or self._is_on_the_way(path, after)):
                return f"{path!r} is {seen}, which it never was"
        for path in self._spoiled.keys() - after.keys():
            if path not in self._goes and path not in self._recorded:
                return f"{path!r} is gone, but is nobody's to delete"
        return ""

    def may_miss(self) -> bool:
        """Return whether what has to stay is where an output belongs."""
        return any(self._is_blocked(path, seen) for path, seen in self._recorded.items())

    def _is_blocked(self, path: str, wanted: Seen) -> bool:
        there = self._spoiled.get(path)
        if wanted.kind != "folder" and there is not None and there.kind == "folder":
            inner = (each for each in self._spoiled if each.startswith(path + "/"))
            if any(each not in self._goes for each in inner):
                return True
        names = path.split("/")
        outer = ("/".join(names[:end]) for end in range(1, len(names)))
        return any(
            each not in self._recorded and each in self._spoiled and self._spoiled[each].kind != "folder"
            for each in outer
        )

    def _is_on_the_way(self, path: str, after: Portrait) -> bool:
        """Return whether it is a folder that outputs are in but that is none itself."""
        return after[path].kind == "folder" and any(each.startswith(path + "/") for each in self._recorded)


def recorded(declared: Declared, before: Portrait) -> dict[str, Seen]:
    """Return what the cache has to keep of a workspace."""
    return {path: seen for path, seen in before.items() if declared.records(path, seen)}


def items_trouble(items: Sequence[Item], expected: Portrait) -> str:
    """Return what is wrong with what was recorded of a tree, or ""."""
    kinds = {"f": "file", "d": "folder", "l": "link"}
    found = {item.path: Seen(kinds.get(item.kind.value, "?"), item.mode, item.content) for item in items}
    odd = [path for path in sorted(found.keys() | expected.keys()) if found.get(path) != expected.get(path)]
    if odd:
        return f"{odd[0]!r} was recorded as {found.get(odd[0])}, not {expected.get(odd[0])}"
    return "" if len(found) == len(items) else "something was recorded twice"
