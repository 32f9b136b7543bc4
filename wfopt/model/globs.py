"""Globs as regular expressions: `*`, `?`, `[...]` within a name, `**` across folders."""

from __future__ import annotations

import re
from functools import lru_cache

WILDCARD = re.compile(r"[*?\[]")
"""A character that makes a path a glob."""


@lru_cache(maxsize=4096)
def compile_glob(glob: str) -> re.Pattern[str]:
    """Compile a normalized glob; a `/` at its end asks for something below.

    Atomic groups keep the time linear in the path for each wildcard: between two `**` (or two `*` in
    a name) the first place that fits is always as good as any later one.
    """
    below = glob.endswith("/")
    names = glob.rstrip("/").split("/")
    runs: list[list[str]] = [[]]
    for name in names:
        if name == "**":
            runs.append([])
        else:
            runs[-1].append(_name_regex(name))
    first, *others = ["/".join(run) for run in runs]
    if not others:
        return re.compile(first + ("/.+" if below else ""), re.DOTALL)
    *middle, last = others
    regex = f"{first}/" if first else ""
    regex += "".join(rf"(?>(?:[^/]+/)*?{run}/)" for run in middle if run)
    regex += rf"(?:[^/]+/)*{last}{'/.+' if below else ''}" if last else ".+"
    return re.compile(regex, re.DOTALL)


def check_name(name: str) -> None:
    """Refuse a name of a glob that cannot be translated.

    Raises:
        ValueError: a character class is not closed or has a reversed range.
    """
    _name_regex(name)


def _name_regex(name: str) -> str:
    """Translate one name of a glob.

    Raises:
        ValueError: a character class is not closed or has a reversed range.
    """
    pieces = [""]
    position = 0
    while position < len(name):
        char = name[position]
        end = position + 1
        if char == "*":
            pieces.append("")
        elif char == "?":
            pieces[-1] += "[^/]"
        elif char == "[":
            end = _class_end(name, position)
            pieces[-1] += _class_regex(name[position + 1 : end - 1])
        else:
            pieces[-1] += re.escape(char)
        position = end
    first, *others = pieces
    if not others:
        return first
    *middle, last = others
    return first + "".join(rf"(?>[^/]*?{piece})" for piece in middle) + rf"[^/]*{last}"


def _class_end(name: str, start: int) -> int:
    """Return the position behind the `]` that closes the class at `start`."""
    position = start + 1
    position += name[position : position + 1] in {"!", "^"}
    # A `]` right at the start stands for itself.
    closing = name.find("]", position + 1)
    if closing < 0:
        raise ValueError("a `[` is not closed")
    return closing + 1


def _class_regex(body: str) -> str:
    """Translate what stands between the brackets; a class never matches `/`."""
    negated = body[0] in {"!", "^"}
    chars = body[negated:]
    found = ""
    position = 0
    while position < len(chars):
        low, high = chars[position], chars[position]
        if chars[position + 1 : position + 2] == "-" and position + 2 < len(chars):
            high = chars[position + 2]
            position += 2
        if low > high:
            raise ValueError(f"the range `{low}-{high}` is reversed")
        found += re.escape(low) if low == high else f"{re.escape(low)}-{re.escape(high)}"
        position += 1
    return f"(?!/)[{'^' if negated else ''}{found}]"
