"""Rows of a document as comma-separated values: plain numbers, seconds and bytes, for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from wfopt.render.csv_cells import cell, csv_lines
from wfopt.render.documents import Document
from wfopt.render.harmless import harmless


def csv_text(rows: Sequence[Document]) -> str:
    r"""Return a line of names and a line for each row; nothing without rows.

    An object inside a row becomes columns such as `wall_s.p50`, a list one text (of objects: as JSON), and
    null an empty text.

    >>> csv_text([{"id": "a", "wall_s": {"p50": 1.5}, "ok": True, "left": None}])
    'id,wall_s.p50,ok,left\na,1.5,true,\n'
    """
    if not rows:
        return ""
    flat = [dict(_flat("", row)) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    return csv_lines(columns, ([row.get(name) for name in columns] for row in flat))


def _flat(prefix: str, row: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        elif isinstance(value, list | tuple):
            yield f"{prefix}{name}", _listed(value)
        else:
            yield f"{prefix}{name}", harmless(value) if isinstance(value, str) else value


def _listed(values: Sequence[object]) -> str:
    if any(isinstance(each, Mapping) for each in values):
        return json.dumps(values)
    return " ".join(harmless(each) if isinstance(each, str) else cell(each) for each in values)
