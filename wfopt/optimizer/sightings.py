"""What traces add to declarations: which steps they free, what stays in order, and what cannot be undone."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.dataclass import dataclass
from wfopt.model.effects import Effects, Sighting
from wfopt.model.patterns import selects
from wfopt.model.workflow import Opaque, Step
from wfopt.optimizer.base import Facts
from wfopt.optimizer.footprints import seen_meetings
from wfopt.optimizer.freedom import Bond, bond_of, tied_by_rule
from wfopt.optimizer.meetings import meetings_of

_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Spill:
    """What a step writes that nobody undoes if it has overtaken one that fails.

    Attributes:
        why: in a few words that follow the step's name.
        hint: what the user can write to allow it.
    """

    why: str
    hint: str


def order_bond_of(step: Step, facts: Facts) -> Bond | None:
    """Return what ties a step to its place, or None if it may run beside others.

    What is not declared may be known from traces, if the level allows that.
    """
    bond = bond_of(step, facts.undeclared)
    if bond is None or facts.sightings is None or isinstance(step.run, Opaque) or step.effects:
        return bond
    tie = tied_by_rule(step)
    if tie is not None:
        return tie
    seen = facts.sightings.get(step.id, Sighting())
    if seen.why_not:
        return Bond(seen.why_not, seen.hint)
    if not seen.runs:
        return Bond("was not traced", "run it once with `wfopt run --trace`")
    return None


def runs_behind(step: Step, facts: Facts) -> int | None:
    """Return on how many traces the freedom of a step rests, or None if it rests on what is declared."""
    seen = (facts.sightings or {}).get(step.id)
    if seen is None or bond_of(step, facts.undeclared) is None:
        return None
    return seen.runs


def order_meetings_of(steps: Sequence[Step], facts: Facts) -> list[int]:
    """Return, for each step, those that it may meet, as `meetings_of`, by declarations and by traces."""
    found = meetings_of(steps)
    seen = {place: effects for place, step in enumerate(steps) if (effects := _seen(step, facts)) is not None}
    if seen:
        found = [left | right for left, right in zip(found, seen_meetings(steps, seen), strict=True)]
    return found


def spill_of(step: Step, facts: Facts) -> Spill | None:
    """Return what a step was seen to write that is not among its outputs, or None.

    If it overtakes a step that fails, its declared outputs are removed; anything else would stay.
    """
    effects = _seen(step, facts)
    left = sorted(each for each in effects.lasting if not _is_output(step, each, effects)) if effects else ()
    if not left:
        return None
    name, consent = step.definition or step.id, "`--level assumed --assume drop-order-only-needs`"
    inside = [each for each in left if each and not each.startswith("/")]
    is_simple = len(inside) == len(left) <= _MOST_NAMED
    keys = f"`outputs: [{', '.join(inside)}]`" if is_simple else "what it writes as `outputs`"
    return Spill(
        f"it was seen to write `{left[0] or '.'}`, which would stay if a step that it overtakes fails",
        f"declare {keys} of `{name}`, or allow it with {consent}",
    )


def may_spill(overtaken: Sequence[Step], facts: Facts, made_by: str) -> bool:
    """Return whether a step may leave something behind if one of those that it overtakes fails.

    The user must have allowed the pass by name, and none of them may ever have failed.
    """
    known = [facts.knowledge.of(step.id) for step in overtaken]
    return made_by in facts.consents and all(each.attempts and not each.failures for each in known)


def _seen(step: Step, facts: Facts) -> Effects | None:
    seen = (facts.sightings or {}).get(step.id)
    return seen.effects if seen is not None and seen.runs else None


def _is_output(step: Step, path: str, effects: Effects) -> bool:
    outputs = step.outputs or ()
    if path.startswith("/"):
        return False
    if selects(outputs, path):
        return True
    # The folders on the way to an output are made in any case.
    is_folder = path in effects.trees and path in effects.names
    return is_folder and any(not each.negated and each.prefix.startswith(f"{path}/") for each in outputs)
