"""Go templates as Taskfiles use them (https://pkg.go.dev/text/template): text with actions in `{{ }}`.

Read are fields, variables, literals, functions, pipelines, `if`, `range` and `with`. `define`, `block`,
`template`, `break` and `continue` are not: no function or value of a Taskfile needs them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from wfopt.dataclass import dataclass
from wfopt.formats.taskfile.tokens import Token, TokenStream, tokens_of

_ACTION = re.compile(
    r"""\{\{(?P<left>-(?=\s))?
    (?P<body>(?:[^"`'}]|\}(?!\})|"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)*')*?)
    (?P<right>(?<=\s)-)?\}\}""",
    re.VERBOSE | re.DOTALL,
)

MAX_NESTING = 40
"""So deep may blocks and brackets be nested."""


class TemplateError(ValueError):
    """A template cannot be read, or has no value here; says why in a few words."""


@dataclass(frozen=True, slots=True)
class Field:
    """`.A.B`, `$x.A` or `(pipeline).A`: the value to start from, and the names to follow."""

    start: Operand
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    """The value at hand: all variables, or the item of a `range`."""


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`; `$` alone is all variables."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Function:
    """A function with its arguments."""

    name: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands, each handing its value to the next as its last argument; sets a variable or none."""

    commands: tuple[Operand, ...]
    variable: str = ""


Operand: TypeAlias = "Field | Dot | Variable | Constant | Function | Pipeline"


@dataclass(frozen=True, slots=True)
class Branch:
    """`if` or `with`: what follows if a value is not empty, and what follows else."""

    keyword: str
    pipeline: Pipeline
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """What follows for each item of a value, and what follows if there is none."""

    names: tuple[str, ...]
    pipeline: Pipeline
    body: tuple[Part, ...]
    otherwise: tuple[Part, ...]


Part: TypeAlias = "str | Pipeline | Branch | Range"


def is_template(text: str) -> bool:
    """Return whether a text has actions in it."""
    return "{{" in text


@lru_cache(maxsize=512)
def parse_template(text: str) -> tuple[Part, ...]:
    """Return the parts of a template.

    Raises:
        TemplateError: it cannot be read.
    """
    parser = _Blocks(_pieces(text))
    parts = parser.parts(0)
    if parser.closing:
        raise TemplateError(f"a template with a `{parser.closing.words[0]}` too many")
    return parts


@lru_cache(maxsize=256)
def parse_pipeline(text: str) -> Pipeline:
    """Return the pipeline that a text is, as `ref` has it.

    Raises:
        TemplateError: it cannot be read.
    """
    stream = TokenStream(_tokens(text))
    found = _pipeline(stream, 0)
    if stream.peek() is not None:
        raise TemplateError("a template that cannot be read")
    return found


@dataclass(frozen=True, slots=True)
class _Action:
    body: str
    words: tuple[str, ...]


def _pieces(text: str) -> list[str | _Action]:
    pieces: list[str | _Action] = []
    end, trim = 0, False
    while True:
        start = text.find("{{", end)
        found = _ACTION.match(text, start) if start >= 0 else None
        if start >= 0 and found is None:
            raise TemplateError("a template that cannot be read")
        plain = text[end : len(text) if found is None else start]
        plain = plain.lstrip() if trim else plain
        if found is None:
            pieces.append(plain)
            return pieces
        pieces.append(plain.rstrip() if found["left"] else plain)
        body = found["body"].strip()
        if not (body.startswith("/*") and body.endswith("*/")):
            pieces.append(_Action(body, tuple(body.split(None, 2)[:2]) or ("",)))
        end, trim = found.end(), bool(found["right"])


class _Blocks:
    """Nests the pieces of a template; `closing` is the action that ended the latest list of parts."""

    def __init__(self, pieces: Sequence[str | _Action]) -> None:
        self._pieces = iter(pieces)
        self.closing: _Action | None = None

    def parts(self, depth: int) -> tuple[Part, ...]:
        """Return all parts up to an `else` or `end` that belongs to somebody further out."""
        if depth > MAX_NESTING:
            raise TemplateError("a template that is nested too deep")
        found: list[Part] = []
        self.closing = None
        for piece in self._pieces:
            if isinstance(piece, str):
                found.extend([piece] if piece else [])
            elif piece.words[0] in {"else", "end"}:
                self.closing = piece
                break
            else:
                found.append(self._action(piece, depth))
        return tuple(found)

    def _action(self, action: _Action, depth: int) -> Part:
        keyword = action.words[0]
        if keyword in {"if", "with", "range"}:
            return self._block(keyword, action.body[len(keyword) :], depth)
        return parse_pipeline(action.body)

    def _block(self, keyword: str, head: str, depth: int) -> Part:
        body, closing = self.parts(depth + 1), self._taken(keyword)
        otherwise: tuple[Part, ...] = ()
        if closing.words[0] == "else":
            rest = closing.body[len("else") :].strip()
            inner = rest.split(None, 1)[0] if rest else ""
            if inner in {"if", "with"}:
                # An `else if` shares its `end` with the `if` that it belongs to.
                otherwise = (self._block(inner, rest[len(inner) :], depth + 1),)
            else:
                otherwise = self.parts(depth + 1)
                if self._taken(keyword).words[0] != "end":
                    raise TemplateError(f"a template whose `{keyword}` has two `else`")
        if keyword == "range":
            return _loop(head, body, otherwise)
        return Branch(keyword, parse_pipeline(head), body, otherwise)

    def _taken(self, keyword: str) -> _Action:
        """Return the action that ended a list of parts, which now counts as used."""
        closing, self.closing = self.closing, None
        if closing is None:
            raise TemplateError(f"a template whose `{keyword}` has no `end`")
        return closing


def _loop(head: str, body: tuple[Part, ...], otherwise: tuple[Part, ...]) -> Range:
    names, sign, rest = head.partition(":=")
    if not sign:
        return Range((), parse_pipeline(head), body, otherwise)
    variables = tuple(name.strip().removeprefix("$") for name in names.split(","))
    return Range(variables, parse_pipeline(rest), body, otherwise)


def _tokens(text: str) -> list[Token]:
    found = tokens_of(text)
    if found is None:
        raise TemplateError("a template that cannot be read")
    return found


def _pipeline(stream: TokenStream, depth: int) -> Pipeline:
    if depth > MAX_NESTING:
        raise TemplateError("a template that is nested too deep")
    name = stream.assigned()
    commands = [_command(stream, depth)]
    while stream.take("|"):
        commands.append(_command(stream, depth))
    return Pipeline(tuple(commands), name)


def _command(stream: TokenStream, depth: int) -> Operand:
    first = _operand(stream, depth)
    arguments: list[Operand] = []
    while (token := stream.peek()) is not None and token.text not in {"|", ")"}:
        arguments.append(_operand(stream, depth))
    if isinstance(first, Function):
        return Function(first.name, tuple(arguments))
    if arguments:
        raise TemplateError("a template that hands arguments to a value")
    return first


def _operand(stream: TokenStream, depth: int) -> Operand:
    token = stream.next()
    if token is None:
        raise TemplateError("a template that cannot be read")
    found: Operand
    if token.text == "(" and token.kind == "sign":
        found = _pipeline(stream, depth + 1)
        if not stream.take(")"):
            raise TemplateError("a template with a bracket that is not closed")
    elif token.kind == "constant":
        found = Constant(token.value)
    elif token.kind == "name":
        found = Function(token.text, ())
    elif token.kind == "variable":
        found = Variable(token.text.removeprefix("$"))
    elif token.kind == "field":
        return Field(Dot(), _names(token)) if token.text != "." else Dot()
    else:
        raise TemplateError("a template that cannot be read")
    following = stream.peek()
    if following is not None and following.kind == "field" and following.joined and following.text != ".":
        stream.next()
        return Field(found, _names(following))
    return found


def _names(token: Token) -> tuple[str, ...]:
    return tuple(token.text[1:].split("."))
