"""Each pass makes of its fixtures what is expected, and nothing where a condition does not hold.

`tests/fixtures/passes/NAME` has the files of one pass, each with a `.out` beside it and, where more than the
file matters, a `.facts.json`. Nothing changes in files with `-refused` in their name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.pass_text import pass_text
from wfopt.optimizer.base import Pass
from wfopt.optimizer.registry import PASSES, pass_named

FOLDER = Path(__file__).parents[2] / "fixtures" / "passes"
FILES = sorted(FOLDER.rglob("*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_rewrites(path: Path, expect: Callable[[str, Path], None]) -> None:
    one = pass_named(path.parent.name)
    assert one is not None
    text = pass_text(one, path)
    assert ("\n+++ after" in text) == ("-refused" not in path.name)
    expect(text, path.with_suffix(".out"))


@pytest.mark.parametrize("one", PASSES, ids=lambda one: one.name)
def test_each_pass_has_fixtures_and_an_explanation(one: Pass) -> None:
    names = [path.name for path in FILES if path.parent.name == one.name]
    assert any("-refused" in name for name in names)
    assert any("-refused" not in name for name in names)
    text = type(one).__doc__ or ""
    for part in ("Before:", "After:", "Does not apply"):
        assert part in text
