"""The expression language of GitHub Actions, read by hand.

It is close to wfopt's own, but has more contexts and functions, no double quotes, `.*`, and brackets behind
calls: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions. The result has
the same nodes, with GitHub's own names; a `Call` of `[]` looks up the second argument in the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from wfopt.model.expressions import (
    Call,
    Comparison,
    Expression,
    ExpressionError,
    Literal,
    Logic,
    Not,
    Reference,
)

LOOK_UP = "[]"
"""The name of the call that looks up what only the run knows."""

EVERY = "*"
"""The key that stands for all of them, as in `needs.*.result`."""

LONGEST_EXPRESSION = 21_000
"""Characters, as the service has it."""

DEEPEST_NESTING = 50
"""How many brackets, calls and `!` may stand in each other."""

STATUS_FUNCTIONS = ("success", "failure", "always", "cancelled")

_FUNCTIONS = {
    name.lower(): name
    for name in (
        *STATUS_FUNCTIONS,
        *("contains", "startsWith", "endsWith", "format", "join", "toJSON", "fromJSON", "hashFiles", "case"),
    )
}

_CONSTANTS = {"true": True, "false": False, "null": None}

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[-+]?(?:0x[0-9a-fA-F]{1,16}|0o[0-7]{1,22}|[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][-+]?[0-9]{1,3})?))
    | (?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<string>'(?:[^']|'')*+')
    | (?P<sign>==|!=|<=|>=|&&|\|\||[<>!().,*\[\]])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})

_WHOLE = re.compile(r"[-+]?[0-9]+")

Token = tuple[str, str, int]
"""What it is, its text, and its offset."""


# A generated workflow repeats few expressions thousands of times.
@lru_cache(maxsize=2048)
def parse(text: str) -> Expression:
    """Read an expression without `${{ }}`.

    Raises:
        ExpressionError: it is none; the offset counts from the start of the text.
    """
    if len(text) > LONGEST_EXPRESSION:
        raise ExpressionError(f"an expression longer than {LONGEST_EXPRESSION:,} characters", 0)
    parser = _Parser(_tokens(text))
    found = parser.disjunction()
    parser.expect("")
    return found


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    place = 0
    while not tokens or tokens[-1][0] != "end":
        found = _TOKEN.match(text, place)
        if found is None:
            place += len(text[place:]) - len(text[place:].lstrip())
            hint = "text stands in single quotes" if text[place] in "\"'" else None
            raise ExpressionError(f"`{text[place]}` has no place in an expression", place, hint)
        kind = str(found.lastgroup)
        tokens.append((kind, found[kind], found.start(kind)))
        place = found.end()
    return tokens


class _Parser:
    """Reads tokens from left to right; one method for each rule of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def disjunction(self) -> Expression:
        return self._chain("||", self._conjunction)

    def expect(self, sign: str) -> None:
        kind, text, offset = self._next()
        if text != sign or kind in ("string", "name"):
            wanted = f"`{sign}`" if sign else "the end"
            raise ExpressionError(f"{wanted} is expected, not {_shown(text)}", offset)

    def _next(self) -> Token:
        token = self._tokens[self._place]
        self._place += token[0] != "end"
        return token

    def _accept(self, *signs: str) -> str:
        """Read a sign if it is one of these; else return ""."""
        kind, text, _ = self._tokens[self._place]
        if kind != "sign" or text not in signs:
            return ""
        self._place += 1
        return text

    def _conjunction(self) -> Expression:
        return self._chain("&&", self._comparison)

    def _chain(self, sign: str, operand: Callable[[], Expression]) -> Expression:
        operands = [operand()]
        while self._accept(sign):
            operands.append(operand())
        return operands[0] if len(operands) == 1 else Logic(sign, tuple(operands))

    def _comparison(self) -> Expression:
        left, count = self._unary(), 0
        while sign := self._accept(*_COMPARISONS):
            left, count = Comparison(sign, left, self._unary()), count + 1
            self._refuse_deep(count)
        return left

    def _unary(self) -> Expression:
        if not self._accept("!"):
            return self._postfix(self._primary())
        return Not(self._deeper(self._unary))

    def _deeper(self, rule: Callable[[], Expression]) -> Expression:
        self._depth += 1
        self._refuse_deep(self._depth)
        found = rule()
        self._depth -= 1
        return found

    def _refuse_deep(self, depth: int) -> None:
        if depth > DEEPEST_NESTING:
            message = f"nested deeper than {DEEPEST_NESTING} levels"
            raise ExpressionError(message, self._tokens[self._place][2])

    def _primary(self) -> Expression:
        kind, text, offset = self._next()
        match kind:
            case "string":
                return Literal(text[1:-1].replace("''", "'"))
            case "number":
                return Literal(_number(text))
            case "name":
                return self._named(text, offset)
            case _ if text == "(":
                inner = self._deeper(self.disjunction)
                self.expect(")")
                return inner
        raise ExpressionError(f"a value is expected, not {_shown(text)}", offset)

    def _named(self, text: str, offset: int) -> Expression:
        if self._accept("("):
            name = _FUNCTIONS.get(text.lower())
            if name is None:
                raise ExpressionError(f"unknown function `{text}`", offset)
            return Call(name, self._arguments())
        if text.lower() in _CONSTANTS:
            return Literal(_CONSTANTS[text.lower()])
        return Reference(text.lower())

    def _arguments(self) -> tuple[Expression, ...]:
        found: list[Expression] = []
        if self._accept(")"):
            return ()
        while True:
            found.append(self._deeper(self.disjunction))
            if not self._accept(","):
                break
        self.expect(")")
        return tuple(found)

    def _postfix(self, value: Expression) -> Expression:
        count = 0
        while sign := self._accept(".", "["):
            key = self._dotted() if sign == "." else self._bracketed()
            value, count = _member(value, key), count + 1
            self._refuse_deep(count)
        return value

    def _dotted(self) -> Expression:
        kind, text, offset = self._next()
        if kind == "name" or text == EVERY:
            return Literal(text)
        raise ExpressionError("a name must follow the `.`", offset)

    def _bracketed(self) -> Expression:
        if self._accept(EVERY):
            key: Expression = Literal(EVERY)
        else:
            key = self._deeper(self.disjunction)
        self.expect("]")
        return key


def _member(value: Expression, key: Expression) -> Expression:
    if isinstance(value, Reference) and isinstance(key, Literal) and isinstance(key.value, str | int):
        return Reference(value.root, (*value.path, key.value))
    return Call(LOOK_UP, (value, key))


def _number(text: str) -> int | float:
    if text.lower().lstrip("+-").startswith(("0x", "0o")):
        return int(text, 0)
    return int(text) if _WHOLE.fullmatch(text) else float(text)


def _shown(text: str) -> str:
    return f"`{text}`" if text else "the end"
