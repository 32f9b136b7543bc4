"""Nodes and their places."""

from __future__ import annotations

import pytest

from tests.support.yaml_texts import LOADERS, child, cut, parsed, place, scalar
from wfopt.formats.nodes import MappingNode, SequenceNode
from wfopt.formats.positions import LoaderType
from wfopt.formats.scalars import Kind


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "start", "written"),
    [
        ("a: foo bar  # c\n", (1, 4), "foo bar"),
        ("a: 'it''s'\n", (1, 4), "'it''s'"),
        ("é🚀: x\na: é🚀y\n", (2, 4), "é🚀y"),
        ("a: one\n  two \n\nb: 1\n", (1, 4), "one\n  two"),
        ("a: |  # c\n  one\n    two\n\n  \nb: 1\n", (1, 4), "|  # c\n  one\n    two"),
        ("a: >-\n  one", (1, 4), ">-\n  one"),
        ("a: |\nb: 1\n", (1, 4), "|"),
        ("a:\nb: 1\n", (1, 3), ""),
        ("b: 1\r\na: x\r\n", (2, 4), "x"),
        ("b: 1\ra: x\r", (2, 4), "x"),
        ("a: &x foo\n", (1, 7), "foo"),
        ("a: !!str 7\n", (1, 10), "7"),
        ("a: &x !!str # c\n  foo\n", (2, 3), "foo"),
        ("a: !!str &x |\n  foo\n", (1, 13), "|\n  foo"),
        ("a: &x\nb: 1\n", (1, 6), ""),
        ("a: [1,\n  2]  # c\nb: 1\n", (1, 4), "[1,\n  2]"),
        ("a: {}\n", (1, 4), "{}"),
        ("a: &x [1]\n", (1, 7), "[1]"),
        ("a: &x\n  k: v\n\n\n# c\nb: 1\n", (2, 3), "k: v"),
        ("a:\n- 1\n- |\n  x\n\n# c\nb: 1\n", (2, 1), "- 1\n- |\n  x"),
        ("a:\n  - 1\n  -\n\nb: 1\n", (2, 3), "- 1\n  -"),
        ("o: &o 1\na:\n  - 1\n  - *o  # c\n", (3, 3), "- 1\n  - *o"),
        ("o: &o 1\na:\n  - *o\n  - 1  # c\n", (3, 3), "- *o\n  - 1"),
    ],
)
def test_places(text: str, start: tuple[int, int], written: str, loader: LoaderType) -> None:
    node = child(parsed(text, loader), "a")
    assert place(node.span) == start
    assert node.written == written
    assert cut(node.span) == written


@pytest.mark.parametrize("loader", LOADERS)
def test_the_root_reaches_from_the_first_key_to_the_last_value(loader: LoaderType) -> None:
    assert parsed("# c\n\na: 1\nb:\n  c: [2]\n\n# d\n", loader).written == "a: 1\nb:\n  c: [2]"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("a: 7\n", Kind.INT), ("a: '7'\n", Kind.STR), ("a: |\n  7\n", Kind.STR), ("a:\n", Kind.NULL)],
)
def test_kind(text: str, kind: Kind) -> None:
    assert scalar(text, "a").kind is kind


def test_get() -> None:
    root = parsed("a: 1\nb: 2\n")
    assert isinstance(root, MappingNode)
    assert root.get("b") is root.pairs[1][1]
    assert root.get("c") is None


def test_repr_is_short() -> None:
    root = parsed("a: [1, x]\n")
    assert repr(root) == "MappingNode(1 pairs at w.yml:1:1)"
    items = child(root, "a")
    assert isinstance(items, SequenceNode)
    assert repr(items) == "SequenceNode(2 items at w.yml:1:4)"
    assert repr(items.items[1]) == "ScalarNode('x' at w.yml:1:8)"
