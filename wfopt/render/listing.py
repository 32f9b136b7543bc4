"""The steps of a workflow and what they are for, as text and as a document."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.dataclass import dataclass
from wfopt.model.workflow import Workflow
from wfopt.render.cells import char_width, pad, text_width
from wfopt.render.documents import Document
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint, Style
from wfopt.render.words import counted

_ID_WIDTH_LIMIT = 40
_LEAST_TEXT_WIDTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A step as the file declares it.

    Attributes:
        id: its id.
        description: what it is for; of a matrix what its first cell is for.
        cells: the ids of a matrix step's cells.
        needs: the ids of the declared steps that it waits for.
    """

    id: str
    description: str
    cells: tuple[str, ...]
    needs: tuple[str, ...]


def list_text(workflow: Workflow, paint: Paint, width: int | None) -> str:
    """Return the workflow's name, a line for each declared step, and the params; with a line end.

    Args:
        workflow: what is listed.
        paint: whether and how to color it.
        width: how many columns a line may take, or None if nothing is to be cut.
    """
    return "".join(f"{line}\n" for line in _lines(workflow, paint, width))


def list_document(workflow: Workflow) -> Document:
    """Return the `wfopt.list/1` document of a workflow."""
    return {
        "schema": "wfopt.list/1",
        "workflow": workflow.name,
        "file": workflow.source.name if workflow.source else None,
        "description": workflow.description,
        "params": [
            {"name": name, "value": workflow.params.get(name), "description": description}
            for name, description in _params(workflow).items()
        ],
        "steps": [
            {
                "id": entry.id,
                "description": entry.description,
                "cells": list(entry.cells),
                "needs": list(entry.needs),
            }
            for entry in entries(workflow)
        ],
    }


def entries(workflow: Workflow) -> tuple[_Entry, ...]:
    """Return the steps in file order, a matrix once."""
    definition_of = {step.id: step.definition or step.id for step in workflow.steps}
    needs: dict[str, dict[str, None]] = {}
    for edge in workflow.edges:
        needs.setdefault(definition_of[edge.after], {})[definition_of[edge.before]] = None
    cells: dict[str, list[str]] = {}
    description: dict[str, str] = {}
    for step in workflow.steps:
        name = definition_of[step.id]
        description.setdefault(name, step.description)
        cells.setdefault(name, []).extend([step.id] if step.cell else [])
    return tuple(
        _Entry(
            id=name,
            description=description[name],
            cells=tuple(cells[name]),
            needs=tuple(each for each in needs.get(name, ()) if each != name),
        )
        for name in description
    )


def _lines(workflow: Workflow, paint: Paint, width: int | None) -> Iterator[str]:
    about = _one_line(workflow.description)
    name = harmless(workflow.name)
    yield paint(name, Style.BOLD) + _cut(f": {about}" if about else "", width, text_width(name))
    rows = [(harmless(entry.id), _about(entry)) for entry in entries(workflow)]
    yield from _aligned(rows, width)
    params = _params(workflow)
    if params:
        yield ""
        yield paint("params", Style.BOLD)
        shown = ((name, _value(workflow, name), _one_line(about)) for name, about in params.items())
        yield from _aligned(
            [(harmless(name), "  ".join(filter(None, (value, about)))) for name, value, about in shown], width
        )


def _params(workflow: Workflow) -> dict[str, str]:
    """Return what each param is for, also of those that have no value."""
    described = workflow.param_descriptions
    return {**described, **{name: "" for name in workflow.params if name not in described}}


def _value(workflow: Workflow, name: str) -> str:
    value = workflow.params.get(name)
    return "(required)" if value is None else _one_line(value)


def _about(entry: _Entry) -> str:
    cells = f"({counted(len(entry.cells), 'cell')})" if entry.cells else ""
    return " ".join(filter(None, (_one_line(entry.description), cells)))


def _one_line(text: str) -> str:
    return harmless(" ".join(text.split()))


def _aligned(rows: list[tuple[str, str]], width: int | None) -> Iterator[str]:
    column = min(max(text_width(name) for name, _ in rows), _ID_WIDTH_LIMIT)
    for name, text in rows:
        start = f"  {pad(name, column)}  "
        yield (start + _cut(text, width, text_width(start))).rstrip()


def _cut(text: str, width: int | None, used: int) -> str:
    """Return as much of a text as fits behind `used` columns, with `…` where something is missing."""
    room = None if width is None else max(width - used, _LEAST_TEXT_WIDTH)
    if room is None or text_width(text) <= room:
        return text
    kept = 0
    for place, char in enumerate(text):
        kept += char_width(char)
        if kept > room - 1:
            return text[:place].rstrip() + "…"
    return text
