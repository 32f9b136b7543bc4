"""Tells native files from those of other formats without reading what they say."""

from __future__ import annotations

import os
import re

_NAMES = ("wfopt.yml", "wfopt.yaml")
_ENDS = (".wfopt.yml", ".wfopt.yaml")
_VERSION = r"^(?:wfopt|\"wfopt\"|'wfopt')[ \t]*:"


def is_named_native(path: str) -> bool:
    """Return whether a file is called as native files are."""
    name = os.path.basename(path)
    return name in _NAMES or name.endswith(_ENDS)


def says_native(text: str) -> bool:
    """Return whether a text has the key of the native format at the start of a line."""
    # Most files have a name that says it, so the pattern is compiled only when it is asked for.
    return re.search(_VERSION, text, re.MULTILINE) is not None
