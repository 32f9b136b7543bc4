"""Values of expressions: what is true, equal and smaller, how a value stands in a script, the functions.

The rules follow GitHub Actions where people know them from there, with three differences: everything is
case-sensitive, only text is ever converted, and whatever else is mixed is unequal or an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from wfopt.source import closest_match

Value: TypeAlias = "bool | int | float | str | tuple[Value, ...] | Mapping[str, Value] | None"
"""What an expression can come to."""

LONGEST_RANGE = 4096
"""How many elements `range()` may have: as many as a matrix may have cells."""

_MAY_BE_MISSING = frozenset({"env", "matrix", "item"})
_MOST_NAMES = 8

# Longer runs of digits are text: Python refuses to convert very long ones.
_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?")


class ExpressionError(Exception):
    """An expression cannot be read or evaluated.

    Attributes:
        message: what is wrong.
        offset: where: 0-based, in characters from the start of the text that was given to the parser.
        hint: what to do about it, or None.
    """

    def __init__(self, message: str, offset: int, hint: str | None = None) -> None:
        self.message = message
        self.offset = offset
        self.hint = hint
        super().__init__(message)


def is_true(value: Value) -> bool:
    """Return whether a value counts as true: all but null, false, 0, "" and what is empty."""
    return bool(value)


def text_of(value: Value, offset: int = 0) -> str:
    """Return how a value stands in a script.

    Null is empty; booleans are `true` and `false`; a float is as short as it can be without becoming another
    number, and has no `.0` (`4.0` is `4`, as it equals it); the elements of a list are joined by a space.

    Raises:
        ExpressionError: the value is a mapping, or holds one.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case tuple():
            return " ".join(text_of(element, offset) for element in value)
        case _:
            raise ExpressionError("a mapping has no text form", offset, "name one of its keys")


def are_equal(left: Value, right: Value) -> bool:
    """Return whether two values are equal.

    Text and a number or boolean are compared as text, so `"3.10"` is not 3.1; numbers are equal whatever
    their type; otherwise values of different types are unequal.
    """
    if isinstance(left, str) and isinstance(right, (bool, int, float)):
        return left == text_of(right)
    if isinstance(right, str) and isinstance(left, (bool, int, float)):
        return right == text_of(left)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(are_equal(*pair) for pair in zip(left, right, strict=True))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(are_equal(left[key], right[key]) for key in left)
    # To Python, True equals 1.
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def compare(operator: str, left: Value, right: Value, offset: int) -> bool:
    """Apply one of `== != < <= > >=`.

    Raises:
        ExpressionError: the order of something else than numbers is asked for.
    """
    if operator == "==":
        return are_equal(left, right)
    if operator == "!=":
        return not are_equal(left, right)
    numbers = []
    for side in (left, right):
        number = number_of(side)
        if number is None:
            raise ExpressionError(
                f"`{operator}` compares numbers, not {describe(side)}", offset, "use `==` or `!=` for text"
            )
        numbers.append(number)
    low, high = numbers if operator[0] == "<" else reversed(numbers)
    return low <= high if operator.endswith("=") else low < high


def number_of(value: Value) -> int | float | None:
    """Return a number, or the number that a text writes, or None for all else; a boolean is no number."""
    if isinstance(value, str) and (found := _NUMBER.fullmatch(value)):
        return float(value) if found[1] else int(value)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def describe(value: Value) -> str:
    """Return a value for a message, short, with its kind where that is not plain."""
    match value:
        case None:
            return "null"
        case tuple():
            return "a list"
        case Mapping():
            return "a mapping"
        case _:
            text = text_of(value)
            # Never a part of it: a secret is masked only as a whole.
            return f"`{text}`" if len(text) <= 40 else f"a text of {len(text)} characters"


def look_up(contexts: Mapping[str, Value], root: str, path: tuple[str | int, ...], offset: int) -> Value:
    """Follow the keys of a reference; a name that is missing in `env`, `matrix` or `item` is null.

    Raises:
        ExpressionError: the context has no value here, or something on the way has no such key.
    """
    if root not in contexts:
        raise ExpressionError(f"`{root}` has no value here", offset)
    value = contexts[root]
    name = root
    for key in path:
        if root in _MAY_BE_MISSING and (
            value is None or (isinstance(value, Mapping) and str(key) not in value)
        ):
            return None
        value = _member(value, key, name, offset)
        name = f"{name}[{key}]" if isinstance(key, int) else f"{name}.{key}"
    return value


def _member(value: Value, key: str | int, name: str, offset: int) -> Value:
    """Return what a value holds under a key; a list answers null behind its end."""
    if isinstance(value, tuple) and isinstance(key, int):
        return value[key] if key < len(value) else None
    if not isinstance(value, Mapping):
        raise ExpressionError(f"`{name}` is {describe(value)} and has no `{key}`", offset)
    if str(key) not in value:
        raise ExpressionError(f"`{name}` has no `{key}`", offset, _known_hint(str(key), value))
    return value[str(key)]


def _known_hint(key: str, known: Mapping[str, Value]) -> str:
    near = closest_match(key, known)
    if near is not None:
        return f"did you mean `{near}`?"
    if not known:
        return "nothing is declared there"
    shown = ", ".join(f"`{name}`" for name in list(known)[:_MOST_NAMES])
    more = len(known) - _MOST_NAMES
    return f"known: {shown} and {more} more" if more > 0 else f"known: {shown}"


def call(name: str, arguments: tuple[Value, ...], offset: int) -> Value:
    """Apply one of `FUNCTIONS`; the parser has checked the name and the number of arguments.

    Raises:
        ExpressionError: an argument has a type that the function cannot take.
    """
    return FUNCTIONS[name](arguments, offset)


def _contains(arguments: tuple[Value, ...], offset: int) -> bool:
    """Look for an element in a list, or for text in text."""
    haystack, needle = arguments
    if isinstance(haystack, tuple):
        return any(are_equal(element, needle) for element in haystack)
    return _plain_text(needle, "contains", offset) in _plain_text(haystack, "contains", offset)


def _starts_with(arguments: tuple[Value, ...], offset: int) -> bool:
    text, start = (_plain_text(argument, "startsWith", offset) for argument in arguments)
    return text.startswith(start)


def _ends_with(arguments: tuple[Value, ...], offset: int) -> bool:
    text, end = (_plain_text(argument, "endsWith", offset) for argument in arguments)
    return text.endswith(end)


def _range(arguments: tuple[Value, ...], offset: int) -> tuple[Value, ...]:
    """Count as Python's `range` does."""
    numbers = []
    for argument in arguments:
        number = number_of(argument)
        if not isinstance(number, int):
            raise ExpressionError(f"`range` takes whole numbers, not {describe(argument)}", offset)
        numbers.append(number)
    if numbers[2:] == [0]:
        raise ExpressionError("the step of a `range` cannot be 0", offset)
    elements = range(*numbers)
    # Slicing copes with ranges whose `len` would not fit a machine word.
    if elements[LONGEST_RANGE:]:
        raise ExpressionError(f"this `range` has more than {LONGEST_RANGE:,} elements", offset)
    return tuple(elements)


def _plain_text(value: Value, function: str, offset: int) -> str:
    if isinstance(value, (tuple, Mapping)):
        raise ExpressionError(f"`{function}` takes text here, not {describe(value)}", offset)
    return text_of(value)


FUNCTIONS: Mapping[str, Callable[[tuple[Value, ...], int], Value]] = {
    "contains": _contains,
    "startsWith": _starts_with,
    "endsWith": _ends_with,
    "range": _range,
}
"""The functions whose result depends on their arguments alone."""
