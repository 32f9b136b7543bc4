"""Expands `strategy.matrix` by GitHub's rules.

The product of the axes comes first; what agrees with an entry of `exclude` is taken out; then each entry of
`include` is added to every cell of the product with whose own axes it agrees (what earlier entries have added
may be overwritten), and is a cell of its own if there is none:
https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations.
Nothing is evaluated: where an expression makes an axis, only the run knows the cells.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

from wfopt.codes import EMPTY_MATRIX, MATRIX_TOO_LARGE, OPEN_MATRIX
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, Label, LoadError
from wfopt.formats.github.shapes import flag_of, get, number_of, pairs_of, places_of, text_of
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.problems import Problems
from wfopt.formats.scalars import Kind
from wfopt.model.expressions import Value
from wfopt.model.pipeline import Matrix

MAX_CELLS = 256
"""How many jobs GitHub lets a matrix have."""

MAX_EFFORT = 1_000_000
"""How many combinations of all matrices of a file are compared with entries of `exclude` and `include`."""

_LONGEST_LABEL = 60


class Choice(NamedTuple):
    """A value of an axis: how ids show it, and what expressions see."""

    label: str
    value: Value


Choices = Mapping[str, Choice]
"""The values of one cell."""


class Effort:
    """Counts what the matrices of a file cost, and gives up in time."""

    def __init__(self) -> None:
        self._left = MAX_EFFORT

    def spend(self, amount: int, at: Node) -> None:
        """Take note of some comparisons.

        Raises:
            LoadError: it is enough.
        """
        self._left -= amount
        if self._left < 0:
            message = "the matrices of this file have too many combinations"
            at_matrix = Label(at.span, "too many, together with those above")
            raise LoadError((Diagnostic(code=MATRIX_TOO_LARGE, message=message, primary=at_matrix),))


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination.

    Attributes:
        labels: axis and value, as text, in the order of the id.
        values: what expressions see as `matrix`, or None if only the run knows.
        number: its place among the cells.
    """

    labels: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, Value] | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Expansion:
    """The cells of a job, and what its matrix is."""

    cells: tuple[Cell, ...]
    matrix: Matrix | None = None


ONCE = Expansion((Cell(values={}),))
"""A job without a matrix."""


def expand(job: str, node: Node | None, effort: Effort, problems: Problems) -> Expansion:
    """Return the cells of a job.

    Args:
        job: its name.
        node: its `strategy`, or None.
        effort: what the matrices of the file may still cost.
        problems: takes warnings and notes.

    Raises:
        LoadError: it is too much.
    """
    matrix = get(node, "matrix")
    if not isinstance(node, MappingNode) or matrix is None or _is_null(matrix):
        return ONCE
    axes = {
        key.text: [_choice(item) for item in value.items] if isinstance(value, SequenceNode) else []
        for key, value in pairs_of(matrix)
        if key.text not in ("include", "exclude")
    }
    if _is_open(matrix):
        problems.note(
            OPEN_MATRIX,
            f"only the run knows the matrix of job `{job}`",
            matrix,
            "an expression makes it",
            hints=("it is taken to have one cell",),
        )
        return Expansion((Cell(),), _matrix(node, matrix, axes, None))
    without, extra = _entries(get(matrix, "exclude")), _entries(get(matrix, "include"))
    size = prod(map(len, axes.values())) if axes else 0
    effort.spend((size + 1) * (len(without) + 1) + min(size, MAX_CELLS) * len(extra), matrix)
    cells = _combinations(axes, without, extra)
    if len(cells) > MAX_CELLS:
        message = f"the matrix of job `{job}` has {len(cells):,} cells"
        hint = f"GitHub takes at most {MAX_CELLS}; the others are left out here"
        problems.warn(MATRIX_TOO_LARGE, message, matrix, hints=(hint,))
    if not cells:
        problems.warn(EMPTY_MATRIX, f"the matrix of job `{job}` has no cell", matrix)
    named = _named(cells[:MAX_CELLS]) or ONCE.cells
    return Expansion(named, _matrix(node, matrix, axes, len(named)))


def _matrix(
    strategy: MappingNode, matrix: Node, axes: Mapping[str, Sequence[Choice]], cells: int | None
) -> Matrix:
    fast, most = flag_of(strategy.get("fail-fast")), number_of(strategy.get("max-parallel"))
    return Matrix(
        axes={name: tuple(each.label for each in choices) for name, choices in axes.items()},
        cells=cells,
        fail_fast=fast is not False,
        max_parallel=int(most) if most is not None and most >= 1 else None,
        span=matrix.span,
        places=places_of(strategy),
    )


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and not text_of(node)


def _is_open(matrix: Node) -> bool:
    """Return whether something else than lists makes the matrix, an axis, or the entries of a key."""
    if not isinstance(matrix, MappingNode):
        return True
    return any(not isinstance(value, SequenceNode) and not _is_null(value) for _, value in matrix.pairs)


def _combinations(
    axes: Mapping[str, Sequence[Choice]], without: Sequence[Choices], extra: Sequence[Choices]
) -> list[Choices]:
    """Return the cells, those that only `include` makes last."""
    names = list(axes)
    product = itertools.product(*axes.values()) if names else ()
    originals = [
        combination
        for combination in (dict(zip(names, values, strict=True)) for values in product)
        if not any(_agrees(entry, combination, entry) for entry in without)
    ]
    cells = [dict(each) for each in originals]
    alone: list[Choices] = []
    for entry in extra:
        shared = [name for name in entry if name in axes]
        fitting = [place for place, each in enumerate(originals[:MAX_CELLS]) if _agrees(entry, each, shared)]
        for place in fitting:
            cells[place].update(entry)
        if not fitting:
            alone.append({**{name: entry[name] for name in names if name in entry}, **entry})
    return [*cells, *alone]


def _entries(node: Node | None) -> list[Choices]:
    items = node.items if isinstance(node, SequenceNode) else []
    found = [{key.text: _choice(value) for key, value in pairs_of(item)} for item in items]
    return [entry for entry in found if entry]


def _agrees(entry: Choices, combination: Choices, names: Iterable[str]) -> bool:
    return all(name in combination and combination[name] == entry[name] for name in names)


def _named(cells: Sequence[Choices]) -> tuple[Cell, ...]:
    """Return the cells with labels that tell them apart."""
    found: list[Cell] = []
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    for number, cell in enumerate(cells):
        labels = tuple((name, choice.label) for name, choice in cell.items())
        copies = seen[labels] = seen.get(labels, 0) + 1
        if copies > 1:
            labels = (*labels, ("copy", str(copies)))
        values = {name: choice.value for name, choice in cell.items()}
        found.append(Cell(labels, values, number))
    return tuple(found)


def _choice(node: Node) -> Choice:
    """Return a value, with the scalars in it as its label."""
    words = "+".join(itertools.islice(_leaves(node), _LONGEST_LABEL))
    return Choice(words[:_LONGEST_LABEL], value_of(node))


def _leaves(node: Node) -> Iterator[str]:
    match node:
        case ScalarNode():
            yield node.text
        case SequenceNode():
            for item in node.items:
                yield from _leaves(item)
        case MappingNode():
            for _, item in node.pairs:
                yield from _leaves(item)


def value_of(node: Node) -> Value:
    """Return a value as expressions see it; a float keeps its text, so `3.10` is not 3.1."""
    match node:
        case SequenceNode():
            return tuple(map(value_of, node.items))
        case MappingNode():
            return {key.text: value_of(value) for key, value in node.pairs}
        case ScalarNode():
            return _scalar(node)


def _scalar(node: ScalarNode) -> Value:
    if node.kind is Kind.NULL:
        return None
    if node.kind is Kind.BOOL:
        return node.text.lower() == "true"
    if node.kind is Kind.INT and len(node.text) <= 18 and node.text[0] != "+":
        return int(node.text, 0)
    return node.text
