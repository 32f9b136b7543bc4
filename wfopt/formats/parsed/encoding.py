"""Writes a loaded workflow as JSON text that is quick to read.

Every value is written once, however often it occurs. Values of one kind stand together, field by field, in
groups; a group only refers to values of earlier groups, by their position among all. Before the first group
stand the texts that whoever reads has anyway, such as those of the files.

A group is a list: the name of its kind, then

- atoms, enumerations and message codes: the values;
- records: how many there are, then for each field the positions of the values;
- spans: as records, but only the file is a position; lines and columns are written as they are;
- short tuples: how many, their one length, the positions of all elements;
- other tuples, frozensets and dicts: how many, their lengths, the positions of all elements; a dict has those
  of its keys, then those of its values.

A column of numbers is an array in base64 behind its type code, or one number if all are the same.
"""

from __future__ import annotations

import json
from array import array
from binascii import b2a_base64
from collections.abc import Hashable, Iterable, Sequence
from itertools import islice
from typing import Any, TypeAlias

from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic
from wfopt.formats.parsed.kinds import (
    ANY_TUPLES,
    ATOMS,
    DICTS,
    ENUMS,
    FROZENSETS,
    NUMBERS,
    RECORDS,
    SHORT,
    SPANS,
    TUPLES,
    getter_of,
)
from wfopt.model.workflow import Workflow
from wfopt.source import Span

_Group: TypeAlias = list[Any]


class NotStorableError(Exception):
    """A workflow holds something that the stored form does not know."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A workflow as text.

    Attributes:
        text: the JSON text, all of it ASCII.
        atoms: the texts and numbers in it, as text, but for places in files.
    """

    text: str
    atoms: tuple[str, ...]


def encode(workflow: Workflow, remarks: tuple[Diagnostic, ...], outside: Sequence[str]) -> Encoded:
    """Return a workflow and the remarks about it as text.

    Args:
        workflow: the workflow.
        remarks: warnings and notes.
        outside: texts that are not written: whoever reads has them.

    Raises:
        NotStorableError: there is something in it that the stored form does not know.
    """
    values = _Values(outside)
    try:
        values.add(((workflow, remarks),))
    except RecursionError:
        raise NotStorableError("it is nested too deeply") from None
    groups = values.groups()
    atoms = (value for name, *cells in groups if name in ATOMS for value in cells[0])
    return Encoded(
        json.dumps(groups, separators=(",", ":")), tuple(str(atom) for atom in atoms if atom is not None)
    )


class _Values:
    """Numbers the values of a workflow, equal ones alike; the first ones are the texts outside.

    For each there is a label, which all values of a group share, a height, so that it only refers to values
    with a smaller one, and its parts: numbers of other values, or what is written as it is.
    """

    def __init__(self, outside: Sequence[str]) -> None:
        self._outside = len(outside)
        self._labels = [""] * len(outside)
        self._heights = [-1] * len(outside)
        self._parts: list[tuple[Any, ...]] = [()] * len(outside)
        # All values are part of the workflow, so no number of an object is used again meanwhile.
        self._by_object: dict[int, int] = {}
        self._by_content: dict[Hashable, int] = {}
        for place, text in enumerate(outside):
            self._by_content.setdefault((str.__name__, (text,)), place)

    def add(self, values: Iterable[Any]) -> list[int]:
        """Return the numbers of some values.

        Raises:
            NotStorableError: one is of a kind that is not known.
        """
        known = self._by_object.get
        return [
            number if (number := known(id(value))) is not None else self._added(value) for value in values
        ]

    def groups(self) -> list[_Group]:
        """Return the groups; the last value of the last one is the one that refers to all others."""
        members: dict[tuple[int, str], list[int]] = {}
        keys = zip(self._heights, self._labels, strict=True)
        for number, key in islice(enumerate(keys), self._outside, None):
            members.setdefault(key, []).append(number)
        ordered = sorted(members.items())
        position = list(range(len(self._labels)))
        for place, number in enumerate((each for _, group in ordered for each in group), self._outside):
            position[number] = place
        return [
            _group(label, [self._parts[each] for each in group], position) for (_, label), group in ordered
        ]

    def _added(self, value: Any) -> int:
        kind = type(value)
        name = kind.__name__
        if ATOMS.get(name) is kind:
            # To Python, True equals 1 and 1.0, and 0.0 equals -0.0.
            number = self._numbered(name, (value,), 0, repr(value) if kind is float else None)
        elif kind is Span:
            (source,) = self.add(value[:1])
            number = self._numbered(name, (source, *value[1:]), self._heights[source] + 1)
        elif RECORDS.get(name) is kind:
            number = self._referring(name, self.add(getter_of(RECORDS[name])(value)))
        elif ENUMS.get(name) is kind:
            number = self._numbered(name, (value.value,), 0)
        elif kind is Code:
            number = self._numbered(name, (value.number,), 0)
        else:
            number = self._container(value)
        self._by_object[id(value)] = number
        return number

    def _container(self, value: Any) -> int:
        kind = type(value)
        if kind is dict:
            keys, held = self.add(value), self.add(value.values())
            return self._referring(f"{DICTS}({self._kinds(keys)};{self._kinds(held)})", keys + held)
        if kind is frozenset:
            elements = sorted(self.add(value))
            return self._referring(f"{FROZENSETS}({self._kinds(elements)})", elements)
        if kind is not tuple:
            raise NotStorableError(f"`{kind.__name__}` cannot be stored")
        elements = self.add(value)
        if 0 < len(elements) <= SHORT:
            return self._referring(
                f"{TUPLES}({','.join([self._labels[each] for each in elements])})", elements
            )
        return self._referring(f"{ANY_TUPLES}({self._kinds(elements)})", elements)

    def _kinds(self, numbers: Iterable[int]) -> str:
        return ",".join(sorted({self._labels[each] for each in numbers}))

    def _referring(self, label: str, numbers: list[int]) -> int:
        heights = self._heights
        return self._numbered(label, tuple(numbers), max([heights[each] for each in numbers], default=-1) + 1)

    def _numbered(self, label: str, parts: tuple[Any, ...], height: int, same: Hashable = None) -> int:
        """Return the number of a value; `same` stands for its parts if equal ones can be different."""
        content = (label, parts if same is None else same)
        known = self._by_content.get(content)
        if known is None:
            known = self._by_content[content] = len(self._labels)
            self._labels.append(label)
            self._heights.append(height)
            self._parts.append(parts)
        return known


def _group(label: str, rows: Sequence[tuple[Any, ...]], position: Sequence[int]) -> _Group:
    name = label.partition("(")[0]
    if name in RECORDS:
        columns = zip(*rows, strict=True)
        return [name, len(rows), *(_column([position[each] for each in column]) for column in columns)]
    if name == SPANS:
        sources, *numbers = zip(*rows, strict=True)
        return [name, len(rows), _column([position[each] for each in sources]), *map(_column, numbers)]
    if name == TUPLES:
        return [name, len(rows), len(rows[0]), _packed([position[each] for row in rows for each in row])]
    if name in (ANY_TUPLES, FROZENSETS):
        elements = _packed([position[each] for row in rows for each in row])
        return [name, len(rows), _column([len(row) for row in rows]), elements]
    if name == DICTS:
        keys = [position[each] for row in rows for each in row[: len(row) // 2]]
        values = [position[each] for row in rows for each in row[len(row) // 2 :]]
        return [name, len(rows), _column([len(row) // 2 for row in rows]), _packed(keys), _packed(values)]
    return [name, [row[0] for row in rows]]


def _column(values: Sequence[int]) -> str | int:
    """Return numbers as text, or the one that all of them are."""
    return values[0] if len(set(values)) == 1 else _packed(values)


def _packed(values: Sequence[int]) -> str:
    """Return numbers as text: the type code of the smallest array that takes them, and its bytes."""
    most = max(values, default=0)
    code = next((code for code, limit in NUMBERS.items() if most < limit), "")
    if not code:
        raise NotStorableError("a number is too large")
    return code + b2a_base64(array(code, values).tobytes(), newline=False).decode("ascii")
