"""What expressions mention, and how they are written."""

import pytest

from wfopt.formats.github.grammar import parse
from wfopt.formats.github.writing import mentions, written


@pytest.mark.parametrize(
    "text",
    [
        "github.event.labels.*.name",
        "a.b[0]",
        "a[b.c]",
        "!(a == 'it''s' && 1 < 2)",
        "contains(a, 'b') || success()",
        "null == true",
        "format('{0}', -1.5)",
    ],
)
def test_writing_and_reading_give_the_same(text: str) -> None:
    assert parse(written(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'text'", set()),
        ("GitHub.SHA", {"github.sha"}),
        ("secrets.Token && !needs.a.outputs.b", {"secrets.Token", "needs.a"}),
        ("success() == (steps.*.outcome == env.X)", {"success()", "steps.*", "env.X"}),
        ("toJSON(github)", {"github"}),
        ("hashFiles('x')", set()),
    ],
)
def test_mentions_are_cut_to_two_words(text: str, expected: set[str]) -> None:
    assert mentions(parse(text)) == expected
