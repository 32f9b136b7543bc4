"""What path patterns cover, and what outputs mean for readers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.model.patterns import PathPattern, matches, parse_pattern, selects
from wfopt.model.relations import Relation, covers, relate


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("a/", "a/b", True),
        ("a", "a/b/", True),
        ("a/b", "a", False),
        ("*.c", "x.c", True),
        ("a/*", "a/b/", False),
        ("a/**", "a/b/", True),
        ("a/**/*", "a/b/", True),
        ("a/**", "a/", True),
        ("a/*/", "a/b/", True),
        ("a/*/", "a/", False),
        ("a/**", "a/b*/c", True),
        ("a/", "a/*.c", True),
        ("a/b/**", "a/*.c", False),
        ("a/*.c", "a/*.c", True),
        ("a/*.c", "a/x*.c", False),
        ("**", "**/*.c", True),
        ("**", ".", True),
        ("**/*", ".", True),
    ],
)
def test_covering(outer: str, inner: str, expected: bool) -> None:
    assert covers(parse_pattern(outer), parse_pattern(inner)) is expected


@pytest.mark.parametrize(
    ("output", "reads", "expected"),
    [
        # literal, literal
        ("a/b.txt", ["a/b.txt"], Relation.DATA),
        ("a/b.txt", ["a/"], Relation.DATA),
        ("a/b.txt", ["a"], Relation.DATA),
        ("a/", ["a/b.txt"], Relation.DATA),
        ("a/b.txt", ["a/b.txt.bak"], Relation.NONE),
        ("a/b.txt", ["."], Relation.DATA),
        ("a", [], Relation.NONE),
        # literal output, glob input
        ("out/x.xml", ["out/**/*.xml"], Relation.DATA),
        ("out/x.xml", ["out/**/*.html"], Relation.NONE),
        ("out/", ["out/**/*.xml"], Relation.DATA),
        ("out", ["out/*.xml"], Relation.DATA),
        ("src/gen/", ["src/*/"], Relation.DATA),
        ("src/gen/", ["src/**"], Relation.DATA),
        ("src/gen/", ["src/**/*.c"], Relation.HAZARD),
        ("src/gen/", ["src/*/*.c"], Relation.HAZARD),
        ("src/gen/", ["src/*.c"], Relation.NONE),
        ("src/gen/deep/", ["src/*/"], Relation.DATA),
        ("src/gen/", ["lib/**/*.c"], Relation.NONE),
        (".deps/", ["*.toml"], Relation.NONE),
        ("src/version.c", ["**/*.py"], Relation.NONE),
        # glob output, literal input
        ("out/*.xml", ["out/x.xml"], Relation.DATA),
        ("out/*.xml", ["out/"], Relation.DATA),
        ("out/*.xml", ["out"], Relation.DATA),
        ("out/*.xml", ["out/x.html"], Relation.NONE),
        ("out/**/*.xml", ["out/deep/"], Relation.HAZARD),
        ("out/*/", ["out/deep/"], Relation.DATA),
        ("out/*/", ["out/deep"], Relation.HAZARD),
        ("**/*.gen.c", ["src"], Relation.HAZARD),
        ("lib/**/*.gen.c", ["src"], Relation.NONE),
        # glob, glob
        ("out/*.xml", ["out/*.html"], Relation.HAZARD),
        ("out/**", ["out/a/*.xml"], Relation.HAZARD),
        ("out/a*", ["**/*.py"], Relation.HAZARD),
        ("out/a*", ["out/b*"], Relation.NONE),
        # several inputs
        ("a", ["b", "a"], Relation.DATA),
        ("out/*.xml", ["out/*.html", "out/x.xml"], Relation.DATA),
        ("out/*.xml", ["out/x.xml", "out/*.html"], Relation.DATA),
        # negated inputs
        ("src/gen/a.c", ["src/**/*.c", "!src/gen/**"], Relation.NONE),
        ("src/gen/a.c", ["!src/gen/**", "src/**/*.c"], Relation.DATA),
        ("src/gen/a.c", ["src/**/*.c", "!src/gen/**", "src/gen/a.c"], Relation.DATA),
        ("src/gen/", ["src/**/*.c", "!src/gen/"], Relation.NONE),
        ("src/gen/", ["src/**/*.c", "!src/gen/**"], Relation.NONE),
        ("src/gen/", ["src/**", "!src/gen/*.c"], Relation.DATA),
        ("src/gen/*.c", ["src/**", "!src/gen/**"], Relation.NONE),
        ("src/*.c", ["src/**", "!src/gen/**"], Relation.HAZARD),
        ("a", ["!a"], Relation.NONE),
        ("!out/*.map", ["out/x.map"], Relation.NONE),
    ],
)
def test_relating(output: str, reads: list[str], expected: Relation) -> None:
    found = relate(parse_pattern(output), tuple(parse_pattern(read) for read in reads))
    assert found is expected


NAMES = st.sampled_from(["a", "b", "*", "a*", "?", "**", "[ab]"])
PATTERNS = st.builds(
    lambda names, negated, end: parse_pattern(negated + "/".join(names) + end),
    st.lists(NAMES, min_size=1, max_size=3),
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
)
PATHS = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4).map("/".join)


def declared(pattern: PathPattern, path: str) -> bool:
    """Whether a pattern declares this file: a literal is a file, unless a `/` makes it a folder."""
    if pattern.is_glob:
        return matches(pattern, path)
    return path.startswith(f"{pattern.text}/") if pattern.directory else path == pattern.text


@settings(deadline=None)
@given(PATTERNS, PATTERNS, PATHS)
def test_what_covers_matches_all_that_the_other_declares(
    outer: PathPattern, inner: PathPattern, path: str
) -> None:
    if covers(outer, inner) and declared(inner, path):
        assert matches(outer, path)


@settings(deadline=None)
@given(PATTERNS, st.lists(PATTERNS, max_size=3).map(tuple), PATHS)
def test_a_path_that_is_written_and_read_makes_a_relation(
    output: PathPattern, reads: tuple[PathPattern, ...], path: str
) -> None:
    if not output.negated and declared(output, path) and selects(reads, path):
        assert relate(output, reads) is not Relation.NONE
