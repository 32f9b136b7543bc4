"""Why a step probably failed where only its declared inputs are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

UNDECLARED = "it may read something that it does not declare as an input"

_MISSED = re.compile(
    r"no such file|not found|cannot (?:open|stat|access|read)|can't (?:open|read)", re.IGNORECASE
)
_WORD = re.compile(r"[^\s'\"`\u2018\u2019:;,()<>|=\[\]{}]+")


def likely_cause(tail: Iterable[str], cwd: str, workspace: str, work: str) -> str:
    """Return why a step probably failed: it misses a file that it does not declare.

    Args:
        tail: the last lines that it printed.
        cwd: the folder that it ran in, relative to the workspace.
        workspace: the absolute path of the folder with all files.
        work: the absolute path of the folder with the declared ones.
    """
    for path in _missed(tail, cwd, work):
        if os.path.lexists(os.path.join(workspace, path)) and not os.path.lexists(os.path.join(work, path)):
            return f"`{path}` is in the workspace, but is not declared as an input"
    return UNDECLARED


def _missed(tail: Iterable[str], cwd: str, work: str) -> Iterator[str]:
    """Yield what lines about missing files may name, relative to the workspace."""
    for line in tail:
        if _MISSED.search(line):
            for word in _WORD.findall(line):
                full = os.path.normpath(os.path.join(work, cwd, word.rstrip(".")))
                if full.startswith(f"{work}/"):
                    yield full[len(work) + 1 :]
