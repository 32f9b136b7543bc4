"""What a loaded workflow may consist of: every class of it is listed, and types admit what they say."""

import dataclasses
from collections.abc import Iterator, Mapping
from enum import Enum
from types import NoneType
from typing import Any, NewType, get_args, get_origin

import pytest

from wfopt.codes import Code
from wfopt.errors import Diagnostic
from wfopt.formats.parsed.kinds import (
    ATOMS,
    ENUMS,
    RECORDS,
    ROOT,
    Many,
    admits,
    fields_of,
    is_any_value,
)
from wfopt.model.expressions import Literal, Template
from wfopt.model.workflow import Step, Workflow
from wfopt.source import Span

STR, INT = frozenset({str}), frozenset({int})
Name = NewType("Name", str)


def classes_in(hint: Any) -> Iterator[type]:
    """Yield the classes that a type consists of."""
    if isinstance(hint, NewType):
        yield from classes_in(hint.__supertype__)
    elif get_origin(hint) is not None:
        for each in get_args(hint):
            yield from () if each is Ellipsis else classes_in(each)
    elif not is_any_value(hint):
        yield hint


def reachable() -> set[type]:
    """Return all classes that the fields of a loaded workflow mention."""
    found: set[type] = set()
    todo = list(classes_in(ROOT))
    while todo:
        kind = todo.pop()
        if kind not in found:
            found.add(kind)
            if dataclasses.is_dataclass(kind) and kind is not Code:
                todo += [each for _, hint in fields_of(kind) for each in classes_in(hint)]
            elif kind is Span:
                todo += [each for hint in Span.__annotations__.values() for each in classes_in(hint)]
    return {each for each in found if not isinstance(each, str)}


def test_every_class_of_a_workflow_is_listed_and_no_other() -> None:
    listed = {*ATOMS.values(), *RECORDS.values(), *ENUMS.values(), Code, Span}
    assert {each for each in reachable() if isinstance(each, type)} == listed


@pytest.mark.parametrize("record", RECORDS.values(), ids=lambda each: each.__name__)
def test_records_can_be_made_field_by_field(record: type) -> None:
    fields = dataclasses.fields(record)
    assert [name for name, _ in fields_of(record)] == [each.name for each in fields]
    # What a constructor would do beyond setting the fields would be left out.
    assert not hasattr(record, "__post_init__")
    assert all(each.init for each in fields)
    assert set(record.__slots__) == {each.name for each in fields}


@pytest.mark.parametrize("enum", ENUMS.values(), ids=lambda each: each.__name__)
def test_enumerations_have_plain_values(enum: type[Enum]) -> None:
    assert {type(each.value) for each in enum} <= {str, int}


@pytest.mark.parametrize(
    ("hint", "kind", "expected"),
    [
        (str, str, True),
        (str, int, False),
        (Name, str, True),
        (int, bool, False),
        (float, int, True),
        (float, bool, False),
        (int, float, False),
        (str | None, NoneType, True),
        (str | None, int, False),
        (tuple[str, ...], Many(tuple, None, (STR,)), True),
        (tuple[str, ...], Many(tuple, None, (STR | INT,)), False),
        (tuple[str, ...], Many(tuple, 2, (STR, STR)), True),
        (tuple[str, ...], Many(tuple, 2, (STR, INT)), False),
        (tuple[str, ...], Many(tuple, None, (frozenset(),)), True),
        (tuple[str, ...], Many(frozenset, None, (STR,)), False),
        (tuple[str, ...], str, False),
        (tuple[str, int], Many(tuple, 2, (STR, INT)), True),
        (tuple[str, int], Many(tuple, 2, (INT, STR)), False),
        (tuple[str, int], Many(tuple, 3, (STR, INT, INT)), False),
        (tuple[str, int], Many(tuple, None, (STR | INT,)), False),
        (frozenset[int | str], Many(frozenset, None, (STR | INT,)), True),
        (frozenset[int], Many(frozenset, None, (STR,)), False),
        (frozenset[int], Many(tuple, 1, (INT,)), False),
        (Mapping[str, int], Many(dict, None, (STR, INT)), True),
        (Mapping[str, int], Many(dict, None, (INT, INT)), False),
        (Mapping[str, int], Many(dict, None, (STR, STR)), False),
        (tuple[tuple[str, str], ...], Many(tuple, 1, (frozenset({Many(tuple, 2, (STR, STR))}),)), True),
        (ROOT, Workflow, False),
        (Diagnostic | None, Step, False),
    ],
)
def test_types_admit_what_they_say(hint: Any, kind: Any, expected: bool) -> None:
    assert admits(hint, kind) is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (str, True),
        (NoneType, True),
        (Template, False),
        (Many(dict, None, (STR, INT)), True),
        (Many(dict, None, (INT, INT)), False),
        (Many(dict, None, (STR, frozenset({Template}))), False),
        (Many(tuple, None, (STR | INT,)), True),
        (Many(tuple, 1, (frozenset({Step}),)), False),
        (Many(frozenset, None, (STR,)), False),
    ],
)
def test_values_of_expressions_are_plain_through_and_through(kind: Any, expected: bool) -> None:
    assert admits(dict(fields_of(Literal))["value"], kind) is expected
