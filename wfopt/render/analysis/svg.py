"""A workflow's graph as a picture: SVG, laid out in layers (Sugiyama, Tagawa and Toda 1981)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from wfopt.dataclass import dataclass
from wfopt.graph.order import Dag, dag_of, levels
from wfopt.model.workflow import EdgeKind, StepId, Workflow
from wfopt.render.cells import text_width
from wfopt.render.harmless import harmless
from wfopt.render.xml_text import attribute, content

_SWEEPS = 4
"""So often the order within the layers is improved, forwards and backwards in turn."""

_LONGEST = 40
_CHAR, _PAD = 7, 12
_HEIGHT, _ROW, _GAP, _MARGIN = 26, 40, 70, 20

_DASHES = {EdgeKind.DATA: "", EdgeKind.REF: "7 3", EdgeKind.ORDER: "2 4", EdgeKind.BARRIER: "12 3 2 3"}

_STYLE = """
  text { font: 12px ui-monospace, monospace; fill: #1f2328; dominant-baseline: central; }
  rect { fill: #f6f8fa; stroke: #8c959f; }
  path { fill: none; stroke: #8c959f; }
  .critical { stroke: #c62828; stroke-width: 2; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """Where a step stands, in pixels."""

    x: float
    y: float
    width: float


def svg_text(workflow: Workflow, critical_path: Sequence[StepId]) -> str:
    """Return a picture of the graph, from left to right.

    Lines are drawn by kind: data solid, references dashed, order dotted, barriers dash-dotted. Steps and
    lines of `critical_path` (ids in order, possibly empty) are red. A step's whole id and a line's kind show
    under the pointer.
    """
    return "".join(f"{line}\n" for line in _lines(workflow, critical_path))


def _lines(workflow: Workflow, critical_path: Sequence[StepId]) -> Iterator[str]:
    index = {step.id: place for place, step in enumerate(workflow.steps)}
    dag = dag_of(len(index), [(index[edge.before], index[edge.after]) for edge in workflow.edges])
    labels = [_label(step.id) for step in workflow.steps]
    boxes = _boxes(dag, labels)
    width = max((box.x + box.width for box in boxes), default=0) + _MARGIN
    height = max((box.y + _HEIGHT for box in boxes), default=0) + _MARGIN
    on_path, hops = set(critical_path), set(pairwise(critical_path))
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    yield f"<title>{content(harmless(workflow.name))}</title>"
    yield f"<style>{_STYLE}</style>"
    for edge in workflow.edges:
        start, end = boxes[index[edge.before]], boxes[index[edge.after]]
        dash = f" stroke-dasharray={attribute(_DASHES[edge.kind])}" if _DASHES[edge.kind] else ""
        marked = ' class="critical"' if (edge.before, edge.after) in hops else ""
        yield f'<path{marked}{dash} d="{_curve(start, end)}"><title>{edge.kind.value}</title></path>'
    for step, label, box in zip(workflow.steps, labels, boxes, strict=True):
        marked = ' class="critical"' if step.id in on_path else ""
        yield f"<g><title>{content(harmless(step.id))}</title>"
        yield f'<rect{marked} x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{_HEIGHT}" rx="4"/>'
        yield f'<text x="{box.x + _PAD:g}" y="{box.y + _HEIGHT / 2:g}">{content(label)}</text></g>'
    yield "</svg>"


def _label(step: StepId) -> str:
    text = harmless(step)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _curve(start: _Box, end: _Box) -> str:
    """Return the path from the right edge of a box to the left edge of another."""
    x, y = start.x + start.width, start.y + _HEIGHT / 2
    to_x, to_y = end.x, end.y + _HEIGHT / 2
    middle = (x + to_x) / 2
    return f"M{x:g} {y:g}C{middle:g} {y:g} {middle:g} {to_y:g} {to_x:g} {to_y:g}"


def _boxes(dag: Dag, labels: Sequence[str]) -> list[_Box]:
    """Return where each node stands: its layer is the column, its place in the layer the row."""
    boxes = [_Box(x=0, y=0, width=0)] * len(dag)
    x: float = _MARGIN
    columns = _ordered(dag)
    tallest = max(map(len, columns), default=0)
    for column in columns:
        widths = [text_width(labels[node]) * _CHAR + 2 * _PAD for node in column]
        top = _MARGIN + (tallest - len(column)) * _ROW / 2
        for row, (node, width) in enumerate(zip(column, widths, strict=True)):
            boxes[node] = _Box(x=x, y=top + row * _ROW, width=width)
        x += max(widths) + _GAP
    return boxes


def _ordered(dag: Dag) -> list[list[int]]:
    """Return the layers, each ordered so that lines cross little: by the mean place of the neighbors."""
    layers = levels(dag)
    place = [0.0] * len(dag)

    def number(layer: Sequence[int]) -> None:
        # From 0 to 1, so that layers of any length can be compared.
        for at, node in enumerate(layer):
            place[node] = (at + 0.5) / len(layer)

    for layer in layers:
        number(layer)
    for sweep in range(_SWEEPS):
        neighbors = dag.after if sweep % 2 else dag.before
        for layer in reversed(layers) if sweep % 2 else layers:
            means = {
                node: sum(place[each] for each in neighbors[node]) / len(neighbors[node])
                if neighbors[node]
                else place[node]
                for node in layer
            }
            layer.sort(key=means.__getitem__)
            number(layer)
    return layers
