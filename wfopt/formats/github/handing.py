"""Files that one job leaves for another: artifacts and caches, matched by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from wfopt.dataclass import dataclass
from wfopt.formats.github.actions import HANDING, Handing, name_of
from wfopt.formats.github.jobs import DeclaredJob
from wfopt.formats.github.shapes import get, text_of

_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Handed:
    """What a job leaves and takes: pairs of a kind and a name in which `*` stands for anything."""

    left: frozenset[tuple[str, str]]
    taken: frozenset[tuple[str, str]]


def handed(job: DeclaredJob) -> Handed:
    """Return what a job leaves for others, and what it takes from them."""
    found = list(_found(job))
    return Handed(
        frozenset((each.kind, name) for each, name in found if each.leaves),
        frozenset((each.kind, name) for each, name in found if each.takes),
    )


def passes(before: Handed, after: Handed) -> bool:
    """Return whether the second takes what the first leaves.

    Names that expressions make count as equal wherever their texts allow it.
    """
    return any(
        kind == other and (name == wanted or fnmatchcase(name, wanted) or fnmatchcase(wanted, name))
        for other, wanted in after.taken
        for kind, name in before.left
    )


def _found(job: DeclaredJob) -> Iterator[tuple[Handing, str]]:
    for step in job.flow.steps:
        known = HANDING.get(name_of(text_of(step.uses)))
        if known is None:
            continue
        options = get(step.node, "with")
        name = text_of(get(options, known.option)) or text_of(get(options, "pattern")) or known.default
        name = _EXPRESSION.sub("*", name).strip()
        if name:
            yield known, name
