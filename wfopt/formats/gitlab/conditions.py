"""Conditions of rules, such as `$CI_COMMIT_BRANCH == "main" && $DEPLOY`, decided as far as that can be.

    or         = and { "||" and }
    and        = comparison { "&&" comparison }
    comparison = value [ ( "==" | "!=" | "=~" | "!~" ) value ]
    value      = variable | string | regex | "null" | "(" or ")"

A variable that only GitLab sets (`CI_...`) and the environment does not have is not known. Neither is what
a regular expression matches: GitLab's are of another kind than Python's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from wfopt.dataclass import dataclass

MAX_LENGTH = 10_000
MAX_DEPTH = 50

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<variable> \$\w+ | \$\{\w+\} )
      | (?P<string> "[^"]*" | '[^']*' )
      | (?P<regex> /(?:[^/\\\n]|\\.)+/[ismU]* )
      | (?P<null> null\b )
      | (?P<sign> == | != | =~ | !~ | && | \|\| | \( | \) )
    )""",
    re.VERBOSE | re.ASCII,
)
_SERVICE = re.compile(r"(?:CI|GITLAB)(?:_\w+)?", re.ASCII)

Truth: TypeAlias = bool | None
"""True, false, or not known."""


class UnreadableError(ValueError):
    """A condition is not written as GitLab wants it, or is too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """What an operand stands for.

    Attributes:
        text: its text; None is null.
        is_known: whether that is known.
        truth: what it counts as by itself.
    """

    text: str | None
    is_known: bool = True
    truth: Truth


_UNKNOWN = _Value(text=None, is_known=False, truth=None)
_NULL = _Value(text=None, truth=False)


def is_of_service(name: str) -> bool:
    """Return whether only GitLab sets a variable of this name."""
    return _SERVICE.fullmatch(name) is not None


def mentioned(text: str) -> tuple[str, ...]:
    """Return the variables that a condition names, each once."""
    found = re.findall(r"\$\{?(\w+)", text, re.ASCII)
    return tuple(dict.fromkeys(found))


def decide(text: str, variables: Mapping[str, str]) -> Truth:
    """Return whether a condition holds, or None if only GitLab knows.

    Args:
        text: the condition.
        variables: all variables that are known here; others are null, but for those that only GitLab sets.

    Raises:
        UnreadableError: it cannot be read.
    """
    return _Parser(text, variables).read()


def both(left: Truth, right: Truth) -> Truth:
    """Return `left && right`."""
    if left is False or right is False:
        return False
    return True if left and right else None


def either(left: Truth, right: Truth) -> Truth:
    """Return `left || right`."""
    if left or right:
        return True
    return False if left is False and right is False else None


class _Parser:
    """Reads and decides one condition."""

    def __init__(self, text: str, variables: Mapping[str, str]) -> None:
        if len(text) > MAX_LENGTH:
            raise UnreadableError(f"is longer than {MAX_LENGTH:,} characters")
        self._variables = variables
        self._tokens = _tokens(text)
        self._position = 0
        self._depth = 0

    def read(self) -> Truth:
        value = self._or()
        if self._next() != ("end", ""):
            raise UnreadableError(f"has an unexpected `{self._next()[1]}`")
        return value.truth

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._position]

    def _accept(self, *signs: str) -> str:
        kind, text = self._next()
        if kind == "sign" and text in signs:
            self._position += 1
            return text
        return ""

    def _or(self) -> _Value:
        value = self._and()
        while self._accept("||"):
            value = _truth(either(value.truth, self._and().truth))
        return value

    def _and(self) -> _Value:
        value = self._comparison()
        while self._accept("&&"):
            value = _truth(both(value.truth, self._comparison().truth))
        return value

    def _comparison(self) -> _Value:
        left = self._value()
        sign = self._accept("==", "!=", "=~", "!~")
        if not sign:
            return left
        right = self._value()
        if sign in ("=~", "!~"):
            # Whatever the expression is, it does not match what is not there.
            found = False if left.is_known and left.text is None else None
        elif left.is_known and right.is_known:
            found = left.text == right.text
        else:
            found = None
        return _truth(not found if sign[0] == "!" and found is not None else found)

    def _value(self) -> _Value:
        kind, text = self._next()
        self._position += kind != "end"
        match kind:
            case "variable":
                return self._variable(text.strip("${}"))
            case "string":
                return _Value(text=text[1:-1], truth=bool(text[1:-1]))
            case "null":
                return _NULL
            case "regex":
                return _UNKNOWN
            case "sign" if text == "(":
                return self._group()
        raise UnreadableError(f"has an unexpected `{text}`" if text else "ends too early")

    def _group(self) -> _Value:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnreadableError(f"is nested deeper than {MAX_DEPTH} levels")
        value = self._or()
        if not self._accept(")"):
            raise UnreadableError("has a `(` that is never closed")
        self._depth -= 1
        return value

    def _variable(self, name: str) -> _Value:
        text = self._variables.get(name)
        if text is None and is_of_service(name):
            return _UNKNOWN
        return _Value(text=text, truth=bool(text))


def _truth(truth: Truth) -> _Value:
    return _Value(text="true" if truth else None, is_known=truth is not None, truth=truth)


def _tokens(text: str) -> list[tuple[str, str]]:
    found = []
    position, end = 0, len(text.rstrip())
    while position < end:
        token = _TOKEN.match(text, position)
        if token is None:
            raise UnreadableError(f"cannot be read from `{text[position:end].strip()[:20]}` on")
        found.append((token.lastgroup or "", token[token.lastgroup or 0]))
        position = token.end()
    return [*found, ("end", "")]
