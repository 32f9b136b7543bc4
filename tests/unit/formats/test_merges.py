"""Merge keys."""

from __future__ import annotations

import pytest

from tests.support.yaml_texts import LOADERS, child, parsed, place, refused, value
from wfopt.codes import TOO_COMPLEX, YAML_SYNTAX
from wfopt.errors import Severity
from wfopt.formats.merges import MAX_MERGED_PAIRS
from wfopt.formats.positions import LoaderType, parse_yaml
from wfopt.source import SourceFile

BASE = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\n"


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c:\n  <<: *a\n", {"x": 1, "y": 2}),
        ("c:\n  <<: *a\n  y: 9\n", {"x": 1, "y": 9}),
        ("c:\n  y: 9\n  <<: *a\n", {"x": 1, "y": 9}),
        ("c:\n  <<: [*a, *b]\n", {"x": 1, "y": 2, "z": 4}),
        ("c:\n  <<: [*b, *a]\n", {"x": 1, "y": 3, "z": 4}),
        ("c:\n  <<: {q: 1}\n", {"q": 1}),
        ("c:\n  <<: []\n  q: 1\n", {"q": 1}),
        ("d: &d {<<: *a, w: 5}\nc: {<<: *d, w: 6}\n", {"x": 1, "y": 2, "w": 6}),
        ("c: {'<<': 1, x: 2}\n", {"<<": 1, "x": 2}),
    ],
)
def test_merging(text: str, expected: dict[str, int], loader: LoaderType) -> None:
    assert value(child(parsed(BASE + text, loader), "c")) == expected


def test_merged_pairs_are_found_by_key() -> None:
    root = parsed(BASE + "c:\n  <<: *a\n")
    assert child(root, "c", "x") is child(root, "a", "x")


@pytest.mark.parametrize("written", ["3", "x", "[*a, 3]", "", "[[*a]]"])
def test_only_mappings_can_be_merged(written: str) -> None:
    (problem,) = refused(f"{BASE}c:\n  <<: {written}\n")
    assert problem.code is YAML_SYNTAX
    assert "`<<` merges a mapping" in problem.message
    assert problem.primary is not None
    assert place(problem.primary.span) == (4, 3)


def test_two_merge_keys_are_a_duplicate() -> None:
    text = BASE + "c:\n  <<: *a\n  <<: *b\n"
    root, problems = parse_yaml(SourceFile("w.yml", text), duplicate_keys=Severity.WARNING)
    assert [problem.message for problem in problems] == ["the key `<<` stands twice in one mapping"]
    assert value(child(root, "c")) == {"y": 3, "z": 4}


def bomb(levels: int, width: int) -> str:
    """Return mappings of which each merges the one before `width` times."""
    first = "l0: &l0 {" + ", ".join(f"k{i}: 1" for i in range(width)) + "}\n"
    merges = ", ".join(["*l{0}"] * width)
    return first + "".join(f"l{n}: &l{n}\n  <<: [{merges.format(n - 1)}]\n" for n in range(1, levels + 1))


def test_a_merge_bomb_is_refused() -> None:
    (problem,) = refused(bomb(6, 9))
    assert problem.code is TOO_COMPLEX
    assert problem.message == "the merge keys of the file copy more than 20,000 pairs"
    assert problem.primary is not None
    assert problem.primary.span.line == 9


def test_overridden_pairs_count_as_well() -> None:
    # 9 + 81 + 729 + 6,561 pairs: below the limit, though 9 keys are left in the end.
    assert len(value(child(parsed(bomb(3, 9)), "l3"))) == 9


@pytest.mark.parametrize(("uses", "is_allowed"), [(40, True), (41, False)])
def test_the_limit_counts_the_whole_document(uses: int, is_allowed: bool) -> None:
    pairs = MAX_MERGED_PAIRS // 40
    text = "a: &a {" + ", ".join(f"k{i}: 1" for i in range(pairs)) + "}\n"
    text += "".join(f"u{i}: {{<<: *a}}\n" for i in range(uses))
    if is_allowed:
        assert len(child(parsed(text), "u0").pairs) == pairs
    else:
        assert refused(text)[0].code is TOO_COMPLEX
