"""The expression language of GitHub Actions."""

import pytest

from wfopt.formats.github.grammar import DEEPEST_NESTING, LONGEST_EXPRESSION, LOOK_UP, parse
from wfopt.model.expressions import (
    Call,
    Comparison,
    Expression,
    ExpressionError,
    Literal,
    Logic,
    Not,
    Reference,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("github.sha", Reference("github", ("sha",))),
        ("GitHub.event.labels.*.name", Reference("github", ("event", "labels", "*", "name"))),
        ("runner['temp']", Reference("runner", ("temp",))),
        ("matrix.list[0]", Reference("matrix", ("list", 0))),
        ("a[*]", Reference("a", ("*",))),
        ("'it''s'", Literal("it's")),
        ("TRUE", Literal(value=True)),
        ("null", Literal(None)),
        ("-12", Literal(-12)),
        ("0x1F", Literal(31)),
        ("1.5e2", Literal(150.0)),
        ("STARTSWITH(a, 'b')", Call("startsWith", (Reference("a"), Literal("b")))),
        ("success()", Call("success")),
        ("!a", Not(Reference("a"))),
        ("a == b", Comparison("==", Reference("a"), Reference("b"))),
        ("1 < 2 == true", Comparison("==", Comparison("<", Literal(1), Literal(2)), Literal(value=True))),
        ("a && b || c", Logic("||", (Logic("&&", (Reference("a"), Reference("b"))), Reference("c")))),
        ("a && (b || c)", Logic("&&", (Reference("a"), Logic("||", (Reference("b"), Reference("c")))))),
        ("a[b.c].d", Call(LOOK_UP, (Call(LOOK_UP, (Reference("a"), Reference("b", ("c",)))), Literal("d")))),
        ("(a).b", Reference("a", ("b",))),
        (" a\n ", Reference("a")),
    ],
)
def test_texts_are_read(text: str, expected: Expression) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("", "a value is expected, not the end", 0),
        ("a b", "the end is expected, not `b`", 2),
        ("a 'b'", "the end is expected, not `'b'`", 2),
        ('  "a"', '`"` has no place in an expression', 2),
        ("a + b", "`+` has no place in an expression", 2),
        ("'a", "`'` has no place in an expression", 0),
        ("nope()", "unknown function `nope`", 0),
        ("contains(a", "`)` is expected, not the end", 10),
        ("a.'b'", "a name must follow the `.`", 2),
        ("a[1", "`]` is expected, not the end", 3),
        ("&& a", "a value is expected, not `&&`", 0),
    ],
)
def test_other_texts_are_refused(text: str, message: str, offset: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.message, caught.value.offset) == (message, offset)


@pytest.mark.parametrize(
    "text",
    [
        "(" * (DEEPEST_NESTING + 1) + "a" + ")" * (DEEPEST_NESTING + 1),
        "!" * (DEEPEST_NESTING + 1) + "a",
        " == ".join(["a"] * (DEEPEST_NESTING + 2)),
        "a" + ".b" * (DEEPEST_NESTING + 1),
        "fromJSON(" * (DEEPEST_NESTING + 1),
    ],
)
def test_depth_is_limited(text: str) -> None:
    with pytest.raises(ExpressionError, match="nested deeper than 50 levels"):
        parse(text)


def test_length_is_limited() -> None:
    with pytest.raises(ExpressionError, match="longer than 21,000 characters"):
        parse("a" * (LONGEST_EXPRESSION + 1))
