"""What a selector names, and how ids are written."""

from __future__ import annotations

import pytest

from tests.support.builders import step
from wfopt.formats.native.naming import StepNames
from wfopt.model.selectors import Directory, cell_id, directory_of


def directory() -> Directory:
    cells = [(("os", "a b"), ("py", "3.10")), (("os", "a b"), ("py", "3.11")), (("os", "c"), ("py", "3.10"))]
    tests = [step(cell_id("test", cell), definition="test", cell=cell) for cell in cells]
    return directory_of([step("build"), *tests, step("x/y/z")])


@pytest.mark.parametrize(
    ("selector", "places"),
    [
        ("build", (0,)),
        ("test", (1, 2, 3)),
        ("test[os=a%20b,py=3.11]", (2,)),
        ("test[py=3.11,os=a b]", (2,)),
        ("test[os=a b]", (1, 2)),
        ("test[os=a%20b]", (1, 2)),
        ("*[py=3.10]", (1, 3)),
        ("t?st", (1, 2, 3)),
        ("*", (0, 1, 2, 3, 4)),
        ("x", (4,)),
        ("x/y", (4,)),
        ("x/*", (4,)),
        ("x/*/z", (4,)),
        ("test[]", ()),
        ("test[py]", ()),
        ("test[py=3.1]", ()),
        ("build[py=3.10]", ()),
        ("test[py=3.10", ()),
        ("y", ()),
        ("", ()),
    ],
)
def test_selectors_name_steps(selector: str, places: tuple[int, ...]) -> None:
    assert directory().select(selector) == places


def test_only_so_many_misspelt_names_are_compared() -> None:
    names = StepNames(directory(), "", ())
    found = [names.nearest(f"{number}build") for number in range(30)]
    assert found == ["build"] * 20 + [None] * 10
    assert names.nearest("0build") == "build"


def test_a_file_sees_names_without_its_prefix() -> None:
    names = StepNames(directory(), "x/", ("x/gone/",))
    assert names.select("y/z") == (4,)
    assert names.select("build") == ()
    assert names.nearest("y/zz") == "y/z"
    assert names.nearest("z") == "y/z"
    assert [names.is_absent(name) for name in ("gone", "gone/a", "gon", "y")] == [True, True, False, False]
