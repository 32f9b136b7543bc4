"""What a plain scalar means: the YAML 1.2 core schema, with a leading zero read as text.

YAML 1.1, which most parsers still speak, reads `on` as true, `12:30` as 750 and `2_17` as 217. The core
schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema) does not. wfopt goes one step further:
a decimal number with a leading zero, such as the mode `0755`, stays text.
"""

from __future__ import annotations

import re
from enum import Enum

Scalar = None | bool | int | float | str
"""What a scalar can stand for."""


class Kind(Enum):
    """What a scalar stands for; the value is the word for messages."""

    NULL = "null"
    BOOL = "boolean"
    INT = "integer"
    FLOAT = "float"
    STR = "string"


NULL_TEXTS = frozenset({"", "~", "null", "Null", "NULL"})
"""What null looks like."""

_WORDS = {
    **dict.fromkeys(NULL_TEXTS, Kind.NULL),
    **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), Kind.BOOL),
}

_NUMBER = re.compile(
    r"""
    (?P<INT> [-+]? (?: 0 | [1-9][0-9]* ) | 0o[0-7]+ | 0x[0-9a-fA-F]+ )
    | (?P<FLOAT>
        [-+]? (?: \.[0-9]+ | (?: 0 | [1-9][0-9]* ) (?: \.[0-9]* )? ) (?: [eE][-+]?[0-9]+ )?
        | [-+]? \. (?: inf | Inf | INF )
        | \. (?: nan | NaN | NAN )
    )
    """,
    re.VERBOSE,
)

_NUMBER_STARTS = frozenset("0123456789+-.")

_LONGEST_NUMBER = 256
"""Characters. Python refuses to read very long integers (https://docs.python.org/3/library/stdtypes.html,
"Integer string conversion length limitation"), and nobody means a number by them."""


def kind_of(text: str, *, plain: bool) -> Kind:
    """Return what a scalar stands for.

    Args:
        text: the scalar's value.
        plain: whether it stands without quotes and is no block scalar; all others are strings.
    """
    if not plain:
        return Kind.STR
    word = _WORDS.get(text)
    if word is not None:
        return word
    if text[0] not in _NUMBER_STARTS or len(text) > _LONGEST_NUMBER:
        return Kind.STR
    found = _NUMBER.fullmatch(text)
    if found is None:
        return Kind.STR
    return Kind.INT if found["INT"] is not None else Kind.FLOAT


def to_bool(text: str) -> bool:
    """Return the value of a scalar whose kind is `BOOL`."""
    return text in {"true", "True", "TRUE"}


def to_int(text: str) -> int:
    """Return the value of a scalar whose kind is `INT`."""
    return int(text, base=0)


def to_float(text: str) -> float:
    """Return the value of a scalar whose kind is `FLOAT`; one too large for a float becomes infinite."""
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def value_of(text: str, *, plain: bool) -> Scalar:
    """Return the value that a scalar stands for; `plain` as in `kind_of`."""
    match kind_of(text, plain=plain):
        case Kind.NULL:
            return None
        case Kind.BOOL:
            return to_bool(text)
        case Kind.INT:
            return to_int(text)
        case Kind.FLOAT:
            return to_float(text)
        case Kind.STR:
            return text
