"""The checks, in the order of their codes; the order of findings does not depend on it."""

from __future__ import annotations

from wfopt.analyzer.base import Check

CHECKS: tuple[Check, ...] = ()


def check_named(name: str) -> Check | None:
    """Return the check with a code, given by its number or its name, or None if there is none."""
    return next((each for each in CHECKS if name in {each.code.number, each.code.name}), None)
