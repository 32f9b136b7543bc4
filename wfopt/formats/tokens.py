"""The words and signs of an expression, and what people write by mistake instead."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from wfopt.model.expressions import ExpressionError

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\n]+)
    | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<string>'(?:[^']|'')*+'|"(?:[^"\\]|\\["\\])*+")
    | (?P<sign>==|!=|<=|>=|&&|\|\||[<>!().,\[\]])
    """,
    re.VERBOSE,
)

_ESCAPE = re.compile(r"\\([\"\\])")
_BAD_ESCAPE = re.compile(r'"(?:[^"\\]|\\["\\])*\\')

_SIGN_HINTS = {
    "=": "write `==` to compare",
    "&": "write `&&`",
    "|": "write `||`",
    "+": "expressions have no arithmetic; leave it to the script",
    "-": "expressions have no arithmetic; leave it to the script",
    "*": "expressions have no arithmetic; leave it to the script",
    "%": "expressions have no arithmetic; leave it to the script",
    "/": "a step id with a `/` in it is written `needs['a/b'].status`",
    "`": "write text in single quotes",
    "?": "write `condition && 'yes' || 'no'`",
}


class Kind(Enum):
    """What a token is."""

    NUMBER = "number"
    NAME = "name"
    STRING = "string"
    SIGN = "sign"
    END = "end"


class Token(NamedTuple):
    """One word or sign.

    Attributes:
        kind: what it is.
        text: as it was written; empty at the end.
        offset: where it starts, counted as errors count.
    """

    kind: Kind
    text: str
    offset: int


def tokenize(text: str, start: int = 0) -> list[Token]:
    """Split an expression; the last token is the `END`.

    Args:
        text: the expression, without `${{` and `}}`.
        start: the offset of its first character.

    Raises:
        ExpressionError: a character has no place in an expression, or a string is not closed.
    """
    tokens = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _unknown_character(text, position, start)
        if found.lastgroup != "space":
            tokens.append(Token(Kind(found.lastgroup), found[0], start + position))
        position = found.end()
    tokens.append(Token(Kind.END, "", start + len(text)))
    return tokens


def unquoted(text: str) -> str:
    r"""Return what a string token means: `''` is one quote in single quotes, `\"` one in double quotes."""
    body = text[1:-1]
    return body.replace("''", "'") if text[0] == "'" else _ESCAPE.sub(r"\1", body)


def _unknown_character(text: str, position: int, start: int) -> ExpressionError:
    char = text[position]
    offset = start + position
    if char == '"' and (bad := _BAD_ESCAPE.match(text, position)) and bad.end() < len(text):
        return ExpressionError(
            "unknown escape in a string",
            start + bad.end() - 1,
            r"in double quotes only `\"` and `\\` are escapes; single quotes have none but `''`",
        )
    if char in "'\"":
        return ExpressionError("this string is never closed", offset, f"close it with `{char}`")
    if text.startswith("${{", position):
        return ExpressionError(
            "`${{` inside an expression",
            offset,
            "put the whole expression into one `${{ }}`; text around it would always count as true",
        )
    if char == "$":
        return ExpressionError("`$` has no place in an expression", offset, "write `env.NAME` for a variable")
    return ExpressionError(f"`{char}` has no place in an expression", offset, _SIGN_HINTS.get(char))
