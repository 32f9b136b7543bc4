"""Which steps may touch the same files, by what they declare."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from wfopt.model.patterns import PathPattern
from wfopt.model.relations import Relation, relate
from wfopt.model.workflow import Step

_Output = tuple[str, int, PathPattern]


def meetings_of(steps: Sequence[Step]) -> list[int]:
    """Return, for each step, those that it may meet, as bits by their places.

    Two steps meet if one writes what the other reads, lists or writes; two patterns do if they may match the
    same file. Nobody meets itself.
    """
    outputs: list[_Output] = sorted(
        (
            (output.prefix, place, output)
            for place, step in enumerate(steps)
            for output in step.outputs or ()
            if not output.negated
        ),
        key=lambda entry: entry[:2],
    )
    keys = [entry[0] for entry in outputs]
    found = [0] * len(steps)
    for place, step in enumerate(steps):
        wanted: list[tuple[tuple[PathPattern, ...], PathPattern]] = []
        wanted += [((pattern,), pattern) for pattern in step.outputs or () if not pattern.negated]
        reads = step.inputs or ()
        wanted += [(reads, pattern) for pattern in reads if not pattern.negated]
        for patterns, near in wanted:
            for _, other, output in _near(near, outputs, keys):
                if other != place and not found[place] >> other & 1 and _meet(output, patterns):
                    found[place] |= 1 << other
                    found[other] |= 1 << place
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
