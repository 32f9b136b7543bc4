"""Words and signs of an expression, and what has no place in one."""

import pytest

from wfopt.formats.tokens import Kind, Token, tokenize, unquoted
from wfopt.model.expressions import ExpressionError


def test_tokens_know_their_place() -> None:
    assert tokenize("a-b.c >= -1.5e3\n'x'", 10) == [
        Token(Kind.NAME, "a-b", 10),
        Token(Kind.SIGN, ".", 13),
        Token(Kind.NAME, "c", 14),
        Token(Kind.SIGN, ">=", 16),
        Token(Kind.NUMBER, "-1.5e3", 19),
        Token(Kind.STRING, "'x'", 26),
        Token(Kind.END, "", 29),
    ]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("'a'", "a"),
        ("''", ""),
        ("'it''s'", "it's"),
        (r"'a\n'", r"a\n"),
        ('"a\'b"', "a'b"),
        (r'"\"\\n"', r'"\n'),
    ],
)
def test_strings(text: str, meaning: str) -> None:
    assert [token.text for token in tokenize(text)] == [text, ""]
    assert unquoted(text) == meaning


@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ("a = b", 2, "`=` has no place in an expression", "write `==` to compare"),
        ("a === b", 4, "`=` has no place in an expression", "write `==` to compare"),
        ("a & b", 2, "`&` has no place in an expression", "write `&&`"),
        ("a | b", 2, "`|` has no place in an expression", "write `||`"),
        (
            "1 + 2",
            2,
            "`+` has no place in an expression",
            "expressions have no arithmetic; leave it to the script",
        ),
        (
            "a/b",
            1,
            "`/` has no place in an expression",
            "a step id with a `/` in it is written `needs['a/b'].status`",
        ),
        ("$HOME", 0, "`$` has no place in an expression", "write `env.NAME` for a variable"),
        ("x ;", 2, "`;` has no place in an expression", None),
        ("a == 'b", 5, "this string is never closed", "close it with `'`"),
        ("'a''", 0, "this string is never closed", "close it with `'`"),
        ('"a', 0, "this string is never closed", 'close it with `"`'),
        ('"a\\', 0, "this string is never closed", 'close it with `"`'),
    ],
)
def test_what_has_no_place(text: str, offset: int, message: str, hint: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        tokenize(text, 100)
    assert (caught.value.offset, caught.value.message, caught.value.hint) == (offset + 100, message, hint)


def test_unknown_escapes() -> None:
    with pytest.raises(ExpressionError, match="unknown escape in a string") as caught:
        tokenize(r'x "a\n"')
    assert caught.value.offset == 4


def test_expressions_do_not_nest() -> None:
    with pytest.raises(ExpressionError, match=r"`\$\{\{` inside an expression") as caught:
        tokenize("!${{ x }}")
    assert caught.value.offset == 1
