"""Keys of block mappings are found in the text, and nothing where the text is something else."""

from __future__ import annotations

import pytest

from tests.support.texts_at import place_of
from wfopt.analyzer.yaml_blocks import Entry, below, is_block_key, siblings

STEPS = """\
steps:
- uses: actions/checkout@v4
  with:
    # all of it
    fetch-depth: 0

    "quoted" : yes # said
- name: two
  run: |
    with: no key
    # neither

  env: {A: b}
# end
after: 1
"""


def shown(entries: tuple[Entry, ...]) -> list[tuple[str, int, str, int]]:
    return [(each.key, each.span.line, each.value, each.end_line) for each in entries]


def test_keys_beside_a_key_are_those_of_its_own_item() -> None:
    wanted = [("uses", 2, "actions/checkout@v4", 2), ("with", 3, "", 7)]
    assert shown(siblings(place_of(STEPS, "uses"))) == wanted
    assert shown(siblings(place_of(STEPS, "with:"))) == wanted


def test_keys_beside_a_later_key_of_an_item() -> None:
    wanted = [("name", 8, "two", 8), ("run", 9, "|", 10), ("env", 13, "{A: b}", 13)]
    assert shown(siblings(place_of(STEPS, "env:"))) == wanted


def test_keys_at_the_top() -> None:
    assert shown(siblings(place_of(STEPS, "after"))) == [("steps", 1, "", 13), ("after", 15, "1", 15)]


def test_keys_below_a_key() -> None:
    given = siblings(place_of(STEPS, "with:"))[1]
    assert shown(below(given)) == [("fetch-depth", 5, "0", 5), ("quoted", 7, "yes", 7)]
    assert [each.span.column for each in below(given)] == [5, 5]


@pytest.mark.parametrize("key", ["name", "run:", "env"])
def test_nothing_is_below_what_is_no_block_mapping(key: str) -> None:
    name = key.rstrip(":")
    entry = next(each for each in siblings(place_of(STEPS, "name")) if each.key == name)
    assert below(entry) == ()


def test_nothing_is_below_a_key_without_a_value() -> None:
    text = "on:\n  push:\n  pull_request:\n"
    push = siblings(place_of(text, "push"))[0]
    assert push.end_line == 2
    assert below(push) == ()


def test_nothing_is_below_a_key_whose_list_stands_in_its_column() -> None:
    text = "on:\n- push\n"
    assert below(siblings(place_of(text, "on"))[0]) == ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a: {b: 1}\n", "b"),
        ("a: {\n  b: 1,\n  c: 2\n}\n", "b"),
        ("a: {\n  b: 1,\n  c: 2\n}\n", "c"),
        ("a: [\n  b: 1\n]\n", "b"),
        ("a: { # open\n  b: 1\n}\n", "b"),
        ("? b\n: c\n", "b"),
        ("a:\n-\tb: 1\n", "b"),
    ],
)
def test_other_styles_have_no_block_keys(text: str, key: str) -> None:
    place = place_of(text, key)
    assert not is_block_key(place)
    assert siblings(place) == ()


def test_line_ends_of_windows_and_nested_lists() -> None:
    text = "a:\r\n  - - b: 1\r\n      c: 2\r\n"
    assert shown(siblings(place_of(text, "c"))) == [("b", 2, "1", 2), ("c", 3, "2", 3)]


@pytest.mark.parametrize("indent", ["", "  "])
def test_lists_of_mappings_are_values_without_keys(indent: str) -> None:
    text = f"a: 1\nb:\n{indent}- c: 3\n{indent}- e: 4\nd: 2\n"
    found = siblings(place_of(text, "a"))
    assert shown(found) == [("a", 1, "1", 1), ("b", 2, "", 4), ("d", 5, "2", 5)]
    assert below(found[1]) == ()
