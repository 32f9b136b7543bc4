"""The words that expressions know, and messages about those that they do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfopt.formats.tokens import Token
from wfopt.model.expressions import CONTEXTS, STATUS_FUNCTIONS, ExpressionError
from wfopt.source import closest_match

CONSTANTS = {"true": True, "false": False, "null": None}
"""The words that are values."""

ARITIES = {"contains": (2, 2), "startsWith": (2, 2), "endsWith": (2, 2), "range": (1, 3)}
ARITIES |= dict.fromkeys(sorted(STATUS_FUNCTIONS), (0, 0))
"""How few and how many arguments each function takes."""

WORD_HINTS = {
    "and": "write `&&`",
    "or": "write `||`",
    "not": "write `!`",
    "eq": "write `==`",
    "in": "write `contains(list, element)`",
    "True": "write `true`",
    "False": "write `false`",
    "None": "write `null`",
    "inputs": "what a run is given is called `params` here",
    "steps": "steps are named through `needs`: `needs.build.status`, `needs.build.out.NAME`",
}
"""What to write instead of words that people know from elsewhere."""


def unknown_name(token: Token) -> ExpressionError:
    """Return the error for a word that is neither a context nor a value."""
    if token.text in ARITIES:
        return ExpressionError(f"`{token.text}` is a function", token.offset, f"write `{token.text}()`")
    hint = WORD_HINTS.get(token.text) or _near_or_known(token.text, (*CONTEXTS, *CONSTANTS))
    return ExpressionError(f"unknown name `{token.text}`", token.offset, hint)


def unknown_function(token: Token) -> ExpressionError:
    """Return the error for a call of something that is not a function."""
    hint = WORD_HINTS.get(token.text) or _near_or_known(token.text, ARITIES)
    return ExpressionError(f"unknown function `{token.text}`", token.offset, hint)


def check_keys(root: str, keys: Sequence[str | int], offsets: Sequence[int]) -> None:
    """Refuse a reference that can have no value whatever the workflow says.

    Args:
        root: the context.
        keys: what follows it.
        offsets: where the context and each key stand.

    Raises:
        ExpressionError: it names a context as a whole, or something that `needs` or `failed` never hold.
    """
    if root == "failed" and keys[:1] != ["ids"]:
        raise ExpressionError("`failed` only holds `ids`", offsets[-1], "write `failed.ids`")
    if root == "needs":
        _check_needs(keys, offsets)
    elif not keys and root != "item":
        raise ExpressionError(f"`{root}` needs a name", offsets[0], f"write `{root}.NAME`")


def _check_needs(keys: Sequence[str | int], offsets: Sequence[int]) -> None:
    # `needs.STEP.status` ends there, `needs.STEP.out` must go on by one name.
    complete = {"status": 2, "out": 3}
    if len(keys) < 2:
        raise ExpressionError(
            "`needs` asks for a step and what of it",
            offsets[0],
            "write `needs.STEP.status` or `needs.STEP.out.NAME`",
        )
    if keys[1] not in complete:
        near = "status" if keys[1] == "result" else closest_match(str(keys[1]), complete)
        raise ExpressionError(
            f"a step has no `{keys[1]}`",
            offsets[2],
            f"did you mean `{near}`?"
            if near
            else "write `needs.STEP.status` or `needs.STEP.out.NAME`; unusual ids as `needs['a.b']`",
        )
    if len(keys) < complete[str(keys[1])]:
        raise ExpressionError("`out` needs a name", offsets[2], "write `needs.STEP.out.NAME`")
    if len(keys) > complete[str(keys[1])]:
        raise ExpressionError(f"`{keys[-2]}` holds nothing more", offsets[-1])


def _near_or_known(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = closest_match(word, names)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"known: {', '.join(f'`{name}`' for name in names)}; text stands in single quotes"
