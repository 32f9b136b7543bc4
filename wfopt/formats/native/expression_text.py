"""Writes expressions and texts with expressions in them as the native format reads them."""

from __future__ import annotations

import re

from wfopt.formats.expressions import parse_expression, parse_template
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
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class NotExpressibleError(Exception):
    """The native format cannot say this; the text says what."""


def expression_text(expression: Expression) -> str:
    """Return an expression without `${{ }}`.

    Raises:
        NotExpressibleError: the format has no such value, name or function.
    """
    text = _written(expression)
    try:
        again = parse_expression(text)
    except ExpressionError as error:
        raise NotExpressibleError(f"an expression: {error.message}") from error
    if again != expression:
        raise NotExpressibleError("an expression that would be read in another way")
    return text


def template_text(template: Template) -> str:
    """Return a text; what looks like an expression in it and is none is escaped.

    Raises:
        NotExpressibleError: an expression in it cannot be written.
    """
    known = template.static
    if known is not None and "${{" not in known:
        return known
    pieces: list[str] = []
    for part in template.parts:
        if isinstance(part, str):
            pieces.append(part.replace("${{", "$${{"))
            continue
        if pieces and pieces[-1].endswith("$"):
            # Two of them before a bracket would be an escape.
            pieces[-1] = f"{pieces[-1][:-1]}${{{{ '$' }}}}"
        pieces.append(f"${{{{ {expression_text(part)} }}}}")
    text = "".join(pieces)
    try:
        again = parse_template(text).bind({})
    except ExpressionError as error:
        raise NotExpressibleError(f"an expression: {error.message}") from error
    if again != template:
        raise NotExpressibleError("a text that would be read in another way")
    return text


def _written(expression: Expression) -> str:
    match expression:
        case Literal(value):
            return _value(value)
        case Reference(root, path):
            return root + "".join(map(_key, path))
        case Call(name, arguments):
            return f"{name}({', '.join(map(_written, arguments))})"
        case Not(operand):
            return f"!{_inner(operand)}"
        case Comparison(operator, left, right):
            return f"{_inner(left)} {operator} {_inner(right)}"
        case Logic(operator, operands):
            written = (_inner(each) if isinstance(each, Logic) else _written(each) for each in operands)
            return f" {operator} ".join(written)


def _inner(expression: Expression) -> str:
    text = _written(expression)
    return f"({text})" if isinstance(expression, Comparison | Logic) else text


def _key(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _NAME.fullmatch(key) else f"[{_value(key)}]"


def _value(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case int() | float():
            return repr(value)
        case _:
            raise NotExpressibleError("a list or mapping in an expression")
