"""What a loaded workflow may consist of, and which of it may stand in which field.

The fields and their types are those of the classes themselves; a class that is not listed here cannot be
stored.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, NewType, TypeAlias, Union, get_args, get_origin, get_type_hints

from wfopt import codes
from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, Label, Severity
from wfopt.model.expressions import Call, Comparison, Literal, Logic, Not, Reference, Template
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import (
    Argv,
    CacheExtra,
    CacheRule,
    Edge,
    EdgeKind,
    Limits,
    MatrixGroup,
    Opaque,
    Origin,
    Request,
    Retries,
    Script,
    Shell,
    Step,
    Workflow,
)
from wfopt.slotted import names_of
from wfopt.source import SourceFile, Span

ATOMS: Mapping[str, type] = {each.__name__: each for each in (str, int, float, bool, NoneType)}
"""What JSON has itself."""

RECORDS: Mapping[str, type] = {
    each.__name__: each
    for each in (
        Argv,
        CacheRule,
        Call,
        Comparison,
        Diagnostic,
        Edge,
        Label,
        Limits,
        Literal,
        Logic,
        MatrixGroup,
        Not,
        Opaque,
        PathPattern,
        Reference,
        Request,
        Retries,
        Script,
        Shell,
        SourceFile,
        Step,
        Template,
        Workflow,
    )
}
"""Frozen dataclasses, which are made field by field."""

ENUMS: Mapping[str, type[Enum]] = {each.__name__: each for each in (CacheExtra, EdgeKind, Origin, Severity)}
"""Enumerations, stored by value."""

CODES_BY_NUMBER: Mapping[str, Code] = {code.number: code for code in codes.CODES}
"""Message codes, stored by number: there is only one object of each."""


@dataclass(frozen=True, slots=True)
class Many:
    """The kind of a container.

    Attributes:
        of: tuple, frozenset or dict.
        length: how many elements each has, or None if that varies.
        parts: the kinds of the elements, by position if the length is given; a dict has its keys and its
            values, and whatever else has no length has one for all of its elements.
    """

    of: type
    length: int | None
    parts: tuple[frozenset[Kind], ...]


Kind: TypeAlias = type | Many
"""What a stored value is."""


class _AnyValue:
    """Stands for the values of expressions, whose type refers to itself."""


@cache
def fields_of(record: type) -> tuple[tuple[str, Any], ...]:
    """Return the names and the types of a record's fields, in their order."""
    hints = get_type_hints(record, localns={"Value": _AnyValue})
    return tuple((name, hints[name]) for name in names_of(record))


@cache
def getter_of(record: type) -> Callable[[Any], tuple[Any, ...]]:
    """Return what takes the values out of a record, in the order of its fields."""
    names = [name for name, _ in fields_of(record)]
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda value: (get(value),)


def is_any_value(hint: Any) -> bool:
    """Return whether a type is that of the values of expressions."""
    return hint is _AnyValue


def admits(hint: Any, kind: Kind) -> bool:
    """Return whether a value of some kind fits a type.

    Args:
        hint: what a field is annotated with.
        kind: what the value is.
    """
    if isinstance(hint, NewType):
        hint = hint.__supertype__
    if is_any_value(hint):
        return _is_value(kind)
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(admits(each, kind) for each in get_args(hint))
    if origin is None:
        return kind is hint or (hint is float and kind is int)
    return isinstance(kind, Many) and _admits_many(origin, get_args(hint), kind)


def _admits_many(origin: type, args: tuple[Any, ...], kind: Many) -> bool:
    if kind.of is not (dict if origin is Mapping else origin):
        return False
    if origin is Mapping:
        wanted = args
    elif origin is frozenset or args[-1] is Ellipsis:
        wanted = args[:1] * len(kind.parts)
    elif kind.length != len(args):
        return False
    else:
        wanted = args
    return all(admits(hint, each) for hint, part in zip(wanted, kind.parts, strict=True) for each in part)


def _is_value(kind: Kind) -> bool:
    """Return whether something can be the value of an expression."""
    if not isinstance(kind, Many):
        return kind in ATOMS.values()
    if kind.of is dict:
        keys, values = kind.parts
        return keys <= {str} and all(map(_is_value, values))
    return kind.of is tuple and all(_is_value(each) for part in kind.parts for each in part)


ROOT: Any = tuple[Workflow, tuple[Diagnostic, ...]]
"""What is stored: a workflow, and remarks about it."""

SPAN_FIELDS = Span._fields

SPANS, CODES = Span.__name__, Code.__name__
TUPLES, ANY_TUPLES, FROZENSETS, DICTS = "tuple", "tuples", "frozenset", "dict"
"""The names of groups that are neither atoms nor records nor enumerations."""

SHORT = 4
"""Tuples of up to so many elements stand with others of their length."""

NUMBERS: Mapping[str, int] = {code: 256 ** array(code).itemsize for code in "BHI"}
"""The type codes of arrays, and below what their numbers are; arrays are stored as this machine has them."""
