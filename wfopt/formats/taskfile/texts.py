"""How Go shows values as text (`%v` of https://pkg.go.dev/fmt)."""

from __future__ import annotations

from wfopt.formats.plain import Plain


def go_text(value: Plain) -> str:
    """Return a value as a template prints it; null is nothing.

    >>> go_text([True, 1.20, {"a": None}])
    '[true 1.2 map[a:<nil>]]'
    """
    return "" if value is None else _shown(value)


def is_empty(value: Plain) -> bool:
    """Return whether a value counts as false: null, false, 0, and what has no characters or items."""
    return not value


def _shown(value: Plain) -> str:
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value!r}"
        case list():
            return f"[{' '.join(map(_shown, value))}]"
        case dict():
            return f"map[{' '.join(f'{key}:{_shown(value[key])}' for key in sorted(value))}]"
        case _:
            return str(value)
