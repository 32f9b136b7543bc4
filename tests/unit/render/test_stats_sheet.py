"""Facts, tables and sentences, as text, as Markdown and as comma-separated values."""

import pytest

from wfopt.render.paint import Paint, Style
from wfopt.render.stats_csv import csv_text
from wfopt.render.stats_markdown import sheet_markdown
from wfopt.render.stats_sheet import Cell, Column, Facts, Grid, Remarks, Sheet, cells_of, sheet_text

PLAIN = Paint(color=False)
GRID = Grid(
    title="steps",
    columns=(
        Column(name="name", flexible=True),
        Column(name="s", right=True),
        Column(name="why", flexible=True),
    ),
    rows=(
        cells_of("a", "1.5", Cell("because", Style.ERROR)),
        cells_of("日本", "10.25", ""),
    ),
    rest="… and 2 more",
)


def text_of(*blocks: Facts | Grid | Remarks, width: int = 80, cut: bool = True) -> str:
    return sheet_text(Sheet(title="t", blocks=blocks), PLAIN, width, cut=cut).removeprefix("t\n\n")


def test_a_table() -> None:
    assert text_of(GRID) == ("steps\nname      s  why\na       1.5  because\n日本  10.25\n… and 2 more\n")


def test_blocks_stand_apart_and_empty_ones_are_left_out() -> None:
    empty = (Facts(rows=()), Grid(columns=(Column(name="x"),), rows=()), Remarks(lines=(), title="none"))
    facts = Facts(rows=(("a", Cell("1")), ("long", Cell("2"))))
    remarks = Remarks(title="said", lines=(Cell("x"), Cell("y")))
    assert text_of(*empty, facts, remarks) == "a     1\nlong  2\n\nsaid\nx\ny\n"
    assert sheet_markdown(Sheet(title="t", blocks=(*empty, remarks))) == "### t\n\n**said**\n\n- x\n- y\n"


def test_sentences_are_wrapped_at_spaces() -> None:
    facts = Facts(rows=(("ab", Cell("one two three four five six", Style.OK)),))
    assert text_of(facts, width=22) == "ab  one two three four\n    five six\n"
    assert text_of(Remarks(lines=(Cell("x" * 50),)), width=22) == "x" * 50 + "\n"


def test_only_flexible_columns_are_cut() -> None:
    grid = Grid(
        columns=(Column(name="id"), Column(name="a", flexible=True), Column(name="b", flexible=True)),
        rows=(cells_of("i" * 20, "a" * 30, "語" * 10),),
    )
    assert text_of(grid, width=60).splitlines()[1] == f"{'i' * 20}  {'a' * 17}…  {'語' * 8}…"
    assert text_of(grid, width=10).splitlines()[1] == f"{'i' * 20}  {'a' * 11}…  {'語' * 5}…"
    assert text_of(grid, width=10, cut=False).splitlines()[1] == f"{'i' * 20}  {'a' * 30}  {'語' * 10}"


def test_colors_do_not_move_columns() -> None:
    painted = sheet_text(Sheet(title="t", blocks=(GRID,)), Paint(color=True), 80, cut=True)
    assert "a       1.5  \x1b[1;31mbecause\x1b[0m\n" in painted
    assert painted.startswith("\x1b[1mt\x1b[0m\n\n\x1b[1msteps\x1b[0m\n\x1b[2mname")


def test_nothing_of_a_file_reaches_the_terminal_raw() -> None:
    evil = "a\x1b[2J\nb"
    blocks = (
        Facts(rows=(("x", Cell(evil)),)),
        Grid(columns=(Column(name="c"),), rows=(cells_of(evil),), title=evil, rest=evil),
        Remarks(lines=(Cell(evil),)),
    )
    sheet = Sheet(title=evil, blocks=blocks)
    for shown in (sheet_text(sheet, PLAIN, 80, cut=True), sheet_markdown(sheet), csv_text([{"x": evil}])):
        assert "\x1b" not in shown
        assert "\nb" not in shown


def test_markdown_shows_text_as_it_is() -> None:
    grid = Grid(columns=(Column(name="a|b"), Column(name="n", right=True)), rows=(cells_of("<i>|", "1"),))
    facts = Facts(rows=(("k", Cell("`v`")),))
    assert sheet_markdown(Sheet(title="*t*", blocks=(facts, grid, GRID))) == (
        "### &#42;t&#42;\n\n"
        "- **k**: &#96;v&#96;\n\n"
        "| a&#124;b | n |\n| --- | ---: |\n| &#60;i&#62;&#124; | 1 |\n\n"
        "**steps**\n\n"
        "| name | s | why |\n| --- | ---: | --- |\n| a | 1.5 | because |\n| 日本 | 10.25 |  |\n\n"
        "… and 2 more\n"
    )


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([{"a": 1, "b": None}], "a,b\n1,\n"),
        ([{"a": {"x": 1.5, "y": {"z": True}}}], "a.x,a.y.z\n1.5,true\n"),
        ([{"a": [1, 2]}, {"a": []}], 'a\n1 2\n""\n'),
        ([{"a": [{"k": "v"}]}], 'a\n"[{""k"": ""v""}]"\n'),
        ([{"a": "x,y"}, {"b": False}], 'a,b\n"x,y",\n,false\n'),
    ],
)
def test_comma_separated_values(rows: list[dict[str, object]], text: str) -> None:
    assert csv_text(rows) == text


def test_without_rows_there_is_nothing() -> None:
    assert csv_text([]) == ""
