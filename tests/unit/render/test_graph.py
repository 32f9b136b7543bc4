"""Graphs as text for drawing programs."""

from textwrap import dedent

import pytest

from tests.support.builders import edge, workflow
from wfopt.model.workflow import EdgeKind, StepId, Workflow
from wfopt.render.graph import GraphFormat, render_graph


def every_kind() -> Workflow:
    return workflow(
        ["fetch", "build", "test[a=b]", "end"],
        [
            edge("fetch", "build", EdgeKind.DATA),
            edge("build", "test[a=b]", EdgeKind.REF),
            edge("fetch", "end", EdgeKind.ORDER),
            edge("test[a=b]", "end", EdgeKind.BARRIER),
        ],
        name="etl",
    )


CRITICAL = [StepId(each) for each in ("fetch", "build", "test[a=b]")]


def test_dot() -> None:
    assert render_graph(every_kind(), CRITICAL, GraphFormat.DOT) == dedent("""\
        digraph "etl" {
          rankdir=LR;
          node [shape=box];
          "fetch" [color="#c62828", penwidth=2];
          "build" [color="#c62828", penwidth=2];
          "test[a=b]" [color="#c62828", penwidth=2];
          "end";
          "fetch" -> "build" [style=solid, color="#c62828", penwidth=2];
          "build" -> "test[a=b]" [style=dashed, color="#c62828", penwidth=2];
          "fetch" -> "end" [style=dotted];
          "test[a=b]" -> "end" [style=bold];
        }
    """)


def test_mermaid() -> None:
    assert render_graph(every_kind(), CRITICAL, GraphFormat.MERMAID) == dedent("""\
        flowchart LR
          s0["fetch"]
          s1["build"]
          s2["test[a=b]"]
          s3["end"]
          s0 --> s1
          s1 -. ref .-> s2
          s0 -.-> s3
          s2 ==> s3
          classDef critical stroke:#c62828,stroke-width:3px
          class s0,s1,s2 critical
          linkStyle 0,1 stroke:#c62828,stroke-width:3px
    """)


@pytest.mark.parametrize(
    ("name", "dot", "mermaid"),
    [
        ('a"b', '"a\\"b"', "a#34;b"),
        ("a\\", '"a\\\\"', "a#92;"),
        ("a\\N", '"a\\\\N"', "a#92;N"),
        ("a#quot;b", '"a#quot;b"', "a#35;quot#59;b"),
        ("`**b**`", '"`**b**`"', "#96;#42;#42;b#42;#42;#96;"),
        ("%%{init}%%", '"%%{init}%%"', "#37;#37;#123;init#125;#37;#37;"),
        ("<b>", '"<b>"', "#60;b#62;"),
        ("a\nb", '"a\\\\x0ab"', "a#92;x0ab"),
        ("日本 é", '"日本 é"', "日本 é"),
    ],
)
def test_ids_are_escaped(name: str, dot: str, mermaid: str) -> None:
    graph = workflow([name])
    assert f"\n  {dot};\n" in render_graph(graph, [], GraphFormat.DOT)
    assert render_graph(graph, [], GraphFormat.MERMAID) == f'flowchart LR\n  s0["{mermaid}"]\n'


def test_a_critical_path_of_one_step_marks_no_arrow() -> None:
    text = render_graph(every_kind(), [StepId("end")], GraphFormat.MERMAID)
    assert "class s3 critical" in text
    assert "linkStyle" not in text
