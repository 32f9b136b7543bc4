"""What the expressions of a step really ask for, once everything known is filled in.

`Step.references` says what its file mentions. Where a file of another format was translated, the names in it
are not those of steps here.
"""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.model.expressions import Expression, Reference, Template, map_references
from wfopt.model.workflow import Argv, Opaque, Step


def asked_by(step: Step) -> tuple[Reference, ...]:
    """Return all references of a step that a run has to look up, in order."""
    found: list[Reference] = []

    def note(reference: Reference) -> Reference:
        found.append(reference)
        return reference

    for part in _expressions(step):
        map_references(part, note)
    return tuple(found)


def values_asked_by(step: Step) -> tuple[str, ...]:
    """Return the steps of which a step wants a value that they hand on, each once."""
    wanted = (
        str(each.path[0]) for each in asked_by(step) if each.root == "needs" and each.path[1:2] == ("out",)
    )
    return tuple(dict.fromkeys(wanted))


def _expressions(step: Step) -> Iterator[Expression]:
    run = step.run.stand_in if isinstance(step.run, Opaque) else step.run
    texts: list[Template | None] = [*step.env.values()]
    if run is not None:
        texts += run.args if isinstance(run, Argv) else (run.text,)
    for text in texts:
        if text is not None and text.static is None:
            yield from (part for part in text.parts if not isinstance(part, str))
    if step.condition is not None:
        yield step.condition
    if not isinstance(step.allow_failure, bool | frozenset):
        yield step.allow_failure
