"""How Go templates compare values: only those of one kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wfopt.formats.plain import Plain
from wfopt.formats.taskfile.templates import TemplateError


def equal(first: Plain, second: Plain) -> bool:
    """Return whether two values are the same.

    Raises:
        TemplateError: they are of different kinds, or lists or mappings.
    """
    if first is None or second is None:
        return first is second
    return _order(first, second) == 0


def _order(first: Plain, second: Plain) -> int:
    """Return -1, 0 or 1 as the first value is less than, equal to, or more than the second."""
    if isinstance(first, str) and isinstance(second, str):
        return (first > second) - (first < second)
    if type(first) is not type(second):
        raise TemplateError("a template that compares values of different kinds")
    if isinstance(first, bool | int | float) and isinstance(second, bool | int | float):
        return (first > second) - (first < second)
    raise TemplateError("a template that compares lists or mappings")


ORDERINGS: Mapping[str, Callable[[Plain, Plain], bool]] = {
    "lt": lambda first, second: _order(first, second) < 0,
    "le": lambda first, second: _order(first, second) <= 0,
    "gt": lambda first, second: _order(first, second) > 0,
    "ge": lambda first, second: _order(first, second) >= 0,
}
"""The functions that ask for an order, by name."""
