"""Which folder is the workspace of a workflow file, and which format an unnamed one is of."""

from __future__ import annotations

import os

from wfopt.errors import LoadError
from wfopt.formats.imported import Format
from wfopt.formats.reading import read_source
from wfopt.formats.recognizing import is_named_native, says_native
from wfopt.formats.registry import detect, format_named
from wfopt.source import SourceFile

NATIVE = "native"


def format_at(path: str, name: str, source: SourceFile | None = None) -> Format | None:
    """Return the format of a file; None if that is not known, or it cannot be read.

    Args:
        path: the absolute path of the file.
        name: the name of its format, or "" to detect it.
        source: its text, or None if it is to be read first.
    """
    if name:
        return format_named(name)
    if is_named_native(path):
        return format_named(NATIVE)
    try:
        found = source or read_source(path)
        return format_named(NATIVE) if says_native(found.text) else detect(found, path.replace(os.sep, "/"))
    except LoadError:
        return None


def workspace_at(path: str, name: str = "") -> str:
    """Return the workspace of a file; arguments as `format_at`."""
    return workspace_of(path, format_at(path, name))


def workspace_of(path: str, chosen: Format | None) -> str:
    """Return the folder in which the paths of a workflow start.

    Of a native file it is its own folder, of others the root of the repository: the nearest folder upwards
    with `.git`, else the one with `.github`, else that of the file.

    Args:
        path: the absolute path of the file.
        chosen: its format.
    """
    folder = os.path.dirname(path)
    if chosen is None or chosen.name == NATIVE:
        return folder
    above = folder
    while True:
        if os.path.exists(os.path.join(above, ".git")):
            return above
        higher = os.path.dirname(above)
        if higher == above:
            break
        above = higher
    outer, name = os.path.split(folder)
    if name == "workflows" and os.path.basename(outer) == ".github":
        return os.path.dirname(outer)
    return folder
