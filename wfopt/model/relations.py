"""How path patterns relate: what one certainly covers, and what an output means for whoever reads.

Whether two patterns overlap is decided on the patterns, not on files. Two globs are compared by their
literal starts, which can only tell that they may overlap.
"""

from __future__ import annotations

from enum import Enum

from wfopt.model.globs import compile_glob
from wfopt.model.patterns import PathPattern, contains, matches


class Relation(Enum):
    """What a declared output means for a step that reads.

    - `NONE`: they cannot meet.
    - `DATA`: the step reads what the other writes.
    - `HAZARD`: they may meet; their order matters, but nothing says that one feeds the other.
    """

    NONE = "none"
    DATA = "data"
    HAZARD = "hazard"


def covers(outer: PathPattern, inner: PathPattern) -> bool:
    """Return whether `outer` certainly matches all that `inner` matches; a `!` is not looked at.

    A literal `inner` without a `/` at its end counts as a file. False may also mean "not certain".
    """
    if inner.is_glob:
        same = outer.text == inner.text and outer.directory == inner.directory
        return same or _covers_below(outer, inner.folder)
    if inner.directory:
        return _covers_below(outer, inner.text)
    return matches(outer, inner.text)


def relate(output: PathPattern, reads: tuple[PathPattern, ...]) -> Relation:
    """Return what an output means for a step with these inputs.

    The inputs count in their order: a later `!pattern` that covers the output takes the relation away. A
    negated output relates to nothing, and a literal output without a `/` at its end counts as a file.
    """
    relation = Relation.NONE
    if output.negated:
        return relation
    for read in reads:
        if read.negated:
            if relation is not Relation.NONE and covers(read, output):
                relation = Relation.NONE
        elif relation is not Relation.DATA:
            found = _overlap(output, read)
            relation = relation if found is Relation.NONE else found
    return relation


def _overlap(output: PathPattern, read: PathPattern) -> Relation:
    if output.is_glob and read.is_glob:
        near = output.prefix.startswith(read.prefix) or read.prefix.startswith(output.prefix)
        return Relation.HAZARD if near else Relation.NONE
    if output.is_glob:
        # People name folders to read without a `/`; what is in them is not known here.
        return _overlap_with_glob(read, output, may_be_folder=True)
    if read.is_glob:
        return _overlap_with_glob(output, read, may_be_folder=output.directory)
    near = contains(output.text, read.text) or contains(read.text, output.text)
    return Relation.DATA if near else Relation.NONE


def _overlap_with_glob(literal: PathPattern, glob: PathPattern, *, may_be_folder: bool) -> Relation:
    """Decide on one literal and one glob, whichever of them is the output."""
    if matches(glob, literal.text) or contains(literal.text, glob.folder):
        return Relation.DATA
    if literal.directory and _covers_below(glob, literal.text):
        return Relation.DATA
    return Relation.HAZARD if may_be_folder and _reaches_below(glob, literal.text) else Relation.NONE


def _covers_below(outer: PathPattern, folder: str) -> bool:
    """Return whether `outer` matches everything below a folder."""
    if not outer.is_glob:
        return contains(outer.text, folder)
    if not (outer.directory or outer.text.endswith(("**", "**/*"))):
        return False
    # The open end of the pattern takes at least the last name, so any name shows it for all.
    return matches(outer, f"{folder}/x" if folder else "x")


def _reaches_below(glob: PathPattern, folder: str) -> bool:
    """Return whether a glob could match something below a folder."""
    parts = glob.text.split("/")
    fixed = parts[: parts.index("**")] if "**" in parts else parts
    names = folder.split("/")
    shared = min(len(fixed), len(names))
    if shared and not compile_glob("/".join(fixed[:shared])).fullmatch("/".join(names[:shared])):
        return False
    return len(fixed) < len(parts) or len(parts) > len(names) or glob.directory
