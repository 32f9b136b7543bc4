"""What declared outputs stand for."""

from pathlib import Path

import pytest

from tests.support.trees import Node, make_tree
from wfopt.cache.folders import top_folder
from wfopt.cache.selecting import declared, is_stored
from wfopt.model.patterns import PathPattern, parse_pattern

FILE: Node = ("file", 0o644, b"")
TREE: dict[str, Node] = {
    "out/a.o": FILE,
    "out/a.c": FILE,
    "out/deep/b.o": FILE,
    "out/deep/.wfopt/b.o": FILE,
    "out/empty": ("folder", 0o755),
    "out/folder.o/x": FILE,
    "out/link.o": ("link", "deep"),
    "top.o": FILE,
    ".wfopt/c.o": FILE,
}


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ("top.o", "top.o"),
        ("none", ""),
        ("none/x", ""),
        ("none/*", ""),
        ("out/deep", "out/deep out/deep/b.o"),
        ("out/deep/", "out/deep out/deep/b.o"),
        ("out/ !out/deep/ !out/folder.o", "out out/a.c out/a.o out/empty out/link.o"),
        ("out/ !out/**/*.o", "out out/a.c out/deep out/empty out/folder.o/x"),
        ("out/ !**/*.o out/a.o", "out out/a.c out/a.o out/deep out/empty out/folder.o/x"),
        ("*.o", "top.o"),
        ("*/*.o", "out/a.o out/link.o"),
        ("out/*", "out/a.c out/a.o out/link.o"),
        ("out/*.o", "out/a.o out/link.o"),
        ("out/*/*.o", "out/deep/b.o"),
        ("**/*.o", "out/a.o out/deep/b.o out/link.o top.o"),
        ("out/**", "out/a.c out/a.o out/deep out/deep/b.o out/empty out/folder.o out/folder.o/x out/link.o"),
        (
            "out/**/*",
            "out/a.c out/a.o out/deep out/deep/b.o out/empty out/folder.o out/folder.o/x out/link.o",
        ),
        ("out/d*/", "out/deep/b.o"),
        ("top.o !top.o", ""),
        ("!top.o top.o", "top.o"),
    ],
)
def test_what_is_selected(tmp_path: Path, outputs: str, expected: str) -> None:
    make_tree(tmp_path, TREE)
    with top_folder(str(tmp_path)) as top:
        found = {each.path for each in declared(top, [parse_pattern(text) for text in outputs.split()])}
    assert sorted(found) == expected.split()


@pytest.mark.parametrize("output", ["link/x", "link/*", "file/x", "file/*"])
def test_folders_that_are_links_or_files_are_not_entered(tmp_path: Path, output: str) -> None:
    make_tree(tmp_path, {"real/x": FILE, "link": ("link", "real"), "file": FILE})
    with top_folder(str(tmp_path)) as top, pytest.raises(NotADirectoryError):
        list(declared(top, [parse_pattern(output)]))


def test_the_last_pattern_that_matches_decides_on_copies() -> None:
    outputs = [PathPattern("out"), PathPattern("out/*.o", store=False), PathPattern("out/a.o", negated=True)]
    assert [is_stored(outputs, path) for path in ("out/a.c", "out/a.o")] == [True, False]
