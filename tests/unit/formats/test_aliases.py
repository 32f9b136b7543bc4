"""Anchors and aliases."""

from __future__ import annotations

import pytest

from tests.support.yaml_texts import LOADERS, child, parsed, place, refused, value
from wfopt.codes import TOO_COMPLEX, YAML_SYNTAX
from wfopt.formats.aliases import MAX_ALIASES
from wfopt.formats.positions import LoaderType


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("written", ["7", "[1, 2]", "{k: 1}", "", "|\n  text"])
def test_an_alias_is_the_very_node(written: str, loader: LoaderType) -> None:
    root = parsed(f"a: &x {written}\nb: *x\nc: [*x]\n", loader)
    assert child(root, "b") is child(root, "a")
    assert child(root, "c", 0) is child(root, "a")


def test_a_scalar_alias_can_be_a_key() -> None:
    assert value(parsed("a: &x name\n*x : 1\n")) == {"a": "name", "name": 1}


def test_the_last_anchor_of_a_name_counts() -> None:
    assert value(parsed("- &x 1\n- *x\n- &x 2\n- *x\n")) == [1, 1, 2, 2]
    assert value(parsed("- &x [&x 5]\n- *x\n")) == [[5], 5]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a: *foo\n", (1, 4)),
        ("*foo\n", (1, 1)),
        ("a: *foo\nfoo: &foo 1\n", (1, 4)),
        ("a:\n  <<: *foo\n", (2, 7)),
    ],
)
def test_an_alias_of_nothing(text: str, at: tuple[int, int], loader: LoaderType) -> None:
    (problem,) = refused(text, loader)
    assert problem.code is YAML_SYNTAX
    assert problem.message == "the alias `*foo` has no anchor `&foo` before it"
    assert problem.hints == ("if it is a glob, quote it: `'*foo'`",)
    assert problem.primary is not None
    assert place(problem.primary.span) == at


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "at", "anchor"),
    [
        ("a: &a {b: *a}\n", (1, 11), (1, 7)),
        ("a: &a\n  - 1\n  - x: [*a]\n", (3, 9), (2, 3)),
        ("&r\na: *r\n", (2, 4), (2, 1)),
        ("a: &a {<<: *a}\n", (1, 12), (1, 7)),
    ],
)
def test_an_alias_inside_itself(
    text: str, at: tuple[int, int], anchor: tuple[int, int], loader: LoaderType
) -> None:
    (problem,) = refused(text, loader)
    assert problem.code is YAML_SYNTAX
    assert "stands inside what it refers to" in problem.message
    assert problem.primary is not None
    assert place(problem.primary.span) == at
    assert [place(label.span) for label in problem.related] == [anchor]


@pytest.mark.parametrize(("count", "is_allowed"), [(MAX_ALIASES, True), (MAX_ALIASES + 1, False)])
def test_the_number_of_aliases_is_limited(count: int, is_allowed: bool) -> None:
    text = "- &a 1\n" + "- *a\n" * count
    if is_allowed:
        assert value(parsed(text)) == [1] * (count + 1)
    else:
        (problem,) = refused(text)
        assert problem.code is TOO_COMPLEX
        assert problem.message == "the file uses more than 1,000 aliases"
        assert problem.primary is not None
        assert place(problem.primary.span) == (count + 1, 3)
