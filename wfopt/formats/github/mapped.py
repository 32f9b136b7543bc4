"""Actions for which the user names a command that runs in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wfopt.formats.github.actions import name_of
from wfopt.formats.github.meaning import unknowns
from wfopt.formats.github.place import Spot
from wfopt.formats.github.remarks import cut
from wfopt.formats.github.shapes import pairs_of, text_of
from wfopt.formats.github.shells import SHELLS
from wfopt.formats.github.texts import split
from wfopt.formats.github.translate import template_of
from wfopt.model.expressions import Template
from wfopt.model.workflow import Opaque, Script


def command_for(spot: Spot) -> str:
    """Return the command that the user names for the action of a step, or ""."""
    step = spot.step
    return spot.place.actions.get(name_of(text_of(step.uses)), "") if step.uses and step.name else ""


def mapped(spot: Spot, command: str, options: Mapping[str, str]) -> Opaque:
    """Return what runs in the place of an action.

    Args:
        spot: the step.
        command: what the user names.
        options: what the file hands to the action.
    """
    what = text_of(spot.step.uses).strip()
    found = unknowns(*(value for _, value in variables_of(spot)))
    if found:
        return Opaque(what=what, why=f"uses {cut(found[0])}", options=options)
    script = Script(Template.plain(command), SHELLS["bash"])
    return Opaque(what=what, why="a command of yours runs in its place", options=options, stand_in=script)


def variables_of(spot: Spot) -> Iterator[tuple[str, Template]]:
    """Yield the variables in which an action finds what the file hands to it, as `INPUT_NAME`.

    GitHub keeps the hyphens of a name, which no shell can read: it comes with underscores as well.
    """
    for key, value in pairs_of(spot.step.node.get("with")):
        name = f"INPUT_{key.text.upper().replace(' ', '_')}"
        text = template_of(split(text_of(value)), spot.scope, value.span)
        for each in dict.fromkeys((name, name.replace("-", "_"))):
            yield each, text
