"""Words for what is refused."""

from __future__ import annotations

import pytest

from tests.support.yaml_texts import scalar
from wfopt.formats.refusals import shortened, unknown_tag


@pytest.mark.parametrize(
    ("text", "expected"), [("", ""), ("a" * 60, "a" * 60), ("a" * 61, "a" * 57 + "..."), ("a\nb", "a\nb")]
)
def test_shortened(text: str, expected: str) -> None:
    assert shortened(text) == expected


def test_tags_of_yaml_and_of_others() -> None:
    at = scalar("a: 1\n", "a").span
    assert unknown_tag(at, "!!int", "tag:yaml.org,2002:int").message == "the tag `!!int` is not supported"
    assert unknown_tag(at, "!int", "!int").message == "unknown tag `!int`"
