"""What an expression of GitHub Actions mentions, and how it is written."""

from __future__ import annotations

import json
from functools import lru_cache

from wfopt.formats.github.grammar import LOOK_UP, STATUS_FUNCTIONS
from wfopt.model.expressions import Call, Comparison, Expression, Literal, Logic, Not, Reference


@lru_cache(maxsize=2048)
def mentions(expression: Expression) -> frozenset[str]:
    """Return what an expression mentions, cut to two words.

    These are `steps.meta`, `needs.build`, `secrets.TOKEN`, `github.event`, the bare name of a context that is
    taken as a whole, and status functions as `always()`.
    """
    match expression:
        case Literal():
            return frozenset()
        case Reference(root, path):
            # These two are not case-sensitive, and have no names of the user's in them.
            text = ".".join((root, *map(str, path[:1])))
            return frozenset({text.lower() if root in ("github", "runner") else text})
        case Call(name, arguments):
            own = {f"{name}()"} if name in STATUS_FUNCTIONS else set()
            return frozenset(own).union(*map(mentions, arguments))
        case Not(operand):
            return mentions(operand)
        case Comparison():
            return mentions(expression.left) | mentions(expression.right)
        case Logic():
            return frozenset().union(*map(mentions, expression.operands))


def written(expression: Expression) -> str:
    """Return an expression as GitHub would read it again."""
    match expression:
        case Literal(value):
            return f"'{value.replace(chr(39), chr(39) * 2)}'" if isinstance(value, str) else json.dumps(value)
        case Reference(root, path):
            return root + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
        case Call(name, arguments):
            inner = ", ".join(map(written, arguments[name == LOOK_UP :]))
            return f"{written(arguments[0])}[{inner}]" if name == LOOK_UP else f"{name}({inner})"
        case Not(operand):
            return f"!{_inner(operand)}"
        case Comparison(operator, left, right):
            return f"{_inner(left)} {operator} {_inner(right)}"
        case Logic(operator, operands):
            return f" {operator} ".join(map(_inner, operands))


def _inner(expression: Expression) -> str:
    text = written(expression)
    return f"({text})" if isinstance(expression, Comparison | Logic) else text
