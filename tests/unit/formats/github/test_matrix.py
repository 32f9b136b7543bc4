"""Expansion of matrices, by the rules of GitHub."""

import pytest

from tests.support.github_files import mapping
from wfopt.errors import LoadError
from wfopt.formats.github import matrix
from wfopt.formats.github.matrix import MAX_CELLS, MAX_EFFORT, ONCE, Effort, Expansion, expand, value_of
from wfopt.formats.problems import Problems
from wfopt.model.expressions import Value


def expanded(strategy: str, problems: Problems | None = None) -> Expansion:
    return expand("a", mapping(strategy), Effort(), problems or Problems())


def cells(strategy: str) -> list[dict[str, str]]:
    return [dict(cell.labels) for cell in expanded(strategy).cells]


def test_the_product_comes_in_the_order_of_the_file() -> None:
    found = cells("matrix: {b: [1, 2], a: [x, y]}")
    assert found == [{"b": "1", "a": "x"}, {"b": "1", "a": "y"}, {"b": "2", "a": "x"}, {"b": "2", "a": "y"}]


def test_exclude_needs_only_some_axes_and_comes_before_include() -> None:
    text = "matrix: {a: [1, 2], b: [x, y], exclude: [{a: 1}, {a: 2, b: y}], include: [{a: 1, b: x}, {c: 3}]}"
    assert cells(text) == [{"a": "2", "b": "x", "c": "3"}, {"a": "1", "b": "x"}]


def test_exclude_with_an_axis_that_does_not_exist_takes_nothing_out() -> None:
    assert len(cells("matrix: {a: [1, 2], exclude: [{a: 1, z: 1}, {}, text]}")) == 2


def test_include_never_overwrites_an_axis_but_what_include_has_added() -> None:
    text = "matrix: {a: [1, 2], include: [{k: all}, {a: 1, k: one}, {a: 3}, {a: 3, k: more}]}"
    assert cells(text) == [
        {"a": "1", "k": "one"},
        {"a": "2", "k": "all"},
        {"a": "3"},
        {"a": "3", "k": "more"},
    ]


def test_include_alone_makes_cells() -> None:
    assert cells("matrix: {include: [{a: 1}, {b: 2}]}") == [{"a": "1"}, {"b": "2"}]


def test_values_keep_their_kind_and_their_text() -> None:
    found = expanded("matrix: {v: [3.10, 7, '7', true, ~, [a, {k: b}], 0755, +1, 0x10]}").cells
    values: list[Value] = ["3.10", 7, "7", True, None, ("a", {"k": "b"}), "0755", "+1", 16]
    assert [dict(cell.values or {})["v"] for cell in found] == values
    assert [cell.labels[0][1] for cell in found][5] == "a+b"


def test_equal_labels_are_told_apart() -> None:
    assert cells("matrix: {include: [{a: 1}, {a: '1'}]}") == [{"a": "1"}, {"a": "1", "copy": "2"}]


def test_long_labels_are_cut() -> None:
    assert [len(cell.labels[0][1]) for cell in expanded(f"matrix: {{a: [{'x' * 99}]}}").cells] == [60]


@pytest.mark.parametrize("text", ["fail-fast: false", "matrix:", "other: 1"])
def test_without_a_matrix_there_is_one_cell(text: str) -> None:
    assert expanded(text) == ONCE


def test_a_strategy_that_is_no_mapping_is_none() -> None:
    assert expand("a", None, Effort(), Problems()) == ONCE
    assert expand("a", mapping("a: x").get("a"), Effort(), Problems()) == ONCE


@pytest.mark.parametrize(
    "text", ["${{ fromJSON(x) }}", "{a: '${{ x }}'}", "{a: [1], include: '${{ x }}'}", "[1]", "{a: {b: 1}}"]
)
def test_what_an_expression_makes_stays_open(text: str) -> None:
    problems = Problems()
    found = expanded(f"matrix: {text}", problems)
    assert [(cell.labels, cell.values) for cell in found.cells] == [((), None)]
    assert found.matrix is not None
    assert found.matrix.cells is None
    assert [each.code.number for each in problems.found] == ["WF908"]


def test_the_matrix_itself_is_told() -> None:
    told = expanded("fail-fast: false\nmax-parallel: 3\nmatrix: {a: [1, [2, 3]]}").matrix
    assert told is not None
    assert (told.axes, told.cells) == ({"a": ("1", "2+3")}, 2)
    assert (told.fail_fast, told.max_parallel) == (False, 3)
    assert {name: span.line for name, span in told.places.items()} == {
        "fail-fast": 1,
        "max-parallel": 2,
        "matrix": 3,
    }


@pytest.mark.parametrize("most", ["0", "soon", "${{ x }}", "0.5"])
def test_an_odd_max_parallel_is_none(most: str) -> None:
    told = expanded(f"max-parallel: {most}\nmatrix: {{a: [1]}}").matrix
    assert told is not None
    assert told.max_parallel is None


def test_cells_beyond_the_limit_are_left_out_with_a_warning() -> None:
    problems = Problems()
    found = expanded(f"matrix: {{a: {list(range(20))}, b: {list(range(20))}}}", problems)
    assert len(found.cells) == MAX_CELLS
    assert [each.message for each in problems.found] == ["the matrix of job `a` has 400 cells"]


def test_a_matrix_without_cells_is_warned_of() -> None:
    problems = Problems()
    assert expanded("matrix: {a: []}", problems).cells == ONCE.cells
    assert [each.code.number for each in problems.found] == ["WF071"]


def test_effort_is_limited() -> None:
    axis = list(range(101))
    assert MAX_EFFORT < 101**3
    with pytest.raises(LoadError, match="too many combinations"):
        expanded(f"matrix: {{a: {axis}, b: {axis}, c: {axis}}}")


def test_effort_is_that_of_all_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "MAX_EFFORT", 5_000)
    effort, axis = Effort(), list(range(20))
    strategy = mapping(f"matrix: {{a: {axis}, b: {axis}, exclude: {[{'a': n} for n in range(9)]}}}")
    expand("a", strategy, effort, Problems())
    with pytest.raises(LoadError, match="too many combinations"):
        expand("b", strategy, effort, Problems())


def test_any_node_has_a_value() -> None:
    assert value_of(mapping("a: [x, {b: 1}]")) == {"a": ("x", {"b": 1})}
