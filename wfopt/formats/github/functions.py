"""The functions of GitHub Actions whose value is known when their arguments are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from wfopt.formats.github.grammar import LOOK_UP
from wfopt.model.expressions import Value, text_of


def evaluated(name: str, values: Sequence[Value]) -> Value:
    """Return what a function comes to.

    Raises:
        ValueError: it is another function, or the arguments do not fit; TypeError, RecursionError: likewise.
        ExpressionError: a mapping is to become text.
    """
    match name, values:
        case "format", [str(text), *rest]:
            return _formatted(text, [text_of(each) for each in rest])
        case "join", [tuple(items), *rest]:
            return (text_of(rest[0]) if rest else ",").join(map(text_of, items))
        case "fromJSON", [str(text)]:
            return _value(json.loads(text))
        case "toJSON", [value]:
            return json.dumps(value, indent=2)
        case _ if name == LOOK_UP:
            return member(values[0], values[1])
        case _:
            raise ValueError(name)


def member(value: Value, key: Value) -> Value:
    """Return what stands under a key; null if nothing does.

    Raises:
        ValueError: the value has no keys of this kind.
    """
    if isinstance(value, Mapping):
        return value.get(str(key))
    if isinstance(value, tuple) and isinstance(key, int):
        return value[key] if 0 <= key < len(value) else None
    raise ValueError(key)


def _formatted(text: str, rest: Sequence[str]) -> str:
    found = text.replace("{{", "\0").replace("}}", "\1")
    for place, each in enumerate(rest):
        found = found.replace(f"{{{place}}}", each)
    return found.replace("\0", "{").replace("\1", "}")


def _value(found: Any) -> Value:
    if isinstance(found, list):
        return tuple(map(_value, found))
    if isinstance(found, dict):
        return {str(key): _value(each) for key, each in found.items()}
    return found if isinstance(found, bool | int | float | str) else None
