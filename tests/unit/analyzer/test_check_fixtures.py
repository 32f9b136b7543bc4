"""Each check finds in its fixtures what is expected, and nothing where there is nothing to find.

`tests/fixtures/checks/WFnnn` has the files of one check, such as `github-plain.yml`, each with a `.out`
beside it and, where the history matters, a `.facts.json`. Files with `-quiet` in their name are near misses.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.case_text import case_of_file, findings_text
from wfopt.analyzer.registry import CHECKS, check_named

FOLDER = Path(__file__).parents[2] / "fixtures" / "checks"
FILES = sorted(path for path in FOLDER.rglob("*.*") if not path.name.endswith((".out", ".facts.json")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_findings(path: Path, expect: Callable[[str, Path], None]) -> None:
    check = check_named(path.parent.name)
    assert check is not None
    text = findings_text(check, case_of_file(path))
    assert (not text.strip()) == ("-quiet" in path.name)
    expect(text, path.with_suffix(".out"))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code.number)
def test_each_check_has_fixtures_and_an_explanation(check: object) -> None:
    number = getattr(check, "code").number  # noqa: B009 - any check
    names = [path.name for path in FILES if path.parent.name == number]
    assert any("-quiet" in name for name in names)
    assert any("-quiet" not in name for name in names)
    text = type(check).__doc__ or ""
    for part in ("Before:", "After:", "Does not apply"):
        assert part in text
