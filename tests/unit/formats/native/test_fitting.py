"""Declared files that break rules of the native format."""

import pytest

from tests.support.builders import edge, step
from wfopt.formats.native import edges as edges_module
from wfopt.formats.native.fitting import fitted
from wfopt.model.patterns import PathPattern, parse_pattern
from wfopt.model.workflow import Edge, Step, StepId


def paths(*texts: str) -> tuple[PathPattern, ...]:
    return tuple(map(parse_pattern, texts))


def lost(steps: list[Step], edges: list[Edge]) -> tuple[list[Step], list[tuple[str, str]]]:
    told: list[tuple[str, str]] = []

    def tell(name: StepId, what: str) -> None:
        told.append((name, what.partition(":")[0]))

    return fitted(steps, edges, tell), told


def test_what_fits_stays() -> None:
    steps = [step("a", outputs=paths("x")), step("b", inputs=paths("x"), outputs=())]
    assert lost(steps, [edge("a", "b")]) == (steps, [])


@pytest.mark.parametrize("text", ["x", "log-*"])
def test_an_output_belongs_to_the_first_who_declares_it(text: str) -> None:
    shared = paths(text)
    found, told = lost([step("a", outputs=shared), step("b", outputs=shared)], [])
    assert [each.outputs for each in found] == [shared, None]
    assert told == [("b", "`outputs`")]


@pytest.mark.parametrize("text", ["x", "*"])
def test_inputs_that_would_make_an_order_are_dropped(text: str) -> None:
    steps = [step("a", outputs=paths("x")), step("b", inputs=paths(text), outputs=())]
    found, told = lost(steps, [edge("b", "a")])
    assert found[1].inputs is None
    assert told == [("b", "`inputs`")]


def test_who_reads_what_it_writes_reads_nothing() -> None:
    found, told = lost([step("a", inputs=paths("x"), outputs=paths("x"))], [])
    assert found[0].inputs is None
    assert told == [("a", "`inputs`")]


def test_too_many_files_to_compare_are_all_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges_module, "MAX_COMPARISONS", 0)
    steps = [step("a", outputs=paths("x*")), step("b", inputs=paths("x1")), step("c")]
    found, told = lost(steps, [])
    assert [(each.inputs, each.outputs) for each in found] == [(None, None)] * 3
    assert [name for name, _ in told] == ["a", "b"]
