"""A workflow's graph as text for drawing programs: Graphviz DOT and Mermaid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise

from wfopt.model.workflow import EdgeKind, StepId, Workflow
from wfopt.render.harmless import harmless

_CRITICAL_COLOR = "#c62828"

_DOT_STYLES = {
    EdgeKind.DATA: "solid",
    EdgeKind.REF: "dashed",
    EdgeKind.ORDER: "dotted",
    EdgeKind.BARRIER: "bold",
}

_MERMAID_ARROWS = {
    EdgeKind.DATA: "-->",
    EdgeKind.REF: "-. ref .->",
    EdgeKind.ORDER: "-.->",
    EdgeKind.BARRIER: "==>",
}

# Everything that could end a quoted text, start a directive or mean Markdown.
_MERMAID_SPECIAL = re.compile(r"[^\w .,=/()\[\]-]")


class GraphFormat(Enum):
    """What a graph can be written as; the value is the file name's suffix."""

    DOT = "dot"
    MERMAID = "mmd"


def render_graph(workflow: Workflow, critical_path: Sequence[StepId], graph_format: GraphFormat) -> str:
    """Return the graph as text that ends with a line end.

    Arrows point from a step to those that wait for it and are drawn by kind; steps and arrows of
    `critical_path` (ids in order, possibly empty) stand out.
    """
    lines = _dot if graph_format is GraphFormat.DOT else _mermaid
    return "".join(f"{line}\n" for line in lines(workflow, critical_path))


def _dot(workflow: Workflow, critical_path: Sequence[StepId]) -> Iterator[str]:
    """Yield lines in the DOT language: https://graphviz.org/doc/info/lang.html."""
    marked = f'color="{_CRITICAL_COLOR}", penwidth=2'
    on_path, hops = set(critical_path), set(pairwise(critical_path))
    yield f"digraph {_dot_quoted(workflow.name)} {{"
    yield "  rankdir=LR;"
    yield "  node [shape=box];"
    for step in workflow.steps:
        yield f"  {_dot_quoted(step.id)}{f' [{marked}]' if step.id in on_path else ''};"
    for edge in workflow.edges:
        style = f"style={_DOT_STYLES[edge.kind]}"
        if (edge.before, edge.after) in hops:
            style = f"{style}, {marked}"
        yield f"  {_dot_quoted(edge.before)} -> {_dot_quoted(edge.after)} [{style}];"
    yield "}"


def _dot_quoted(text: str) -> str:
    """Quote an id; it also serves as its label, in which a single backslash would start an escape."""
    return '"' + harmless(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mermaid(workflow: Workflow, critical_path: Sequence[StepId]) -> Iterator[str]:
    """Yield lines of a flowchart: https://mermaid.js.org/syntax/flowchart.html."""
    marked = f"stroke:{_CRITICAL_COLOR},stroke-width:3px"
    # Ids of our own, because words such as `end` mean something to Mermaid.
    names = {step.id: f"s{number}" for number, step in enumerate(workflow.steps)}
    hops = set(pairwise(critical_path))
    yield "flowchart LR"
    for step in workflow.steps:
        yield f'  {names[step.id]}["{_mermaid_escaped(step.id)}"]'
    for edge in workflow.edges:
        yield f"  {names[edge.before]} {_MERMAID_ARROWS[edge.kind]} {names[edge.after]}"
    if critical_path:
        yield f"  classDef critical {marked}"
        yield f"  class {','.join(names[step] for step in critical_path)} critical"
    links = [str(at) for at, edge in enumerate(workflow.edges) if (edge.before, edge.after) in hops]
    if links:
        yield f"  linkStyle {','.join(links)} {marked}"


def _mermaid_escaped(text: str) -> str:
    """Return `text` for a quoted label, special characters as Mermaid's decimal entity codes."""
    return _MERMAID_SPECIAL.sub(lambda match: f"#{ord(match[0])};", harmless(text))
