"""The words that expressions know, and help with those that they do not."""

import pytest

from wfopt.formats.tokens import Kind, Token
from wfopt.formats.vocabulary import ARITIES, check_keys, unknown_function, unknown_name
from wfopt.model.expressions import STATUS_FUNCTIONS, ExpressionError
from wfopt.model.values import FUNCTIONS

CONTEXTS = "`params`, `env`, `matrix`, `item`, `needs`, `failed`"


def test_every_function_has_an_arity() -> None:
    assert set(ARITIES) == set(FUNCTIONS) | STATUS_FUNCTIONS


@pytest.mark.parametrize(
    ("word", "message", "hint"),
    [
        ("param", "unknown name `param`", "did you mean `params`?"),
        ("nul", "unknown name `nul`", "did you mean `null`?"),
        ("not", "unknown name `not`", "write `!`"),
        ("True", "unknown name `True`", "write `true`"),
        ("inputs", "unknown name `inputs`", "what a run is given is called `params` here"),
        ("always", "`always` is a function", "write `always()`"),
        (
            "zzz",
            "unknown name `zzz`",
            f"known: {CONTEXTS}, `true`, `false`, `null`; text stands in single quotes",
        ),
    ],
)
def test_unknown_names(word: str, message: str, hint: str) -> None:
    error = unknown_name(Token(Kind.NAME, word, 5))
    assert (error.message, error.hint, error.offset) == (message, hint, 5)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("contain", "did you mean `contains`?"),
        ("startswith", "did you mean `startsWith`?"),
        ("Success", "did you mean `success`?"),
        ("not", "write `!`"),
    ],
)
def test_unknown_functions(word: str, hint: str) -> None:
    error = unknown_function(Token(Kind.NAME, word, 5))
    assert (error.message, error.hint, error.offset) == (f"unknown function `{word}`", hint, 5)


@pytest.mark.parametrize(
    ("root", "keys"),
    [
        ("params", ["a"]),
        ("item", []),
        ("failed", ["ids"]),
        ("failed", ["ids", 0]),
        ("needs", ["a", "status"]),
        ("needs", ["a", "out", "N"]),
    ],
)
def test_references_that_can_have_a_value(root: str, keys: list[str | int]) -> None:
    check_keys(root, keys, range(len(keys) + 1))


@pytest.mark.parametrize(
    ("root", "keys", "offset", "message"),
    [
        ("params", [], 0, "`params` needs a name"),
        ("env", [], 0, "`env` needs a name"),
        ("failed", [], 0, "`failed` only holds `ids`"),
        ("failed", ["id"], 1, "`failed` only holds `ids`"),
        ("needs", [], 0, "`needs` asks for a step and what of it"),
        ("needs", ["a"], 0, "`needs` asks for a step and what of it"),
        ("needs", ["a", "result"], 2, "a step has no `result`"),
        ("needs", ["a", "b", "status"], 2, "a step has no `b`"),
        ("needs", ["a", "out"], 2, "`out` needs a name"),
        ("needs", ["a", "status", "x"], 3, "`status` holds nothing more"),
        ("needs", ["a", "out", "N", 0], 4, "`N` holds nothing more"),
    ],
)
def test_references_that_cannot(root: str, keys: list[str | int], offset: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        check_keys(root, keys, range(len(keys) + 1))
    assert (caught.value.message, caught.value.offset) == (message, offset)
