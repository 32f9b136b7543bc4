"""Functions with arguments that are known."""

import pytest

from wfopt.formats.github.functions import evaluated, member
from wfopt.formats.github.grammar import LOOK_UP
from wfopt.model.expressions import ExpressionError, Value


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("format", ["{1} {0} {{0}}", "a", 2], "2 a {0}"),
        ("join", [("a", 1)], "a,1"),
        ("join", [("a", 1), " "], "a 1"),
        ("fromJSON", ['{"a": [1, null, {"b": true}]}'], {"a": (1, None, {"b": True})}),
        ("toJSON", ["a"], '"a"'),
        (LOOK_UP, [{"a": 1}, "a"], 1),
    ],
)
def test_values(name: str, values: list[Value], expected: Value) -> None:
    assert evaluated(name, values) == expected


@pytest.mark.parametrize(
    ("name", "values"),
    [("hashFiles", ["a"]), ("format", [1]), ("fromJSON", ["{"]), (LOOK_UP, ["a", "b"]), ("join", ["a"])],
)
def test_what_is_not_known(name: str, values: list[Value]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is all that matters
        evaluated(name, values)


def test_a_mapping_has_no_text() -> None:
    with pytest.raises(ExpressionError):
        evaluated("format", ["{0}", {"a": 1}])


def test_members() -> None:
    assert member({"a": 1}, "b") is None
    assert member(("x", "y"), 1) == "y"
    assert member(("x", "y"), 2) is None
