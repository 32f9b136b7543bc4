"""Reads what `encoding` wrote.

Tens of thousands of values are made at each start, so they are made field by field in loops that run inside
the interpreter. Whatever is odd in the text, of a wrong type or refers to what is not there ends the reading.
"""

from __future__ import annotations

import json
from array import array
from binascii import a2b_base64
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice, repeat
from typing import Any

from wfopt.codes import Code
from wfopt.errors import Diagnostic
from wfopt.formats.parsed.kinds import (
    ANY_TUPLES,
    ATOMS,
    CODES,
    CODES_BY_NUMBER,
    DICTS,
    ENUMS,
    FROZENSETS,
    NUMBERS,
    RECORDS,
    ROOT,
    SHORT,
    SPAN_FIELDS,
    SPANS,
    TUPLES,
    Kind,
    Many,
    admits,
    fields_of,
)
from wfopt.model.workflow import Workflow
from wfopt.source import SourceFile, Span

_WIDE = 100
"""Pieces of one length up to this are cut in one go."""


class _OddError(Exception):
    """The text is not what `encoding` writes."""


def decode(text: str, outside: Sequence[str]) -> tuple[Workflow, tuple[Diagnostic, ...]] | None:
    """Return the workflow and the remarks that a text stands for, or None if anything is odd about it.

    Args:
        text: what `encode` returned.
        outside: the texts that were given to `encode`.
    """
    try:
        groups = json.loads(text)
        reader = _Reader(outside, len(text))
        for group in groups:
            reader.add(group)
        return reader.root()
    except (_OddError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        return None


class _Reader:
    """Makes the values of groups."""

    def __init__(self, outside: Sequence[str], most: int) -> None:
        """Know the texts outside; `most` is how many values a group may have."""
        self._most = most
        self._makers: Mapping[str, Callable[..., None]] = {
            SPANS: self._add_spans,
            TUPLES: self._add_tuples,
            ANY_TUPLES: partial(self._add_collections, tuple),
            FROZENSETS: partial(self._add_collections, frozenset),
            DICTS: self._add_dicts,
        }
        self._kinds: list[Kind] = [str]
        self._values: list[Any] = list(outside)
        self._kind_of: list[int] = [0] * len(self._values)

    def root(self) -> tuple[Workflow, tuple[Diagnostic, ...]]:
        """Return the last value.

        Raises:
            _OddError: it is no workflow with remarks.
        """
        _check(admits(ROOT, self._kinds[self._kind_of[-1]]))
        workflow, remarks = self._values[-1]
        return workflow, remarks

    def add(self, group: Any) -> None:
        """Make the values of the next group; what it raises is what `decode` catches."""
        _check(type(group) is list)
        name, *cells = group
        _check(type(name) is str)
        if name in RECORDS:
            self._add_records(RECORDS[name], *cells)
        elif name in self._makers:
            self._makers[name](*cells)
        else:
            self._add_plain(name, *cells)

    def _add_plain(self, name: str, values: Any) -> None:
        """Add values that are written as they are, or by a name of theirs."""
        _check(type(values) is list and len(values) > 0)
        types = set(map(type, values))
        if name in ATOMS:
            _check(types == {ATOMS[name]})
            self._extend(values, ATOMS[name])
        elif name == CODES:
            self._extend([CODES_BY_NUMBER[each] for each in values], Code)
        else:
            kind = ENUMS[name]
            _check(types <= {str, int})
            self._extend(list(map(kind, values)), kind)

    def _add_records(self, record: type, count: Any, *cells: Any) -> None:
        made: list[Any] = list(map(object.__new__, repeat(record, self._count(count))))
        for (name, hint), cell in zip(fields_of(record), cells, strict=True):
            values, kinds = self._column(cell, count)
            _check(all(admits(hint, kind) for kind in kinds))
            # The class is frozen, and its constructor would cost twice the time.
            _exhaust(map(getattr(record, name).__set__, made, values))
        self._extend(made, record)

    def _add_spans(self, count: Any, source: Any, *cells: Any) -> None:
        files, kinds = self._column(source, self._count(count))
        _check(kinds == {SourceFile} and len(cells) == len(SPAN_FIELDS) - 1)
        rows = zip(files, *(_numbers(cell, count) for cell in cells), strict=True)
        self._extend(list(map(partial(tuple.__new__, Span), rows)), Span)

    def _add_tuples(self, count: Any, length: Any, cell: Any) -> None:
        """Add tuples of one length."""
        _check(type(length) is int and 0 < length <= SHORT)
        numbers = _numbers(cell, self._count(count) * length)
        kinds = tuple(self._kinds_at(numbers[place::length]) for place in range(length))
        values = map(self._values.__getitem__, numbers)
        self._extend(list(zip(*repeat(values, length), strict=True)), Many(tuple, length, kinds))

    def _add_collections(self, container: type, count: Any, lengths: Any, cell: Any) -> None:
        """Add tuples or frozensets of any lengths."""
        sizes = _numbers(lengths, self._count(count))
        total = self._count(sum(sizes), least=0)
        values, kinds = self._column(cell, total)
        made = list(map(container, _cut(values, sizes)))
        _check(sum(map(len, made)) == total)
        self._extend(made, Many(container, None, (kinds,)))

    def _add_dicts(self, count: Any, lengths: Any, keys: Any, values: Any) -> None:
        sizes = _numbers(lengths, self._count(count))
        total = self._count(sum(sizes), least=0)
        names, name_kinds = self._column(keys, total)
        held, held_kinds = self._column(values, total)
        made = list(map(dict, map(zip, _cut(names, sizes), _cut(held, sizes))))
        _check(sum(map(len, made)) == total)
        self._extend(made, Many(dict, None, (name_kinds, held_kinds)))

    def _count(self, count: Any, least: int = 1) -> int:
        _check(type(count) is int and least <= count <= self._most)
        return int(count)

    def _column(self, cell: Any, count: int) -> tuple[Iterable[Any], frozenset[Kind]]:
        """Return the values at so many positions, and of which kinds they are."""
        if type(cell) is int:
            numbers = _numbers(cell, min(count, 1))
            return repeat(self._values[cell], count), self._kinds_at(numbers)
        numbers = _numbers(cell, count)
        return map(self._values.__getitem__, numbers), self._kinds_at(numbers)

    def _kinds_at(self, positions: Sequence[int]) -> frozenset[Kind]:
        return frozenset(self._kinds[each] for each in set(map(self._kind_of.__getitem__, positions)))

    def _extend(self, values: Sequence[Any], kind: Kind) -> None:
        if kind not in self._kinds:
            self._kinds.append(kind)
        self._values += values
        self._kind_of += [self._kinds.index(kind)] * len(values)


def _numbers(cell: Any, count: int) -> list[int]:
    """Return so many numbers; none is negative."""
    if type(cell) is int:
        _check(cell >= 0)
        return [cell] * count
    _check(type(cell) is str and cell[:1] in NUMBERS)
    numbers = array(cell[0], a2b_base64(cell[1:], strict_mode=True))
    _check(len(numbers) == count)
    return numbers.tolist()


def _cut(values: Iterable[Any], sizes: Sequence[int]) -> Iterator[Iterable[Any]]:
    """Cut values into pieces; each must be used up before the next is asked for."""
    first, rest = sizes[0], iter(values)
    if 0 < first <= _WIDE and sizes.count(first) == len(sizes):
        return zip(*repeat(rest, first), strict=True)
    return map(islice, repeat(rest), sizes)


def _exhaust(steps: Iterator[Any]) -> None:
    deque(steps, maxlen=0)


def _check(fine: bool) -> None:  # noqa: FBT001 - as `assert`
    if not fine:
        raise _OddError
