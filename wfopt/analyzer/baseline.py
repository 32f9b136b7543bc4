"""Findings that are known already: a file of them, so that only new ones are told.

A finding is found again by its file, its code and what it is about, not by its line; of two that are the same
in all of these, each counts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wfopt.analyzer.base import Finding

SCHEMA = "wfopt.baseline/1"

_FIELDS = ("file", "code", "identity")

Key = tuple[str, str, str]
"""A file's path, the number of a code, and what the finding is about."""


class BaselineError(ValueError):
    """A text is no baseline; the message says why."""


def key_of(file: str, finding: Finding) -> Key:
    """Return what a finding is found again by; `file` is the path of its file beside the baseline."""
    return (file, finding.code.number, finding.identity or finding.message)


def baseline_text(keys: Iterable[Key]) -> str:
    """Return the text of a baseline, one finding a line, so that changes to it can be read."""
    counts = Counter(keys)
    rows = [
        json.dumps(dict(zip(_FIELDS, key, strict=True)) | ({"count": count} if count > 1 else {}))
        for key, count in sorted(counts.items())
    ]
    inner = ",\n".join(f"    {row}" for row in rows)
    listed = f"[\n{inner}\n  ]" if rows else "[]"
    return f'{{\n  "schema": "{SCHEMA}",\n  "findings": {listed}\n}}\n'


def parse_baseline(text: str) -> Mapping[Key, int]:
    """Return how often each finding is in a baseline.

    Raises:
        BaselineError: it is none.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"it is no JSON: {error}") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise BaselineError(f"its `schema` is not `{SCHEMA}`")
    rows = content.get("findings")
    if not isinstance(rows, list):
        raise BaselineError("its `findings` are no list")
    return Counter(dict(_rows(rows)))


def _rows(rows: Sequence[Any]) -> Iterator[tuple[Key, int]]:
    for number, row in enumerate(rows, start=1):
        told = row if isinstance(row, dict) else {}
        file, code, identity = (told.get(name) for name in _FIELDS)
        count = told.get("count", 1)
        if not (isinstance(file, str) and isinstance(code, str) and isinstance(identity, str)):
            raise BaselineError(f"entry {number} of its `findings` lacks a `file`, `code` or `identity`")
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise BaselineError(f"the `count` of entry {number} of its `findings` is not a number above 0")
        yield (file, code, identity), count


def without_known(
    findings: Sequence[Finding], known: Mapping[Key, int], file: str
) -> tuple[list[Finding], int]:
    """Return the findings that a baseline does not have, and how many it has.

    Args:
        findings: those of a file.
        known: how often the baseline has each.
        file: the path of the file beside the baseline.
    """
    left = dict(known)
    new = []
    for finding in findings:
        key = key_of(file, finding)
        if left.get(key, 0):
            left[key] -= 1
        else:
            new.append(finding)
    return new, len(findings) - len(new)
