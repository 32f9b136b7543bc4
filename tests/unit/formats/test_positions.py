"""The front end as a whole: values come back, places are right, and nothing but LoadError is raised."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.support.yaml_texts import LOADERS, cut, parsed, refused, scalars, source_of, value
from wfopt.codes import TOO_COMPLEX, YAML_SYNTAX
from wfopt.errors import LoadError
from wfopt.formats.nodes import MappingNode, Node, ScalarNode, SequenceNode, TaggedNode
from wfopt.formats.positions import (
    DEFAULT_LOADER,
    LoaderType,
    parse_documents,
    parse_yaml,
    read_source,
    top_keys,
)

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t #:-'\"")
)
SCALARS = TEXTS | st.integers(-(10**30), 10**30) | st.booleans() | st.none()
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(lambda key: key != "<<"), inner),
    max_leaves=12,
).filter(lambda tree: tree is not None)
SNIPPETS = st.lists(
    st.sampled_from(
        [
            *(
                "a",
                "b: ",
                "- ",
                "? ",
                ": ",
                ", ",
                "[",
                "]",
                "{",
                "}",
                "\n",
                "\n  ",
                "\n\t",
                "\r\n",
                " ",
                "#",
                "|",
                ">",
            ),
            *(
                "'",
                '"',
                "&a ",
                "*a ",
                "!t ",
                "!!str ",
                "!<x> ",
                "%YAML 1.2\n",
                "%TAG ! x\n",
                "%",
                "@",
                "`",
                "---\n",
            ),
            *(
                "...\n",
                "<<: ",
                "\\",
                "\\u",
                "\\x1",
                "\\U00110000",
                "\ud800",
                "\0",
                "\x85",
                "\u2028",
                "\ufeff",
                "é🚀",
            ),
        ]
    )
).map("".join)


def stands_for(node: Node, tree: object) -> bool:
    """Return whether a node has the value; text counts as it is: PyYAML leaves a `1e3` without quotes."""
    match node, tree:
        case ScalarNode(), str():
            return node.text == tree
        case SequenceNode(), list():
            return len(node.items) == len(tree) and all(map(stands_for, node.items, tree))
        case MappingNode(), dict():
            by_key = {key.text: each for key, each in node.pairs}
            return by_key.keys() == tree.keys() and all(stands_for(by_key[key], tree[key]) for key in tree)
        case _:
            return value(node) == tree and type(value(node)) is type(tree)


def test_the_parser_in_c_is_used() -> None:
    assert DEFAULT_LOADER is yaml.CSafeLoader


def test_from_a_path_to_nodes(tmp_path: Path) -> None:
    path = tmp_path / "w.yml"
    path.write_bytes(b"\xef\xbb\xbf# c\na: [1, x]\n")
    root, problems = parse_yaml(read_source(str(path)))
    assert (value(root), problems) == ({"a": [1, "x"]}, ())
    assert str(root.span) == f"{path}:2:1"


def test_tag_directives_are_counted() -> None:
    lines = "".join(f"%TAG !t{n}! x\n" for n in range(1_001))
    (problem,) = refused(lines + "---\na: 1\n")
    assert (problem.code, problem.file) == (TOO_COMPLEX, "w.yml")
    assert problem.message == "the file has more than 1,000 `%TAG` directives"
    assert value(parsed("%TAG !t! x\n---\na: 1\n")) == {"a": 1}


@pytest.mark.slow
@given(st.text() | SNIPPETS | st.text(st.characters(codec="latin-1")), st.sampled_from(LOADERS))
def test_any_text_is_read_or_refused_with_messages(text: str, loader: LoaderType) -> None:
    try:
        root, _ = parse_yaml(source_of(text), loader=loader)
    except LoadError as error:
        problems = error.diagnostics
    else:
        assert root.written in text
        return
    assert problems
    assert all(problem.primary is not None or problem.file == "w.yml" for problem in problems)


@pytest.mark.slow
@given(TREES, st.sampled_from([True, False, None]), st.sampled_from(LOADERS))
def test_what_was_dumped_comes_back(tree: object, flow: bool | None, loader: LoaderType) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)
    assert stands_for(parsed(text, loader), tree)


@pytest.mark.slow
@given(TREES, st.sampled_from([True, False, None]), st.sampled_from(LOADERS))
def test_plain_scalars_stand_where_they_say(tree: object, flow: bool | None, loader: LoaderType) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, width=10_000)
    for node in scalars(parsed(text, loader)):
        assert cut(node.span) == "\n".join(node.written.splitlines())
        if node.plain and node.line == node.end_line:
            assert cut(node.span) == node.text
        elif node.written[:1] in {"'", '"'}:
            assert node.written[0] == node.written[-1]


@pytest.mark.slow
@given(TREES, st.sampled_from([True, False, None]))
def test_both_parsers_agree(tree: object, flow: bool | None) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)
    in_c, in_python = (
        [(node.text, node.plain, node.span[1:], node.written) for node in scalars(parsed(text, loader))]
        for loader in LOADERS
    )
    assert in_c == in_python


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_line_ends(end: str, loader: LoaderType) -> None:
    root = parsed(f"a: é🚀{end}b:{end}- x{end}", loader)
    assert value(root) == {"a": "é🚀", "b": ["x"]}
    assert [node.span[1:3] for node in scalars(root)] == [(1, 1), (1, 4), (2, 1), (3, 3)]


@pytest.mark.parametrize("loader", LOADERS)
def test_several_documents(loader: LoaderType) -> None:
    roots, problems = parse_documents(source_of("---\n---\na: &x 1\n---\n- b\n---\n"), loader=loader)
    assert ([value(root) for root in roots], problems) == ([{"a": 1}, ["b"]], ())


def test_an_anchor_ends_with_its_document() -> None:
    with pytest.raises(LoadError) as caught:
        parse_documents(source_of("a: &x 1\n---\nb: *x\n"))
    assert [each.code for each in caught.value.diagnostics] == [YAML_SYNTAX]


def test_documents_share_the_limits() -> None:
    for text, message in (
        ("---\na: 1\n" * 17, "the file holds more than 16 YAML documents"),
        ("---\na: &x 1\nb: [" + "*x," * 100 + "]\n", ""),
        (("---\na: &x 1\nb: [" + "*x," * 300 + "]\n") * 4, "the file uses more than 1,000 aliases"),
    ):
        messages = []
        try:
            parse_documents(source_of(text))
        except LoadError as error:
            messages = [each.message for each in error.diagnostics]
        assert messages == [message] * bool(message)


@pytest.mark.parametrize("loader", LOADERS)
def test_tags_of_lists_that_a_format_knows(loader: LoaderType) -> None:
    text = "a: !reference [b, c]\nd: !reference\n- e\nf: &x !reference [g]\nh: *x\n"
    (root,), _ = parse_documents(source_of(text), tags=("!reference",), loader=loader)
    assert isinstance(root, MappingNode)
    nodes = [node for _, node in root.pairs]
    assert [node.tag for node in nodes if isinstance(node, TaggedNode)] == ["!reference"] * 4
    assert [value(node) for node in nodes] == [["b", "c"], ["e"], ["g"], ["g"]]
    assert cut(nodes[0].span) == "[b, c]"
    assert not isinstance(nodes[0].with_items([]) if isinstance(nodes[0], TaggedNode) else None, TaggedNode)


@pytest.mark.parametrize("text", ["a: !reference b\n", "a: !reference {b: c}\n", "a: !other [b]\n"])
def test_other_tags_stay_unknown(text: str) -> None:
    with pytest.raises(LoadError) as caught:
        parse_documents(source_of(text), tags=("!reference",))
    assert "unknown tag" in caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a: {b: c}\nd: [e]\n? [f]\n: g\nh:\n", ["a", "d", "h"]),
        ("a: 1\n---\nb: !x [1]\nc: !y 2\n", ["b", "c"]),
        ("a: 1\n---\n", ["a"]),
        ("a: &x 1\n*x : b\nc: *x\n", ["a", "c"]),
        ("- a: 1\n", []),
        ("- a\n- b\n", []),
        ("word", []),
        ("", []),
        ("{a: 1, b: {c: 2}}", ["a", "b"]),
    ],
)
def test_keys_at_the_top(text: str, keys: list[str]) -> None:
    assert top_keys(source_of(text)) == keys


@pytest.mark.parametrize("text", ["a: [1\n", "a: b: c\n", "[" * 100, "a: 'x\n"])
def test_keys_of_what_is_broken(text: str) -> None:
    with pytest.raises(LoadError) as caught:
        top_keys(source_of(text))
    assert caught.value.diagnostics[0].primary is not None
