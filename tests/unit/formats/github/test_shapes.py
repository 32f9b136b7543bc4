"""Looking at nodes of any kind."""

import pytest

from tests.support.github_files import mapping
from wfopt.formats.github.shapes import (
    flag_of,
    get,
    number_of,
    pairs_of,
    places_of,
    start_of,
    text_of,
    texts_of,
)


@pytest.mark.parametrize(
    ("value", "text"), [("x", "x"), ("~", ""), ("'~'", "~"), ("[x]", ""), ("{x: y}", ""), ("3.10", "3.10")]
)
def test_texts(value: str, text: str) -> None:
    assert text_of(mapping(f"a: {value}").get("a")) == text


@pytest.mark.parametrize(
    ("value", "texts"), [("x", ("x",)), ("[x, [y], ~, z]", ("x", "z")), ("{x: y}", ()), ("~", ())]
)
def test_lists_of_texts(value: str, texts: tuple[str, ...]) -> None:
    assert texts_of(mapping(f"a: {value}").get("a")) == texts


@pytest.mark.parametrize(
    ("value", "flag"), [("true", True), ("False", False), ("'true'", True), ("yes", None), ("[]", None)]
)
def test_flags(value: str, flag: bool | None) -> None:
    assert flag_of(mapping(f"a: {value}").get("a")) is flag


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("5", 5),
        ("'0.5'", 0.5),
        ("0", None),
        ("-1", None),
        ("x", None),
        ("1e9", None),
        ("9" * 30, None),
        (".", None),
    ],
)
def test_numbers(value: str, number: float | None) -> None:
    assert number_of(mapping(f"a: {value}").get("a")) == number


def test_keys_that_are_missing() -> None:
    node = mapping("a: {b: {c: x}, d: y}")
    assert text_of(get(node, "a", "b", "c")) == "x"
    assert get(node, "a", "d", "c") is None
    assert get(None, "a") is None
    assert pairs_of(get(node, "a", "d")) == []
    assert set(places_of(node)) == {"a"}


def test_a_mapping_starts_with_its_own_first_key() -> None:
    node = mapping("a: &a {x: 1}\nb:\n  <<: *a\n  y: 2")
    inner = node.get("b")
    assert inner is not None
    assert start_of(mapping("{}")).line == 1
    assert start_of(pairs_of(node)[0][1]).column == 8  # type: ignore[arg-type]
    assert start_of(inner).line == 4  # type: ignore[arg-type]
