"""Savings are worked out on the critical path, and not without end."""

from __future__ import annotations

import pytest

from wfopt.analyzer import what_if
from wfopt.analyzer.base import Case
from wfopt.analyzer.case import case_of
from wfopt.analyzer.sites import listed, sites_of, text_at
from wfopt.model.estimates import Knowledge
from wfopt.model.expressions import Template
from wfopt.model.workflow import Argv, Edge, EdgeKind, Step, StepId, Workflow
from wfopt.source import SourceFile, Span


def chain() -> Case:
    """Return a, b and c in a row, of 1, 2 and 3 seconds, and d beside them."""
    steps = tuple(Step(id=StepId(name), run=Argv((Template.plain("x"),))) for name in "abcd")
    edges = tuple(Edge(StepId(one), StepId(two), EdgeKind.ORDER) for one, two in ("ab", "bc"))
    durations = {StepId(name): float(number) for number, name in enumerate("abcd", start=1)}
    return case_of("native", Workflow(name="x", steps=steps, edges=edges), None, Knowledge(), durations)


def test_only_what_is_critical_saves_something() -> None:
    asked = what_if.WhatIf(chain())
    assert asked.critical == {0, 1, 2}
    assert asked.without_edges([(1, 2)]) == pytest.approx(2.0)
    assert asked.without_edges([(0, 3)]) == 0.0
    assert asked.with_weights({0: 0.5}) == pytest.approx(0.5)
    assert asked.with_weights({3: 0.0}) == 0.0


def test_a_check_that_asks_too_often_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "MOST_VISITS", 6)
    asked = what_if.WhatIf(chain())
    assert asked.with_weights({0: 0.5}) is not None
    assert asked.with_weights({0: 0.5}) is not None
    assert asked.with_weights({0: 0.5}) is None


def test_steps_without_a_place_have_no_site() -> None:
    assert sites_of(chain()) == ()


def test_the_text_of_a_stretch() -> None:
    source = SourceFile("x", "one\ntwo\nthree\n")
    assert text_at(Span(source, 1, 2, 3, 3)) == "ne\ntwo\nth"
    assert text_at(Span(source, 2, 1, 2, 4)) == "two"


@pytest.mark.parametrize(
    ("names", "expected"),
    [(["a"], "`a`"), (["a", "b"], "`a` and `b`"), (["a", "b", "c", "d", "e"], "`a`, `b`, `c` and 2 more")],
)
def test_names_for_a_message(names: list[str], expected: str) -> None:
    assert listed(names) == expected
