"""Compares and makes whatever a loaded workflow may consist of, field by field."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from types import NoneType, UnionType
from typing import Any, NewType, Union, get_args, get_origin

from wfopt.codes import CODES, Code
from wfopt.formats.parsed.kinds import ENUMS, RECORDS, fields_of, is_any_value
from wfopt.model.expressions import Call, Comparison, Literal, Logic, Not, Reference
from wfopt.model.workflow import Step
from wfopt.source import SourceFile, Span

_DEEPEST = 4
_SPAN_HINTS = (SourceFile, int, int, int, int)


def differences(left: Any, right: Any, where: str = "it") -> list[str]:
    """Return where two values differ, also in what `==` does not look at, such as types and spans."""
    if type(left) is not type(right):
        return [f"{where}: {left!r} is not {right!r}"]
    record = RECORDS.get(type(left).__name__)
    if record is not None:
        names = [name for name, _ in fields_of(record)]
        pairs = [(f"{where}.{name}", getattr(left, name), getattr(right, name)) for name in names]
    elif isinstance(left, tuple) and len(left) == len(right):
        pairs = [(f"{where}[{place}]", *pair) for place, pair in enumerate(zip(left, right, strict=True))]
    elif isinstance(left, dict) and list(left) == list(right):
        pairs = [(f"{where}[{key!r}]", left[key], right[key]) for key in left]
    else:
        # 0.0 equals -0.0.
        same = repr(left) == repr(right) if isinstance(left, float) else left == right
        return [] if same else [f"{where}: {left!r} is not {right!r}"]
    return [found for name, one, other in pairs for found in differences(one, other, name)]


def any_value(hint: Any, chance: Random, depth: int = 0) -> Any:
    """Return some value of a type that a field of a workflow has."""
    if isinstance(hint, NewType):
        hint = hint.__supertype__
    if is_any_value(hint):
        return _value(chance, depth)
    origin, args = get_origin(hint), get_args(hint)
    if origin is None:
        return _single(hint, chance, depth)
    if origin in (Union, UnionType):
        return any_value(chance.choice(_shallow(args, depth)), chance, depth + 1)
    return _container(origin, args, chance, depth + 1)


def _single(hint: Any, chance: Random, depth: int) -> Any:
    if hint in RECORDS.values():
        return hint(**{name: any_value(each, chance, depth + 1) for name, each in fields_of(hint)})
    if hint is Span:
        return Span(*(any_value(each, chance, depth + 1) for each in _SPAN_HINTS))
    if hint in ENUMS.values():
        return chance.choice(list(hint))
    return _PLAIN[hint](chance)


def _shallow(args: tuple[Any, ...], depth: int) -> list[Any]:
    """Return the alternatives that are left at some depth, so that it comes to an end."""
    if depth <= _DEEPEST:
        return list(args)
    deep = {Step, Span, Reference, Call, Not, Comparison, Logic}
    return [each for each in args if each not in deep] or [Literal]


def _container(origin: Any, args: tuple[Any, ...], chance: Random, depth: int) -> Any:
    count = chance.choice((0, 1, 2, 6)) if depth <= _DEEPEST else 0
    if origin is Mapping:
        keys = [any_value(args[0], chance, depth) for _ in range(count)]
        return {key: any_value(args[1], chance, depth) for key in keys}
    if origin is frozenset:
        return frozenset(any_value(args[0], chance, depth) for _ in range(count))
    if args[-1] is Ellipsis:
        return tuple(any_value(args[0], chance, depth) for _ in range(count))
    return tuple(any_value(each, chance, depth) for each in args)


def _value(chance: Random, depth: int) -> Any:
    kind = chance.choice((*_PLAIN, tuple, dict) if depth <= _DEEPEST else tuple(_PLAIN))
    if kind is tuple:
        return tuple(_value(chance, depth + 1) for _ in range(chance.choice((0, 1, 3, 6))))
    if kind is dict:
        return {_text(chance): _value(chance, depth + 1) for _ in range(2)}
    return _text(chance) if kind is Code else _PLAIN[kind](chance)


def _text(chance: Random) -> str:
    return chance.choice(("", "a", "1", "True", "\0", "\ud800", "\U0001f600", '"\\'))


_PLAIN: Mapping[type, Callable[[Random], Any]] = {
    str: _text,
    bool: lambda chance: chance.random() < 0.5,
    int: lambda chance: chance.choice((0, 1, 2**31, 7)),
    float: lambda chance: chance.choice((0.0, -0.0, 1.0, 1, 0.1, math.inf)),
    NoneType: lambda _: None,
    Code: lambda chance: chance.choice(CODES),
}
