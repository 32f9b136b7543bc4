"""Turns expressions of GitHub Actions into those of the model.

What the file says is filled in: cells of a matrix, variables, inputs. What a run on this machine can know
becomes a reference to `env` or `needs`. What only the service knows stays as it is written, as the path of a
reference to `service`, which has no value anywhere.
"""

from __future__ import annotations

from wfopt.formats.github.contexts import SERVICE
from wfopt.formats.github.functions import evaluated
from wfopt.formats.github.grammar import EVERY, STATUS_FUNCTIONS
from wfopt.formats.github.meaning import NOTHING, meaning_of, unknown
from wfopt.formats.github.scope import Scope, both, either, has_status
from wfopt.formats.github.texts import Broken, Text, split
from wfopt.model.expressions import (
    Call,
    Comparison,
    Expression,
    ExpressionError,
    Literal,
    Logic,
    Not,
    Reference,
    Template,
    Value,
    bind,
    text_of,
)
from wfopt.source import Span

MOST_ASKED = 1_000
"""Of how many steps a single expression may ask how they ended."""

MOST_OWN = 60
"""Of how many steps of its own job: each step of such a job may ask about all before it."""

_SEARCHES = frozenset({"contains", "startsWith", "endsWith"})


def template_of(text: Text, scope: Scope, span: Span | None = None) -> Template:
    """Return a text with its expressions translated."""
    parts: list[str | Expression] = []
    for part in text.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        found = expression_of(part, scope)
        try:
            parts.append(text_of(found.value) if isinstance(found, Literal) else found)
        except ExpressionError:
            parts.append(_unread(part))
    return Template.of(parts, span)


def expression_of(part: Expression | Broken, scope: Scope) -> Expression:
    """Return an expression translated, with everything known filled in."""
    if isinstance(part, Broken):
        return _unread(part)
    try:
        return bind(_translated(part, scope), {})
    except ExpressionError:
        # GitHub converts what wfopt does not compare: only GitHub knows the value then.
        return unknown(part)


def condition_of(text: Text, scope: Scope) -> Expression:
    """Return the value of an `if`; it is true wherever text stands around an expression."""
    if len(text.parts) == 1 and not isinstance(text.parts[0], str):
        return expression_of(text.parts[0], scope)
    return Call("always") if asks_status(text) else Literal(value=True)


def asks_status(condition: Text | None) -> bool:
    """Return whether a condition asks how things went, and so is looked at even if something failed."""
    return condition is not None and any(f"{name}()" in condition.mentions for name in STATUS_FUNCTIONS)


def _unread(part: Expression | Broken) -> Reference:
    return Reference(SERVICE, (part.text,)) if isinstance(part, Broken) else unknown(part)


def _translated(expression: Expression, scope: Scope) -> Expression:
    match expression:
        case Literal():
            return expression
        case Reference():
            return _reference(expression, scope)
        case Call():
            return _call(expression, scope)
        case Not(operand):
            return Not(_translated(operand, scope))
        case Comparison(operator, left, right):
            return _comparison(operator, left, right, scope)
        case Logic(operator, operands):
            return Logic(operator, tuple(_translated(each, scope) for each in operands))


def _reference(reference: Reference, scope: Scope) -> Expression:
    found = meaning_of(reference, scope)
    if isinstance(found, Literal) and isinstance(found.value, str) and "${{" in found.value:
        # The value of an axis may be an expression itself.
        inner = template_of(split(found.value), Scope(inputs=scope.inputs, needs=scope.needs))
        return Literal(inner.static) if inner.static is not None else inner.only or unknown(reference)
    return found


def _comparison(operator: str, left: Expression, right: Expression, scope: Scope) -> Expression:
    for side, other in ((left, right), (right, left)):
        if isinstance(other, Literal) and operator in ("==", "!="):
            found = _is_result(side, str(other.value), scope)
            if found is not None:
                return found if operator == "==" else Not(found)
    sides = [_or_empty(_translated(side, scope)) for side in (left, right)]
    known = [side.value for side in sides if isinstance(side, Literal)]
    if len(known) == 2 and operator in ("==", "!="):
        return Literal(_are_equal(known[0], known[1]) == (operator == "=="))
    return Comparison(operator, sides[0], sides[1])


def _are_equal(left: Value, right: Value) -> bool:
    """Compare as GitHub does: texts without regard to case, null like the empty text."""
    texts = ["" if each is None else each for each in (left, right)]
    if all(isinstance(each, str) for each in texts):
        return str(texts[0]).lower() == str(texts[1]).lower()
    return text_of(left) == text_of(right)


def _is_result(side: Expression, word: str, scope: Scope) -> Expression | None:
    """Return whether a job or step ended with a word; None if no end of one is asked for."""
    if not isinstance(side, Reference):
        return None
    match side.root, side.path:
        case "needs", (job, "result") if job in scope.needs:
            return scope.needs[str(job)].was(word)
        case "steps", (step, "outcome" | "conclusion") if step in scope.steps:
            status = {"success": "succeeded", "failure": "failed"}.get(word, word)
            return has_status(scope.steps[str(step)], status)
        case _:
            return None


def _or_empty(side: Expression) -> Expression:
    """Return a variable so that it equals the empty text where it is not set."""
    is_variable = isinstance(side, Reference) and side.root == "env"
    return either(side, NOTHING) if is_variable else side


def _call(expression: Call, scope: Scope) -> Expression:
    name = expression.name
    if name in STATUS_FUNCTIONS:
        return _status(name, scope)
    found = _any_result(expression, scope)
    if found is not None:
        return found
    known = tuple(_translated(each, scope) for each in expression.arguments)
    if name in _SEARCHES and len(known) == 2:
        return _search(name, tuple(map(_or_empty, known)))
    values = [each.value for each in known if isinstance(each, Literal)]
    try:
        return Literal(evaluated(name, values)) if len(values) == len(known) else unknown(expression)
    except (ValueError, TypeError, RecursionError):
        return unknown(expression)


def _status(name: str, scope: Scope) -> Expression:
    """Return a status function; in a job that runs after failures elsewhere, it asks the job itself."""
    if scope.own is None or name not in ("success", "failure"):
        return Call(name)
    if len(scope.own.definitions) > MOST_OWN:
        return unknown(Call(name))
    if name == "failure":
        return scope.own.was("failure")
    return both(*(has_status(each, "failed", "!=") for each in scope.own.definitions))


def _any_result(expression: Call, scope: Scope) -> Expression | None:
    """Return whether any needed job ended with a word, for `contains(needs.*.result, 'failure')`."""
    match expression:
        case Call("contains", (Reference("needs", (key, "result")), Literal(word))) if key == EVERY:
            jobs = scope.needs.values()
            if sum(len(each.definitions) for each in jobs) > MOST_ASKED:
                return unknown(expression)
            return either(*(each.was(str(word)) for each in jobs))
        case _:
            return None


def _search(name: str, arguments: tuple[Expression, ...]) -> Expression:
    match arguments:
        case (Literal(str(text)), Literal(str(part))):
            return Call(name, (Literal(text.lower()), Literal(part.lower())))
        case _:
            return Call(name, arguments)
