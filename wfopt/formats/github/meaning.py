"""What a name in an expression of GitHub Actions means."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.formats.github.contexts import SERVICE, VARIABLES
from wfopt.formats.github.functions import member
from wfopt.formats.github.grammar import EVERY
from wfopt.formats.github.scope import Scope, both, either, has_status
from wfopt.formats.github.writing import written
from wfopt.model.expressions import Expression, Literal, Reference, Template, Value, references

NOTHING = Literal("")
"""What is missing: it equals the empty text."""

_SHOWN: Mapping[str, str] = {"succeeded": "success", "failed": "failure"}


def unknown(expression: Expression) -> Reference:
    """Return a reference for what only the service knows: the text, under `service`."""
    return Reference(SERVICE, (written(expression),))


def unknowns(*parts: Template | Expression | None) -> list[str]:
    """Return what only the service knows of some texts, as written, in order."""
    found: dict[str, None] = {}
    for part in parts:
        mentioned: frozenset[str] = frozenset()
        if isinstance(part, Template):
            mentioned = part.references if part.static is None else mentioned
        elif part is not None:
            mentioned = references(part)
        for each in sorted(mentioned):
            if each.startswith(f"{SERVICE}."):
                found[each.removeprefix(f"{SERVICE}.")] = None
    return list(found)


def meaning_of(reference: Reference, scope: Scope) -> Expression:
    """Return what a reference stands for: a value, what a run here knows, or what only the service knows."""
    match reference.root:
        case "matrix" | "strategy" | "inputs":
            return _value_of(reference, scope)
        case "env" if len(reference.path) == 1:
            return _variable(str(reference.path[0]), scope)
        case "steps" if reference.path:
            return _of_step(reference, scope)
        case "needs" if reference.path:
            return _of_job(reference, scope)
        case "github" if reference.path[:2] == ("event", "inputs"):
            return _value_of(Reference("inputs", reference.path[2:]), scope)
        case _:
            name = VARIABLES.get((reference.root, ".".join(map(str, reference.path)).lower()))
            return Reference("env", (name,)) if name else unknown(reference)


def _value_of(reference: Reference, scope: Scope) -> Expression:
    root, path = reference.root, reference.path
    known = {"matrix": scope.matrix, "strategy": scope.strategy, "inputs": scope.inputs}[root]
    if known is None or not path or EVERY in path or (root != "matrix" and path[0] not in known):
        return unknown(reference)
    value: Value = known
    for key in path:
        if isinstance(value, str) and "${{" in value:
            return unknown(reference)
        try:
            value = member(value, key)
        except ValueError:
            return NOTHING
    return NOTHING if value is None else Literal(value)


def _variable(name: str, scope: Scope) -> Expression:
    found = scope.env.get(name)
    if found is not None and not any(name in script for script in scope.unsure):
        if found.static is not None:
            return Literal(found.static)
        if unknowns(found):
            return found.only or Reference(SERVICE, (f"env.{name}",))
    return Reference("env", (name,))


def _of_step(reference: Reference, scope: Scope) -> Expression:
    name, *rest = reference.path
    if EVERY in reference.path:
        return unknown(reference)
    step = scope.steps.get(str(name))
    if step is None:
        # As GitHub has it for the name of no step above.
        return NOTHING
    match rest:
        case ["outputs", str(key)]:
            return Reference("needs", (step, "out", key))
        case ["outcome" | "conclusion"]:
            words = (both(has_status(step, own), Literal(word)) for own, word in _SHOWN.items())
            return either(*words, Reference("needs", (step, "status")))
        case _:
            return unknown(reference)


def _of_job(reference: Reference, scope: Scope) -> Expression:
    name, *rest = reference.path
    job = scope.needs.get(str(name))
    if job is None:
        return unknown(reference)
    match rest:
        case ["result"]:
            return job.result
        case ["outputs", str(key)] if key != EVERY:
            if job.caller:
                return Reference("needs", (job.caller, "out", key))
            return job.outputs.get(key, NOTHING)
        case _:
            return unknown(reference)
