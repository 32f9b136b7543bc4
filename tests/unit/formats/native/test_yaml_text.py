"""YAML text that is read as it was meant, by wfopt and by a parser of YAML 1.1."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wfopt.formats.native.yaml_text import comment, entry, in_flow, mapping_in_flow, scalar
from wfopt.formats.positions import MappingNode, ScalarNode, parse_yaml
from wfopt.source import SourceFile

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
SCRIPTS = st.text("ab \n\t\"'\\:#-|>$[]{}", max_size=40)


def read(text: str) -> str:
    root, _ = parse_yaml(SourceFile("f.yml", text))
    assert isinstance(root, MappingNode)
    value = root.get("key")
    assert isinstance(value, ScalarNode)
    return value.text


@given(TEXTS | SCRIPTS)
def test_a_text_is_read_as_it_was_written(text: str) -> None:
    lines = "\n".join(["top: 1", *entry("key", text, ""), "last: 2"]) + "\n"
    assert read(lines) == text
    assert yaml.safe_load(lines)["key"] == text


@given(st.lists(TEXTS | SCRIPTS, max_size=3))
def test_texts_in_a_row_are_read_as_they_were_written(texts: list[str]) -> None:
    pairs = [(f"k{place}", scalar(text)) for place, text in enumerate(texts)]
    found = yaml.safe_load(f"a: {in_flow(map(scalar, texts))}\nb: {mapping_in_flow(pairs)}\n")
    assert found["a"] == texts
    assert list(found["b"].values()) == texts


@pytest.mark.parametrize("text", ["3.10", "on", "No", "y", "null", "~", "2_17", "12:30", "0x1", "", "- a"])
def test_what_looks_like_something_else_is_quoted(text: str) -> None:
    assert scalar(text).startswith('"')


def test_plain_words_stay_plain_and_scripts_become_blocks() -> None:
    assert scalar("make all") == "make all"
    assert list(entry("run", 'echo "a"\n\nb\n', "  ")) == ["  run: |", '    echo "a"', "", "    b"]
    assert list(entry("run", "  a\nb", "")) == ["run: |2-", "    a", "  b"]


def test_a_comment_is_one_line() -> None:
    assert comment("a\nb\x1b", "  ") == "  # a b?"
    assert len(comment("x" * 300, "")) == 162
