"""Nodes as plain values."""

from __future__ import annotations

import pytest

from wfopt.errors import LoadError
from wfopt.formats.plain import plain, text_in
from wfopt.formats.positions import parse_yaml
from wfopt.source import SourceFile


def value(text: str) -> object:
    return plain(parse_yaml(SourceFile("a.yml", text))[0])


def test_values_keep_their_kinds() -> None:
    assert value("{a: 1, b: [1.5, x, null, true], c: '1'}") == {"a": 1, "b": [1.5, "x", None, True], "c": "1"}
    assert plain(None) is None


def test_an_alias_counts_as_often_as_it_is_used() -> None:
    ten = "[1, 2, 3, 4, 5, 6, 7, 8, 9]"
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 5))
    with pytest.raises(LoadError, match="more than 20,000 parts"):
        value(f"l0: &l0 {ten}\n{levels}")


@pytest.mark.parametrize(
    ("text", "found"), [("x", "x"), ("1.20", "1.20"), ("null", ""), ("[x]", ""), ("''", "")]
)
def test_texts_are_those_of_scalars(text: str, found: str) -> None:
    assert text_in(parse_yaml(SourceFile("a.yml", text))[0]) == found
    assert text_in(None) == ""
