"""`parallel`: the copies of a job, and which of them others name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from wfopt.codes import BAD_MATRIX, MATRIX_TOO_LARGE
from wfopt.dataclass import dataclass
from wfopt.formats.gitlab.trees import is_null, items_of, member, pairs_of, texts_of
from wfopt.formats.gitlab.values import whole_number
from wfopt.formats.positions import MappingNode, Node
from wfopt.formats.problems import Problems
from wfopt.model.pipeline import Matrix

MAX_CELLS = 200
"""How many copies a job may have, as GitLab has it."""

_OF_CELL = re.compile(r"\$\[\[ *matrix\.(\w{1,255}) *\]\]", re.ASCII)

Cell = tuple[tuple[str, str], ...]
"""The variables of a copy, in the order of its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The copies of a job.

    Attributes:
        cells: the variables of each; a job without `parallel` is one copy without variables.
        names: what GitLab calls each copy, or nothing without `parallel`.
        matrix: the matrix, or None.
        total: how many there are if `parallel` is a number, else 0.
    """

    cells: tuple[Cell, ...] = ((),)
    names: tuple[str, ...] = ()
    matrix: Matrix | None = None
    total: int = 0


def read_cells(name: str, node: Node | None, problems: Problems) -> Cells:
    """Return the copies of a job; what is wrong with `parallel` goes to `problems`."""
    if node is None or is_null(node):
        return Cells()
    table = member(node, "matrix")
    if isinstance(node, MappingNode) and table is not None:
        return _matrix(name, node, table, problems)
    total = whole_number(node, MAX_CELLS)
    if total is None:
        message = f"`parallel` of job `{name}` must be a number from 1 to {MAX_CELLS}, or a matrix"
        problems.error(BAD_MATRIX, message, node)
        return Cells()
    numbers = range(1, total + 1)
    return Cells(
        cells=tuple((("CI_NODE_INDEX", str(number)),) for number in numbers),
        names=tuple(f"{name} {number}/{total}" for number in numbers),
        matrix=Matrix(
            axes={"CI_NODE_INDEX": tuple(map(str, numbers))}, cells=total, fail_fast=False, span=node.span
        ),
        total=total,
    )


def _matrix(name: str, node: MappingNode, table: Node, problems: Problems) -> Cells:
    found: dict[Cell, None] = {}
    axes: dict[str, dict[str, None]] = {}
    for cell in _combinations(table):
        found[cell] = None
        for axis, value in cell:
            axes.setdefault(axis, {})[value] = None
        if len(found) > MAX_CELLS:
            message = f"the matrix of job `{name}` has more than {MAX_CELLS} cells"
            problems.error(MATRIX_TOO_LARGE, message, table)
            return Cells()
    if not found:
        problems.error(BAD_MATRIX, f"the matrix of job `{name}` has no cells", table)
        return Cells()
    return Cells(
        cells=tuple(found),
        names=tuple(f"{name}: [{', '.join(value for _, value in cell)}]" for cell in found),
        matrix=Matrix(
            axes={axis: tuple(values) for axis, values in axes.items()},
            cells=len(found),
            fail_fast=False,
            span=node.span,
        ),
    )


def _combinations(table: Node) -> Iterator[Cell]:
    """Yield the cells of a matrix, each mapping of which is a product of lists."""
    for entry in items_of(table):
        axes = {key.text: texts_of(value) for key, value in pairs_of(entry) if key.text}
        if axes:
            for values in itertools.product(*axes.values()):
                yield tuple(zip(axes, values, strict=True))


def selected(cells: Sequence[Cell], table: Node | None, own: Cell) -> list[int]:
    """Return the positions of the cells that a `parallel: matrix:` in `needs` names.

    Args:
        cells: the copies of the job that is needed.
        table: the matrix in `needs`; None names all.
        own: the variables of the copy that needs them, for `$[[ matrix.NAME ]]`.
    """
    if table is None:
        return list(range(len(cells)))
    wanted = [
        {key.text: _filled(texts_of(value), own) for key, value in pairs_of(entry)}
        for entry in items_of(table)
    ]
    return [place for place, cell in enumerate(cells) if any(_fits(dict(cell), each) for each in wanted)]


def _filled(values: list[str], own: Cell) -> list[str]:
    known = dict(own)
    return [_OF_CELL.sub(lambda found: known.get(found[1], found[0]), value) for value in values]


def _fits(cell: Mapping[str, str], wanted: Mapping[str, list[str]]) -> bool:
    return all(cell.get(axis) in values for axis, values in wanted.items())
