"""Places inside and behind scalars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.yaml_texts import LOADERS, cut, place, scalar
from wfopt.formats.places import comment_after, locate
from wfopt.formats.positions import LoaderType


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "part", "at"),
    [
        ("a: foo ${{ x }} # c\n", "${{ x }}", (1, 8)),
        ("a: 'foo ${{ x }}'\n", "${{ x }}", (1, 9)),
        ('a: "é🚀 ${{ x }}"\n', "${{ x }}", (1, 8)),
        ("a: !!str &b foo\n", "oo", (1, 14)),
        ("a: |\n  one\n  two ${{ x }}\n", "${{ x }}", (3, 7)),
        ("a: |\n  one\n", "one", (2, 3)),
        ("a: | # c\n\n\n     one\n       two\n", "two", (5, 8)),
        ("a: |2-\n    one\n", "one", (2, 5)),
        ("a: |\r\n  one\r\n  two\r\n", "two", (3, 3)),
        ("a: &b |\n  one\n", "ne", (2, 4)),
        ("a: |\n  one\n   \n\n  two", "two", (5, 3)),
    ],
)
def test_parts(text: str, part: str, at: tuple[int, int], loader: LoaderType) -> None:
    node = scalar(text, "a", loader=loader)
    span = locate(node, node.text.index(part), len(part))
    assert place(span) == at
    assert cut(span) == part


@pytest.mark.parametrize(
    "text",
    [
        "a: >\n  one\n  two\n",
        "a: one\n  two\n",
        "a: 'one\n  two'\n",
        'a: "one\\ttwo"\n',
        "a: 'one''two'\n",
    ],
)
def test_elsewhere_the_whole_scalar(text: str) -> None:
    node = scalar(text, "a")
    assert locate(node, node.text.index("two"), 3) == node.span


def test_behind_the_last_line_of_a_block_the_whole_scalar() -> None:
    node = scalar("a: |\n  one\n", "a")
    assert locate(node, len(node.text)) == node.span


def test_what_goes_beyond_the_line_is_cut_off() -> None:
    node = scalar("a: |\n  one\n  two\n", "a")
    assert cut(locate(node, 1, 5)) == "ne"
    node = scalar("a: one # c\n", "a")
    assert cut(locate(node, 1, 5)) == "ne"


def test_behind_the_end_there_is_one_column() -> None:
    node = scalar("a: 'one'\n", "a")
    assert locate(node, 3)[1:] == (1, 8, 1, 9)
    node = scalar("a: |\n  one\n", "a")
    assert locate(node, 3)[1:] == (2, 6, 2, 7)


@given(st.lists(st.text(alphabet="ab #:'\"\\|é", min_size=1), min_size=1, max_size=4), st.integers(1, 4))
def test_every_character_of_a_literal_block(lines: list[str], indent: int) -> None:
    text = "\n".join(f"x{line}" for line in lines)
    node = scalar("a: |\n" + "\n".join(" " * indent + line for line in text.split("\n")), "a")
    assert node.text == text
    assert [cut(locate(node, n)) for n, each in enumerate(text) if each != "\n"] == [
        each for each in text if each != "\n"
    ]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "comment", "column"),
    [
        ("a: echo x #b\n", "#b", 11),
        ("a: echo x   # b c \n", "# b c ", 13),
        ("a: echo x #b", "#b", 11),
        ("a: x #b\r\nb: 1\r\n", "#b", 6),
    ],
)
def test_a_comment_behind_a_plain_scalar(text: str, comment: str, column: int, loader: LoaderType) -> None:
    span = comment_after(scalar(text, "a", loader=loader))
    assert span is not None
    assert place(span) == (1, column)
    assert cut(span) == comment


def test_a_comment_behind_the_last_line() -> None:
    span = comment_after(scalar("a: one\n  two # c\n", "a"))
    assert span is not None
    assert place(span) == (2, 7)


@pytest.mark.parametrize(
    "text",
    [
        "a: echo x#b\n",
        "a: echo x\n# b\n",
        "a: echo x\n",
        "a: 'echo x' #b\n",
        "a: # b\n",
        "a: |\n  echo x #b\n",
    ],
)
def test_no_comment_that_cuts(text: str) -> None:
    assert comment_after(scalar(text, "a")) is None
