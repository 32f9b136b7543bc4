"""Globs against a slow matcher that tries everything."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.model.globs import check_name, compile_glob


def slow_match(glob: str, path: str) -> bool:
    """Match by trying every split; names are `a`, `b`, `.`; classes are not known here."""
    below = glob.endswith("/")
    return _match_names(glob.rstrip("/").split("/"), path.split("/"), below=below)


def _match_names(globs: list[str], names: list[str], *, below: bool) -> bool:
    if not globs:
        return bool(names) if below else not names
    if globs[0] == "**":
        if len(globs) == 1:
            return bool(names)
        return any(_match_names(globs[1:], names[skip:], below=below) for skip in range(len(names) + 1))
    return bool(names) and _match_name(globs[0], names[0]) and _match_names(globs[1:], names[1:], below=below)


def _match_name(glob: str, name: str) -> bool:
    if not glob:
        return not name
    if glob[0] == "*":
        return any(_match_name(glob[1:], name[skip:]) for skip in range(len(name) + 1))
    return bool(name) and glob[0] in {"?", name[0]} and _match_name(glob[1:], name[1:])


GLOB_NAMES = st.one_of(
    st.just("**"), st.text(alphabet="ab.*?", min_size=1, max_size=4).filter(lambda n: "**" not in n)
)
GLOBS = st.builds(
    lambda names, end: "/".join(names) + end,
    st.lists(GLOB_NAMES, min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)
PATHS = st.lists(st.text(alphabet="ab.", min_size=1, max_size=3), min_size=1, max_size=5).map("/".join)


@settings(deadline=None)
@given(GLOBS, PATHS)
def test_it_agrees_with_the_slow_matcher(glob: str, path: str) -> None:
    assert (compile_glob(glob).fullmatch(path) is not None) == slow_match(glob, path)


@pytest.mark.parametrize(
    "glob", ["a/**/b", "**/b", "a/**", "**", "*b", "a*/*", "a/*/", "**/a/**/b", "**/a/**/b/**", "?/**/?*"]
)
def test_it_agrees_on_all_short_paths(glob: str) -> None:
    compiled = compile_glob(glob)
    for length in range(1, 5):
        for names in product(("a", "b", "ab"), repeat=length):
            path = "/".join(names)
            assert (compiled.fullmatch(path) is not None) == slow_match(glob, path), path


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("[ab]", "ab", "cA/"),
        ("[!ab]", "cA.", "ab/"),
        ("[^ab]", "c", "ab/"),
        ("[a-c]", "abc", "d-/"),
        ("[+-9]", "+,-.059", "/:"),
        ("[]a]", "]a", "b["),
        ("[!]a]", "b[", "]a"),
        ("[-a]", "-a", "b"),
        ("[a-]", "-a", "b"),
        ("[[]", "[", "]a"),
        ("[*?]", "*?", "ab"),
        ("[a^]", "a^", "b"),
        ("[&|~-~]", "&|~", "ab"),
        ("?", "ab.*[", "/"),
    ],
)
def test_classes(glob: str, yes: str, no: str) -> None:
    compiled = compile_glob(glob)
    assert [char for char in yes if not compiled.fullmatch(char)] == []
    assert [char for char in no if compiled.fullmatch(char)] == []


@pytest.mark.parametrize(
    ("name", "message"),
    [("a[b", "a `[` is not closed"), ("[]", "not closed"), ("[z-a]", "the range `z-a` is reversed")],
)
def test_bad_names(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        check_name(name)


def test_many_wildcards_take_no_exponential_time() -> None:
    path = "/".join(["aaaaaaaaaaaaaaaaaaaaaaaa"] * 40)
    assert compile_glob("**/a*/" * 12 + "b").fullmatch(path) is None
    assert compile_glob("a*" * 24 + "b").fullmatch("a" * 200) is None


def test_line_breaks_in_names_are_ordinary() -> None:
    assert compile_glob("a/**").fullmatch("a/b\nc")
    assert compile_glob("a/*").fullmatch("a/b\nc")
    assert not compile_glob("a/b").fullmatch("a/b\n")
