"""Which steps may touch the same files, by what they were seen to touch.

A pair of steps meets if one of them writes what the other reads, lists, looks for in vain or writes; if one
makes, removes or moves a folder that the other one's paths lead through; or if one makes a name appear in, or
vanish from, a folder that the other lists. What steps declare counts beside what they were seen to do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from wfopt.model.effects import Effects, Paths
from wfopt.model.patterns import PathPattern, matches
from wfopt.model.workflow import Step

_Index = dict[str, int]


def seen_meetings(steps: Sequence[Step], effects: Mapping[int, Effects]) -> list[int]:
    """Return, for each step, those that it may meet by what was seen, as bits by their places.

    Args:
        steps: the steps.
        effects: what was seen of those at some places.
    """
    footprints = _Footprints(effects)
    found = [0] * len(steps)
    for place, each in effects.items():
        found[place] |= footprints.meeting(each)
    for place, step in enumerate(steps):
        for pattern in step.outputs or ():
            if not pattern.negated:
                found[place] |= footprints.of_output(pattern)
        for pattern in step.inputs or ():
            if not pattern.negated:
                found[place] |= footprints.of_input(pattern)
    for place, bits in enumerate(found):
        found[place] = bits & ~(1 << place)
    for place, left in enumerate(list(found)):
        for other in _places(left):
            found[other] |= 1 << place
    return found


class _Footprints:
    """Who did what at which path, as bits."""

    def __init__(self, effects: Mapping[int, Effects]) -> None:
        self._writes = _index({place: each.writes for place, each in effects.items()})
        self._lists = _index({place: each.lists for place, each in effects.items()})
        self._absent = _index({place: each.absent for place, each in effects.items()})
        self._trees = _index({place: each.trees for place, each in effects.items()})
        everything = {
            place: each.reads | each.absent | each.lists | each.writes for place, each in effects.items()
        }
        self._all = _index(everything)
        self._sorted = sorted(self._all)

    def meeting(self, effects: Effects) -> int:
        """Return who may meet a step that does this; whoever meets it by own writes is found from there."""
        bits = 0
        for path in effects.writes:
            bits |= self._all[path]
        for path in effects.names:
            if path:
                bits |= self._lists.get(_folder(path), 0)
        for path in effects.trees:
            for below in self._below(path):
                bits |= self._all[below]
        return bits

    def of_output(self, pattern: PathPattern) -> int:
        """Return who may meet a step that declares to write this."""
        bits = 0
        for path in self._near(pattern):
            bits |= self._all[path]
        for path in self._below(pattern.folder if pattern.is_glob else pattern.text):
            bits |= self._lists.get(path, 0)
        for path in _above(pattern.prefix):
            # Folders on the way to it may be made for it.
            bits |= self._absent.get(path, 0) | self._lists.get(path, 0) | self._trees.get(path, 0)
        return bits

    def of_input(self, pattern: PathPattern) -> int:
        """Return who may meet a step that declares to read this."""
        bits = 0
        for path in self._near(pattern):
            bits |= self._writes.get(path, 0)
        for path in _above(pattern.prefix):
            bits |= self._trees.get(path, 0)
        return bits

    def _near(self, pattern: PathPattern) -> Iterator[str]:
        """Yield the known paths that a pattern matches."""
        prefix = pattern.prefix
        for index in range(bisect_left(self._sorted, prefix), len(self._sorted)):
            path = self._sorted[index]
            if not path.startswith(prefix):
                break
            if not path.startswith("/") and matches(pattern, path):
                yield path

    def _below(self, folder: str) -> Iterator[str]:
        """Yield the known paths that are a folder or lie in it."""
        if folder in self._all:
            yield folder
        start = f"{folder}/" if folder else ""
        for index in range(bisect_left(self._sorted, start), len(self._sorted)):
            path = self._sorted[index]
            if not path.startswith(start):
                break
            if folder or not path.startswith("/"):
                yield path


def _index(paths: Mapping[int, Paths]) -> _Index:
    found: _Index = {}
    for place, each in paths.items():
        bit = 1 << place
        for path in each:
            found[path] = found.get(path, 0) | bit
    return found


def _folder(path: str) -> str:
    folder = path.rpartition("/")[0]
    return folder if folder or not path.startswith("/") else "/"


def _above(path: str) -> Iterator[str]:
    """Yield the folders above a path, with the workspace itself."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _places(bits: int) -> Iterator[int]:
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1
