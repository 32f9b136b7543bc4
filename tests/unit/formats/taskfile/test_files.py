"""Patterns with braces."""

from __future__ import annotations

import pytest

from wfopt.formats.taskfile.files import alternatives
from wfopt.model.patterns import PatternError


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", ["a"]),
        ("*.{js,ts}", ["*.js", "*.ts"]),
        ("{a,b}{c,d}", ["ac", "ad", "bc", "bd"]),
        ("{a,{b,c}}", ["a", "b", "a", "c"]),
        ("{a}", ["{a}"]),
        ("}x{", ["}x{"]),
    ],
)
def test_braces_stand_for_alternatives(text: str, found: list[str]) -> None:
    assert list(alternatives(text)) == found


def test_too_many_alternatives_are_refused() -> None:
    with pytest.raises(PatternError, match="too many"):
        list(alternatives("{a,b}" * 12))
