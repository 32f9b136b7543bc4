"""Pictures of graphs are well-formed, complete and have their steps in layers."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import edge, workflow
from wfopt.model.workflow import EdgeKind, StepId
from wfopt.render.analysis.svg import svg_text

NAMESPACE = {"svg": "http://www.w3.org/2000/svg"}


def drawn(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - it was made here


def test_steps_and_edges_are_drawn_and_the_path_is_marked() -> None:
    graph = workflow(
        ["fetch", "build", "test", "end"],
        [
            edge("fetch", "build", EdgeKind.DATA),
            edge("build", "test", EdgeKind.REF),
            edge("fetch", "end", EdgeKind.ORDER),
            edge("test", "end", EdgeKind.BARRIER),
        ],
        name="etl <1>",
    )
    root = drawn(svg_text(graph, [StepId("fetch"), StepId("build")]))
    rects = root.findall("svg:g/svg:rect", NAMESPACE)
    paths = root.findall("svg:path", NAMESPACE)
    assert root.findtext("svg:title", namespaces=NAMESPACE) == "etl <1>"
    assert [each.get("class") for each in rects] == ["critical", "critical", None, None]
    assert [each.get("class") for each in paths] == ["critical", None, None, None]
    assert [each.get("stroke-dasharray") for each in paths] == [None, "7 3", "2 4", "12 3 2 3"]
    assert [each.findtext("svg:title", namespaces=NAMESPACE) for each in paths] == [
        "data",
        "ref",
        "order",
        "barrier",
    ]
    places = [float(each.get("x") or "") for each in rects]
    assert places == sorted(places)
    assert len(set(places)) == 4


def test_a_step_is_no_markup_and_long_names_are_cut() -> None:
    name = '<script>alert("x")</script>&\x1b[31m' + "y" * 60
    text = svg_text(workflow([name], []), [])
    assert "<script>" not in text
    assert "\x1b" not in text
    root = drawn(text)
    label = root.findtext("svg:g/svg:text", namespaces=NAMESPACE) or ""
    assert (len(label), label[-1]) == (40, "…")
    assert "y" * 60 in (root.findtext("svg:g/svg:title", namespaces=NAMESPACE) or "")


def test_nothing_to_draw() -> None:
    assert drawn(svg_text(workflow([], []), [])).findall("svg:g", NAMESPACE) == []


def test_lines_do_not_cross_where_they_need_not() -> None:
    names = ["a", "b", "c", "x", "y", "z"]
    edges = [edge("a", "z"), edge("b", "y"), edge("c", "x")]
    text = svg_text(workflow(names, edges), [])
    rows = dict(re.findall(r'<title>(\w)</title>\n<rect x="[\d.]+" y="([\d.]+)"', text))
    assert [rows["a"], rows["b"], rows["c"]] == [rows["z"], rows["y"], rows["x"]]


@given(st.integers(1, 12), st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11))))
def test_no_two_steps_stand_on_one_another(size: int, pairs: set[tuple[int, int]]) -> None:
    names = [f"s{number}" for number in range(size)]
    edges = [edge(names[low], names[high]) for low, high in sorted(pairs) if low < high < size]
    text = svg_text(workflow(names, edges), [])
    boxes = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)"', text)
    assert len(set(boxes)) == size
