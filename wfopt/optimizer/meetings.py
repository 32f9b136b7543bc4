"""Which steps may touch the same files, by what they declare."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from wfopt.model.patterns import PathPattern
from wfopt.model.relations import Relation, relate
from wfopt.model.workflow import Step

_Output = tuple[str, int, PathPattern]


def meetings_of(steps: Sequence[Step]) -> list[int]:
    """Return, for each step, those that it may meet, as bits by their places.

    Two steps meet if one writes what the other reads, lists or writes; two patterns do if they may match the
    same file. Nobody meets itself.
    """
    outputs = OutputIndex(steps)
    found = [0] * len(steps)
    known: dict[tuple[tuple[PathPattern, ...], tuple[PathPattern, ...]], int] = {}
    for place, step in enumerate(steps):
        # The cells of a matrix and many steps of generated files read the same.
        key = (step.inputs or (), step.outputs or ())
        bits = known.get(key)
        if bits is None:
            bits = 0
            for other in outputs.meeting(key[0]):
                bits |= 1 << other
            for pattern in key[1]:
                for other in () if pattern.negated else outputs.meeting((pattern,)):
                    bits |= 1 << other
            known[key] = bits
        found[place] = bits & ~(1 << place)
    for place, left in enumerate(list(found)):
        for other in _places(left):
            found[other] |= 1 << place
    return found


def _places(bits: int) -> Iterator[int]:
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1


class OutputIndex:
    """The outputs of some steps, found by where they are.

    Args:
        steps: the steps.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._outputs: list[_Output] = sorted(
            (
                (output.prefix, place, output)
                for place, step in enumerate(steps)
                for output in step.outputs or ()
                if not output.negated
            ),
            key=lambda entry: entry[:2],
        )
        self._keys = [key for key, _, _ in self._outputs]

    def meeting(self, patterns: tuple[PathPattern, ...]) -> set[int]:
        """Return the places of the steps with an output that may meet files that patterns select."""
        found = set[int]()
        for pattern in patterns:
            if not pattern.negated:
                for _, place, output in _near(pattern, self._outputs, self._keys):
                    if place not in found and _meet(output, patterns):
                        found.add(place)
        return found


def _meet(output: PathPattern, patterns: tuple[PathPattern, ...]) -> bool:
    if relate(output, patterns) is not Relation.NONE:
        return True
    # Of two outputs either may be the folder that holds the other.
    return (
        len(patterns) == 1 and not patterns[0].negated and relate(patterns[0], (output,)) is not Relation.NONE
    )


def _near(pattern: PathPattern, outputs: Sequence[_Output], keys: Sequence[str]) -> list[_Output]:
    """Return the outputs whose literal start begins like the pattern's, or the other way around."""
    prefix = "" if pattern.is_workspace else pattern.prefix
    found = []
    for index in range(bisect_left(keys, prefix), len(keys)):
        if not keys[index].startswith(prefix):
            break
        found.append(outputs[index])
    for end in range(len(prefix)):
        # Only starts of names, and of nothing, can be the start of a pattern that reaches here.
        key = prefix[:end]
        for index in range(bisect_left(keys, key), len(keys)):
            if keys[index] != key:
                break
            found.append(outputs[index])
    return found
