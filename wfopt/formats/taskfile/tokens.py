"""The tokens of an action of a Go template."""

from __future__ import annotations

import re

from wfopt.dataclass import dataclass

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:[^"\\\n]|\\.)*") | (?P<raw>`[^`]*`)
    | (?P<number>[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?![\w.]))
    | (?P<field>(?:\.[A-Za-z_]\w*)+|\.(?!\w)) | (?P<variable>\$\w*) | (?P<name>[A-Za-z_]\w*)
    | (?P<sign>:=|=|\||\(|\)|,)
    )""",
    re.VERBOSE,
)

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_WORDS = {"true": True, "false": False, "nil": None}


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: `constant`, `field`, `variable`, `name` or `sign`.
        text: as written.
        joined: whether nothing stands between it and the token before it.
        value: what a constant stands for.
    """

    kind: str
    text: str
    joined: bool
    value: str | int | float | bool | None = None


def tokens_of(text: str) -> list[Token] | None:
    """Return the tokens of an action, or None if it has others."""
    found: list[Token] = []
    place, text = 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            return None
        kind, written = match.lastgroup, match[match.lastgroup]
        joined = match.start(kind) == place and place > 0
        value: str | int | float | bool | None = None
        if kind == "name" and written in _WORDS:
            kind, value = "constant", _WORDS[written]
        elif kind in {"string", "raw", "number"}:
            kind, value = "constant", _constant(kind, written)
        found.append(Token(kind, written, joined, value))
        place = match.end()
    return found


class TokenStream:
    """Tokens, one after another."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def peek(self) -> Token | None:
        """Return the next token without taking it, or None at the end."""
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def next(self) -> Token | None:
        """Take the next token."""
        token = self.peek()
        self._place += 1
        return token

    def take(self, sign: str) -> bool:
        """Take the next token if it is a sign."""
        token = self.peek()
        if token is None or token.kind != "sign" or token.text != sign:
            return False
        self._place += 1
        return True

    def assigned(self) -> str:
        """Take `$x :=` or `$x =`, and return the name of the variable, or "" if there is neither."""
        rest = self._tokens[self._place : self._place + 2]
        if len(rest) == 2 and rest[0].kind == "variable" and rest[1].text in {":=", "="}:
            self._place += 2
            return rest[0].text[1:]
        return ""


def _constant(kind: str, written: str) -> str | int | float:
    if kind == "raw":
        return written[1:-1]
    if kind == "string":
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), written[1:-1])
    return int(written) if re.fullmatch(r"[-+]?\d{1,18}", written) else float(written)
