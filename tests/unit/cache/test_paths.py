"""Paths that the cache keeps, and those that it refuses."""

import pytest

from wfopt.cache.paths import in_order, link_problem, path_problem, to_bytes


@pytest.mark.parametrize(
    "path",
    ["a", "a/b", "...", "a/..b", "-", "a b\n", "\udcff", "ä/ö", ".wfopt2/x", "x" * 255, "/".join("x" * 2048)],
)
def test_fine_paths(path: str) -> None:
    assert path_problem(path) == ""


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("", "is not a normalized path in the workspace"),
        ("/", "is not a normalized path in the workspace"),
        ("/etc/passwd", "is not a normalized path in the workspace"),
        ("a//b", "is not a normalized path in the workspace"),
        ("a/", "is not a normalized path in the workspace"),
        (".", "is not a normalized path in the workspace"),
        ("a/./b", "is not a normalized path in the workspace"),
        ("..", "is not a normalized path in the workspace"),
        ("a/../../b", "is not a normalized path in the workspace"),
        ("a\0b", "is not a normalized path in the workspace"),
        (".wfopt", "is inside `.wfopt/`"),
        ("a/.wfopt/x", "is inside `.wfopt/`"),
        ("\ud800", "is not the name of a file"),
        ("\udcc3\udca4", "is not the name of a file"),
        ("x" * 256, "is too long"),
        ("/".join("x" * 2049), "is too long"),
    ],
)
def test_refused_paths(path: str, problem: str) -> None:
    assert path_problem(path) == problem


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("a", "b"),
        ("a/b", "../c"),
        ("a/b", ".."),
        ("a", "."),
        ("a/b", "../"),
        ("a", "x/"),
        ("a/b/c", "../../d/e"),
    ],
)
def test_fine_links(path: str, target: str) -> None:
    assert link_problem(path, target) == ""


@pytest.mark.parametrize(
    ("path", "target", "problem"),
    [
        ("a", "/etc", "is a link to the absolute path `/etc`"),
        ("a", "", "is a link to nothing"),
        ("a", "..", "is a link to `..`, which is not a normalized path in the workspace"),
        ("a/b", "../../c", "is a link to `../../c`, which is not a normalized path in the workspace"),
        ("a", "b/../../c", "is a link to `b/../../c`, which holds `..` in its middle"),
        ("a", "b/..", "is a link to `b/..`, which holds `..` in its middle"),
        ("a", ".wfopt/x", "is a link to `.wfopt/x`, which is inside `.wfopt/`"),
        ("a", "\ud800", "is a link to something that is not the name of a file"),
        ("a", "b\0", "is a link to `b\0`, which is not a normalized path in the workspace"),
    ],
)
def test_refused_links(path: str, target: str, problem: str) -> None:
    assert link_problem(path, target) == problem


def test_texts_of_the_system_have_bytes() -> None:
    assert to_bytes("a\udcffä") == b"a\xff\xc3\xa4"


def test_a_folder_comes_right_before_its_content() -> None:
    assert sorted(["a-b", "a/b", "a", "a.c/d", "a.c"], key=in_order) == ["a", "a/b", "a-b", "a.c", "a.c/d"]
