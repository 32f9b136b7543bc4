"""Values of expressions: truth, equality, order, text, look-up and functions."""

import pytest

from wfopt.model.values import (
    ExpressionError,
    Value,
    are_equal,
    call,
    compare,
    describe,
    is_true,
    look_up,
    number_of,
    text_of,
)


@pytest.mark.parametrize("value", [None, False, 0, 0.0, "", (), {}])
def test_false_values(value: Value) -> None:
    assert is_true(value) is False


@pytest.mark.parametrize("value", [True, 1, -0.5, "false", "0", (None,), {"a": None}])
def test_true_values(value: Value) -> None:
    assert is_true(value) is True


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (-0.0, "0"),
        (4.0, "4"),
        (3.1, "3.1"),
        (0.1, "0.1"),
        (1e20, "1e+20"),
        ("3.10", "3.10"),
        ((1, "a", (True, None)), "1 a true "),
        ((), ""),
    ],
)
def test_text(value: Value, text: str) -> None:
    assert text_of(value) == text


def test_a_mapping_has_no_text() -> None:
    with pytest.raises(ExpressionError, match="a mapping has no text form") as caught:
        text_of(({"a": 1},), 7)
    assert (caught.value.offset, caught.value.hint) == (7, "name one of its keys")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("4", 4, True),
        ("4", 4.0, True),
        ("4.0", 4, False),
        ("3.10", 3.1, False),
        ("3.1", 3.1, True),
        ("true", True, True),
        ("True", True, False),
        ("a", "A", False),
        (4, 4.0, True),
        (1, True, False),
        (0, False, False),
        (None, None, True),
        (None, "", False),
        (None, 0, False),
        (None, False, False),
        ("", (), False),
        ((1, "2"), ("1", 2), True),
        ((1,), (1, 1), False),
        ((1,), (True,), False),
        ({"a": 1}, {"a": "1"}, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, ("a",), False),
    ],
)
def test_equality(left: Value, right: Value, expected: bool) -> None:
    assert are_equal(left, right) is expected
    assert are_equal(right, left) is expected
    assert compare("==", left, right, 0) is expected
    assert compare("!=", left, right, 0) is not expected


@pytest.mark.parametrize(
    ("left", "operator", "right", "expected"),
    [
        (1, "<", 2, True),
        (2, "<", 2, False),
        (2, "<=", 2.0, True),
        ("10", ">", "9", True),
        ("10", ">", 9, True),
        ("-1.5", ">=", "-1.5", True),
        (1, ">=", 2, False),
        (2, ">", 2, False),
    ],
)
def test_order(left: Value, operator: str, right: Value, expected: bool) -> None:
    assert compare(operator, left, right, 0) is expected


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (1, "abc", "`abc`"),
        (None, 1, "null"),
        (1, True, "`true`"),
        ((), 1, "a list"),
        ({}, 1, "a mapping"),
        ("1e5", 1, "`1e5`"),
        ("x" * 50, 1, "a text of 50 characters"),
        ("9" * 5000, 1, "a text of 5000 characters"),
    ],
)
def test_only_numbers_have_an_order(left: Value, right: Value, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compare("<", left, right, 3)
    assert caught.value.message == f"`<` compares numbers, not {said}"
    assert caught.value.offset == 3
    assert caught.value.hint == "use `==` or `!=` for text"


@pytest.mark.parametrize(
    ("value", "number"),
    [("07", 7), ("1.50", 1.5), (" 1", None), ("٣", None), ("", None), (True, None), (2.5, 2.5)],
)
def test_numbers(value: Value, number: float | None) -> None:
    assert number_of(value) == number


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("contains", ("haystack", "st"), True),
        ("contains", ("haystack", "ST"), False),
        ("contains", (123, 2), True),
        ("contains", (None, "a"), False),
        ("contains", (("a", "1"), 1), True),
        ("contains", (("ab",), "a"), False),
        ("startsWith", ("refs/heads", "refs/"), True),
        ("startsWith", ("refs", "REF"), False),
        ("endsWith", ("a.py", ".py"), True),
        ("endsWith", ("a.py", ".c"), False),
        ("range", (3,), (0, 1, 2)),
        ("range", ("2", "4"), (2, 3)),
        ("range", (5, 0, -2), (5, 3, 1)),
        ("range", (-1,), ()),
        ("range", (4096,), tuple(range(4096))),
    ],
)
def test_functions(name: str, arguments: tuple[Value, ...], expected: Value) -> None:
    assert call(name, arguments, 0) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("contains", ({"a": 1}, "a"), "`contains` takes text here, not a mapping"),
        ("contains", ("a", ("a",)), "`contains` takes text here, not a list"),
        ("startsWith", ((), "a"), "`startsWith` takes text here, not a list"),
        ("endsWith", ("a", {}), "`endsWith` takes text here, not a mapping"),
        ("range", (1.5,), "`range` takes whole numbers, not `1.5`"),
        ("range", ("x",), "`range` takes whole numbers, not `x`"),
        ("range", (None,), "`range` takes whole numbers, not null"),
        ("range", (0, 9, 0), "the step of a `range` cannot be 0"),
        ("range", (4097,), "this `range` has more than 4,096 elements"),
        ("range", (10**100,), "this `range` has more than 4,096 elements"),
    ],
)
def test_refusing_functions(name: str, arguments: tuple[Value, ...], message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        call(name, arguments, 5)
    assert (caught.value.message, caught.value.offset) == (message, 5)


CONTEXTS: dict[str, Value] = {
    "params": {"top": "3", "tag": "x"},
    "env": {"A": "1"},
    "matrix": {"os": {"name": "linux"}, "0": "zero"},
    "item": ("a", {"k": 1}),
    "needs": {"a.b": {"status": "succeeded", "out": {"N": "v"}}},
    "failed": {"ids": ()},
}


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        ("params", ("top",), "3"),
        ("env", ("A",), "1"),
        ("env", ("MISSING",), None),
        ("matrix", ("os", "name"), "linux"),
        ("matrix", ("os", "missing", "deeper"), None),
        ("matrix", (0,), "zero"),
        ("item", (), ("a", {"k": 1})),
        ("item", (1, "k"), 1),
        ("item", (2,), None),
        ("item", (2, "k"), None),
        ("needs", ("a.b", "status"), "succeeded"),
        ("failed", ("ids", 0), None),
    ],
)
def test_look_up(root: str, path: tuple[str | int, ...], expected: Value) -> None:
    assert look_up(CONTEXTS, root, path, 0) == expected


@pytest.mark.parametrize(
    ("root", "path", "message", "hint"),
    [
        ("params", ("topp",), "`params` has no `topp`", "did you mean `top`?"),
        ("params", ("zzz",), "`params` has no `zzz`", "known: `top`, `tag`"),
        ("needs", ("a.b", "out", "M"), "`needs.a.b.out` has no `M`", "known: `N`"),
        ("env", ("A", "x"), "`env.A` is `1` and has no `x`", None),
        ("item", (0, "x"), "`item[0]` is `a` and has no `x`", None),
        ("item", ("x",), "`item` is a list and has no `x`", None),
        ("failed", ("ids", 0, "x"), "`failed.ids[0]` is null and has no `x`", None),
        ("secrets", ("x",), "`secrets` has no value here", None),
    ],
)
def test_failing_look_up(root: str, path: tuple[str | int, ...], message: str, hint: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        look_up(CONTEXTS, root, path, 4)
    assert (caught.value.message, caught.value.offset, caught.value.hint) == (message, 4, hint)


def test_hints_name_a_few_and_count_the_rest() -> None:
    with pytest.raises(ExpressionError) as caught:
        look_up({"params": {f"param-{number}": "" for number in range(10)}}, "params", ("zz",), 0)
    assert caught.value.hint is not None
    assert caught.value.hint.endswith("`param-7` and 2 more")
    with pytest.raises(ExpressionError) as caught:
        look_up({"params": {}}, "params", ("zz",), 0)
    assert caught.value.hint == "nothing is declared there"


def test_descriptions() -> None:
    assert [describe(value) for value in (None, 1.5, "a")] == ["null", "`1.5`", "`a`"]
