"""Expressions and the texts around them, read by hand: `${{ success() && env.BRANCH == 'main' }}`.

The grammar, weakest first; comparisons do not chain:

    or         = and { "||" and }
    and        = comparison { "&&" comparison }
    comparison = unary [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) unary ]
    unary      = "!" unary | primary
    primary    = literal | "(" or ")" | call | reference
    call       = name "(" [ or { "," or } ] ")"
    reference  = context { "." name | "[" ( string | integer ) "]" }
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache

from wfopt.formats.tokens import Kind, Token, tokenize, unquoted
from wfopt.formats.vocabulary import (
    ARITIES,
    CONSTANTS,
    WORD_HINTS,
    check_keys,
    unknown_function,
    unknown_name,
)
from wfopt.model.expressions import (
    CONTEXTS,
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
from wfopt.source import Span

LONGEST_EXPRESSION = 10_000
"""How many characters an expression may have."""

DEEPEST_NESTING = 50
"""How many brackets, calls and `!` may stand in each other."""

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})

_OPENING = re.compile(r"\$?\$\{\{")
# Strings are skipped as wholes: a `}}` in one closes nothing.
_LANDMARK = re.compile(r"""'(?:[^']|'')*+'|"(?:[^"\\]|\\.)*+"|\}\}|['"]""", re.DOTALL)


def parse_expression(text: str) -> Expression:
    """Read an expression without `${{ }}`.

    Raises:
        ExpressionError: the text is not an expression; offsets count from the start of the text.
    """
    return _parse(text, 0)


def parse_condition(text: str) -> Expression:
    """Read the value of an `if`: an expression, with or without `${{ }}` around all of it.

    Raises:
        ExpressionError: the text is not an expression, or stands partly outside `${{ }}`.
    """
    start = len(text) - len(text.lstrip())
    if not text.startswith("${{", start):
        return _parse(text, 0)
    end = _closing(text, start + 3, start)
    rest = text[end + 2 :]
    if rest.strip():
        raise ExpressionError(
            "text after `}}` would make the condition always true",
            end + 2 + len(rest) - len(rest.lstrip()),
            "put the whole condition into one `${{ }}`",
        )
    return _parse(text[start + 3 : end], start + 3)


def parse_template(text: str, span: Span | None = None) -> Template:
    """Read a text with any number of `${{ }}` in it; `$${{` stands for a literal `${{`.

    Raises:
        ExpressionError: an expression is malformed or not closed; offsets count from the start of the text.
    """
    parts: list[str | Expression] = []
    position = 0
    while found := _OPENING.search(text, position):
        parts.append(text[position : found.start()])
        position = found.end()
        if found[0] == "$${{":
            parts.append("${{")
        else:
            end = _closing(text, position, found.start())
            parts.append(_parse(text[position:end], position))
            position = end + 2
    if not parts:
        return Template.plain(text, span)
    return Template.of([*parts, text[position:]], span)


def _closing(text: str, position: int, opening: int) -> int:
    """Return where the `}}` stands that closes the `${{` at `opening`."""
    for found in _LANDMARK.finditer(text, position):
        if found[0] == "}}":
            return found.start()
        if len(found[0]) == 1:
            raise ExpressionError("this string is never closed", found.start(), f"close it with `{found[0]}`")
    raise ExpressionError(
        "`${{` is never closed", opening, "close it with `}}`, or write `$${{` for a literal `${{`"
    )


# A generated workflow repeats few expressions thousands of times.
@lru_cache(maxsize=1024)
def _parse(text: str, start: int) -> Expression:
    """Parse an expression whose first character has the offset `start`."""
    if len(text) > LONGEST_EXPRESSION:
        raise ExpressionError(f"an expression longer than {LONGEST_EXPRESSION:,} characters", start)
    parser = _Parser(tokenize(text, start))
    if parser.next.kind is Kind.END:
        raise ExpressionError("an empty expression", start, "write a value, such as `params.NAME`")
    expression = parser.disjunction()
    parser.expect_end()
    return expression


class _Parser:
    """Reads tokens from left to right; one method for each rule of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        """The token that is read next."""
        return self._tokens[self._position]

    def disjunction(self) -> Expression:
        return self._chain("||", self._conjunction)

    def expect_end(self) -> None:
        if self.next.kind is not Kind.END:
            raise self._unexpected()

    def _conjunction(self) -> Expression:
        return self._chain("&&", self._comparison)

    def _chain(self, sign: str, operand: Callable[[], Expression]) -> Expression:
        operands = [operand()]
        offset = self.next.offset
        while self._accept(sign):
            operands.append(operand())
        return operands[0] if len(operands) == 1 else Logic(sign, tuple(operands), offset)

    def _comparison(self) -> Expression:
        left = self._unary()
        sign = self.next
        if not _is_comparison(sign):
            return left
        self._advance()
        right = self._unary()
        if _is_comparison(self.next):
            raise ExpressionError(
                "comparisons do not chain",
                self.next.offset,
                "join two comparisons with `&&`, or use brackets",
            )
        return Comparison(sign.text, left, right, sign.offset)

    def _unary(self) -> Expression:
        sign = self.next
        if not self._accept("!"):
            return self._primary()
        self._enter(sign)
        operand = self._unary()
        self._depth -= 1
        return Not(operand, sign.offset)

    def _primary(self) -> Expression:
        token = self._advance()
        match token.kind:
            case Kind.STRING:
                return Literal(unquoted(token.text), token.offset)
            case Kind.NUMBER:
                return Literal(_number(token), token.offset)
            case Kind.NAME:
                return self._named(token)
            case Kind.SIGN | Kind.END:
                return self._bracketed(token)

    def _bracketed(self, token: Token) -> Expression:
        if token.text != "(":
            raise self._unexpected(token)
        self._enter(token)
        inner = self.disjunction()
        self._close(")", token)
        self._depth -= 1
        return inner

    def _named(self, token: Token) -> Expression:
        if self.next.text == "(" and self.next.kind is Kind.SIGN:
            return self._call(token)
        if token.text in CONSTANTS:
            return Literal(CONSTANTS[token.text], token.offset)
        if token.text not in CONTEXTS:
            raise unknown_name(token)
        keys: list[str | int] = []
        offsets = [token.offset]
        while self.next.kind is Kind.SIGN and self.next.text in {".", "["}:
            offsets.append(self._tokens[self._position + 1].offset)
            keys.append(self._key())
        check_keys(token.text, keys, offsets)
        return Reference(token.text, tuple(keys), token.offset)

    def _key(self) -> str | int:
        opening = self._advance()
        key = self._advance()
        if opening.text == ".":
            if key.kind is not Kind.NAME:
                raise ExpressionError(
                    "a name must follow the `.`",
                    key.offset,
                    "write unusual names and positions as `['a b']`, `[0]`",
                )
            return key.text
        if key.kind is Kind.STRING:
            value: str | int = unquoted(key.text)
        elif key.kind is Kind.NUMBER and key.text.isdigit() and len(key.text) < 10:
            value = int(key.text)
        else:
            raise ExpressionError(
                "only a string or a position may stand in `[ ]`", key.offset, "write `['name']`"
            )
        self._close("]", opening)
        return value

    def _call(self, name: Token) -> Expression:
        if name.text not in ARITIES:
            raise unknown_function(name)
        opening = self._advance()
        self._enter(opening)
        arguments: list[Expression] = []
        if self.next.text != ")":
            arguments.append(self.disjunction())
            while self._accept(","):
                arguments.append(self.disjunction())
        self._close(")", opening)
        self._depth -= 1
        least, most = ARITIES[name.text]
        if not least <= len(arguments) <= most:
            takes = str(least) if least == most else f"{least} to {most}"
            raise ExpressionError(
                f"`{name.text}()` takes {takes} arguments, not {len(arguments)}", name.offset
            )
        return Call(name.text, tuple(arguments), name.offset)

    def _advance(self) -> Token:
        token = self.next
        if token.kind is not Kind.END:
            self._position += 1
        return token

    def _accept(self, sign: str) -> bool:
        """Read a sign if it is the next token."""
        found = self.next.kind is Kind.SIGN and self.next.text == sign
        self._position += found
        return found

    def _enter(self, token: Token) -> None:
        self._depth += 1
        if self._depth > DEEPEST_NESTING:
            raise ExpressionError(f"nested deeper than {DEEPEST_NESTING} levels", token.offset)

    def _close(self, sign: str, opening: Token) -> None:
        if self.next.kind is Kind.END:
            raise ExpressionError(
                f"`{opening.text}` is never closed", opening.offset, f"close it with `{sign}`"
            )
        if not self._accept(sign):
            raise self._unexpected()

    def _unexpected(self, token: Token | None = None) -> ExpressionError:
        token = token or self.next
        if token.kind is Kind.END:
            return ExpressionError("the expression ends too early", token.offset)
        return ExpressionError(f"unexpected `{token.text}`", token.offset, WORD_HINTS.get(token.text))


def _is_comparison(token: Token) -> bool:
    return token.kind is Kind.SIGN and token.text in _COMPARISONS


def _number(token: Token) -> int | float:
    if token.text.lstrip("-").isdigit() and len(token.text) <= 300:
        return int(token.text)
    value = float(token.text)
    if not math.isfinite(value):
        raise ExpressionError("this number is too large", token.offset)
    return value
