"""Paths as the cache keeps them: relative to the workspace, `/`-separated, any bytes but NUL in a name."""

from __future__ import annotations

import posixpath

from wfopt.model.patterns import STATE_FOLDER

_LONGEST_PATH = 4095
_LONGEST_NAME = 255


def to_bytes(text: str) -> bytes:
    """Return the bytes of a path or another text that came from the system.

    Raises:
        ValueError: no bytes decode to this text.
    """
    data = text.encode("utf-8", "surrogateescape")
    if data.decode("utf-8", "surrogateescape") != text:
        raise ValueError("two texts would have the same bytes")
    return data


def path_problem(path: str) -> str:
    """Return why a path cannot be an output in the cache, as the end of a sentence; "" if it can."""
    try:
        data = to_bytes(path)
    except ValueError:
        return "is not the name of a file"
    names = path.split("/")
    if STATE_FOLDER in names:
        return f"is inside `{STATE_FOLDER}/`"
    if "\0" in path or not {"", ".", ".."}.isdisjoint(names):
        return "is not a normalized path in the workspace"
    return "is too long" if _is_too_long(data) else ""


def link_problem(path: str, target: str) -> str:
    """Return why the link `path` cannot be kept with this target, as the end of a sentence; "" if it can.

    A target that climbs up after it went down is refused: where it leads depends on other links.
    """
    if target.startswith("/"):
        return f"is a link to the absolute path `{target}`"
    names = target.rstrip("/").split("/")
    down = next((place for place, name in enumerate(names) if name != ".."), len(names))
    if ".." in names[down:]:
        return f"is a link to `{target}`, which holds `..` in its middle"
    try:
        if not to_bytes(target):
            return "is a link to nothing"
    except ValueError:
        return "is a link to something that is not the name of a file"
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if reached == ".":
        return ""
    return f"is a link to `{target}`, which {problem}" if (problem := path_problem(reached)) else ""


def in_order(path: str) -> list[str]:
    """Return a sort key that puts a folder right before what is in it."""
    return path.split("/")


def _is_too_long(path: bytes) -> bool:
    # Most paths are shorter than one name may be.
    return len(path) > _LONGEST_NAME and (
        len(path) > _LONGEST_PATH or max(map(len, path.split(b"/"))) > _LONGEST_NAME
    )
