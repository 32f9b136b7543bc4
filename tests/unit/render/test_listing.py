"""The steps of a workflow, listed."""

from dataclasses import replace

from tests.support.builders import step, workflow
from wfopt.model.workflow import Step, Workflow
from wfopt.render.listing import list_document, list_text
from wfopt.render.paint import Paint
from wfopt.source import SourceFile

PLAIN = Paint(color=False)


def cells(name: str, *values: str, description: str = "") -> list[Step]:
    return [
        step(f"{name}[v={value}]", definition=name, cell=(("v", value),), description=description)
        for value in values
    ]


def sample() -> Workflow:
    steps = [step("make", description="write  a\ngreeting"), *cells("test", "1", "2", description="try it")]
    edges = [
        ("make", "test[v=1]"),
        ("make", "test[v=2]"),
        ("test[v=1]", "db/start"),
        ("test[v=2]", "db/start"),
    ]
    made = workflow([*steps, "db/start"], edges, name="demo", source=SourceFile("wfopt.yml", ""))
    return replace(
        made,
        description="what it is for",
        params={"who": "world", "build-type": "a\nb"},
        param_descriptions={"who": "whom to greet", "build-type": "", "level": ""},
    )


def test_names_and_descriptions_are_aligned() -> None:
    assert list_text(sample(), PLAIN, None) == (
        "demo: what it is for\n"
        "  make      write a greeting\n"
        "  test      try it (2 cells)\n"
        "  db/start\n"
        "\n"
        "params\n"
        "  who         world  whom to greet\n"
        "  build-type  a b\n"
        "  level       (required)\n"
    )


def test_without_description_and_params_there_are_only_steps() -> None:
    assert list_text(workflow(["a"]), PLAIN, None) == "demo\n  a\n"
    one = workflow(cells("a", "1"))
    assert list_text(one, PLAIN, None) == "demo\n  a  (1 cell)\n"


def test_long_descriptions_are_cut() -> None:
    long = workflow([step("a", description="wide " * 20), step("b", description="日本" * 20)])
    lines = list_text(replace(long, description="x" * 100), PLAIN, 40).splitlines()
    assert lines[0] == "demo: " + "x" * 33 + "…"
    assert lines[1] == "  a  " + "wide " * 6 + "wide…"
    assert lines[2] == "  b  " + "日本" * 8 + "日…"
    assert max(map(len, lines)) <= 40


def test_on_a_narrow_terminal_a_few_words_are_left() -> None:
    text = list_text(workflow([step("a" * 30, description="b" * 30)]), PLAIN, 20)
    assert text == f"demo\n  {'a' * 30}  {'b' * 19}…\n"


def test_a_very_long_name_does_not_move_the_others() -> None:
    text = list_text(workflow([step("a" * 60, description="x"), step("b", description="y")]), PLAIN, None)
    assert text.splitlines()[1:] == [f"  {'a' * 60}  x", f"  {'b':<40}  y"]


def test_control_characters_are_harmless() -> None:
    bad = "\x1b]0;title\x07"
    made = replace(workflow([step("a", description=bad)], name=bad), description=bad, params={bad: bad})
    text = list_text(made, PLAIN, None)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert len(text.splitlines()) == 5


def test_the_document_says_the_same() -> None:
    assert list_document(sample()) == {
        "schema": "wfopt.list/1",
        "workflow": "demo",
        "file": "wfopt.yml",
        "description": "what it is for",
        "params": [
            {"name": "who", "value": "world", "description": "whom to greet"},
            {"name": "build-type", "value": "a\nb", "description": ""},
            {"name": "level", "value": None, "description": ""},
        ],
        "steps": [
            {"id": "make", "description": "write  a\ngreeting", "cells": [], "needs": []},
            {"id": "test", "description": "try it", "cells": ["test[v=1]", "test[v=2]"], "needs": ["make"]},
            {"id": "db/start", "description": "", "cells": [], "needs": ["test"]},
        ],
    }
    assert list_document(workflow(["a"]))["file"] is None


def test_cells_that_wait_for_each_other_are_no_need() -> None:
    made = workflow(cells("a", "1", "2"), [("a[v=1]", "a[v=2]")])
    assert list_document(made)["steps"] == [
        {"id": "a", "description": "", "cells": ["a[v=1]", "a[v=2]"], "needs": []}
    ]
