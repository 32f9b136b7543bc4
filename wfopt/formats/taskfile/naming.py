"""How tasks are called: names with `*`, and the ids of calls with variables."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wfopt.formats.taskfile.evaluating import Known, Open
from wfopt.formats.taskfile.texts import go_text
from wfopt.model.selectors import escaped

LONGEST_VALUE = 40
"""Characters of a value in an id; a longer one is cut, and told apart by a number."""


def wildcards(pattern: str, name: str) -> list[str] | None:
    """Return what the `*` of a task's name stand for in the name that it is called by, or None.

    >>> wildcards("build-*-*", "build-linux-arm")
    ['linux', 'arm']
    """
    first, *others = re.sub(r"\*+", "*", pattern).split("*")
    if not others or not name.startswith(first):
        return None
    found, rest = [], name[len(first) :]
    for part in others[:-1]:
        before, sign, rest = rest.partition(part)
        if not sign:
            return None
        found.append(before)
    return [*found, rest.removesuffix(others[-1])] if rest.endswith(others[-1]) else None


def given_text(given: Mapping[str, Known]) -> str:
    """Return the variables of a call as part of an id, or "" if there are none.

    >>> given_text({"OS": "linux", "N": 2})
    '(OS=linux,N=2)'
    """
    if not given:
        return ""
    return f"({','.join(f'{escaped(name)}={_shown(value)}' for name, value in given.items())})"


def _shown(value: Known) -> str:
    if isinstance(value, Open):
        return "?"
    text = go_text(value)
    return escaped(text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "~")
