"""The order of the steps of a job."""

import pytest

from tests.support.github_files import mapping
from wfopt.formats.github.flow import Flow, flow_of
from wfopt.formats.problems import Problems

SETTER = "echo A=1 >> $GITHUB_ENV"


def flow(steps: str, problems: Problems | None = None) -> Flow:
    return flow_of("a", mapping(f"steps: {steps}").get("steps"), problems or Problems())


def order(found: Flow) -> list[str]:
    names = [step.name for step in found.steps]
    return [f"{names[a]}-{names[b]} {kind.value}" for (a, b), kind in sorted(found.edges.items())]


@pytest.mark.parametrize(
    ("steps", "expected", "lasts"),
    [
        ("[{run: a}, {uses: b}, {run: c}]", ["1-2 order", "2-3 order"], "3"),
        ("[{run: a, background: true}, {run: b}]", [], "1 2"),
        ("[{run: a, background: false}, {run: b}]", ["1-2 order"], "2"),
        (
            "[{run: a, id: x, background: true}, {run: b}, {wait: x}, {run: c}]",
            ["x-4 order", "2-4 order"],
            "4",
        ),
        (
            "[{run: a, id: x, background: true}, {run: b, id: y, background: true}, {wait: [x]}, {run: c}]",
            ["x-4 order"],
            "y 4",
        ),
        ("[{run: a, background: true}, {wait-all: true}, {run: c}]", ["1-3 order"], "3"),
        ("[{run: a, background: true}, {wait-all: false}, {run: c}]", [], "1 3"),
        ("[{run: a, id: x, background: true}, {run: b}, {cancel: x}]", [], "2"),
        (
            "[{run: a}, {parallel: [{run: b}, {uses: c}, {}]}, {run: d}]",
            ["1-2.1 order", "1-2.2 order", "2.1-3 order", "2.2-3 order"],
            "3",
        ),
        ("[{parallel: []}, {run: a}]", [], "2"),
        (
            "[{run: a, id: x}, {run: b}, {run: '${{ steps.x.outputs.y }}'}]",
            ["x-2 order", "x-3 data", "2-3 order"],
            "3",
        ),
        (
            "[{run: a, id: x}, {run: b}, {run: '${{ toJSON(steps) }}'}]",
            ["x-2 order", "x-3 data", "2-3 order"],
            "3",
        ),
        ("[{run: a, id: x}, {run: b, if: steps.x.outcome}]", ["x-2 data"], "2"),
        ("[{run: a, id: x, background: true}, {run: '${{ steps.x.outputs.y }}'}]", [], "x 2"),
        (f"[{{run: {SETTER}}}, {{run: b}}, {{run: c}}]", ["1-2 data", "1-3 data", "2-3 order"], "3"),
        (f"[{{run: {SETTER}}}, {{run: {SETTER}}}, {{run: c}}]", ["1-2 data", "2-3 data"], "3"),
        (
            f"[{{parallel: [{{run: {SETTER}}}, {{run: b}}]}}, {{run: c}}, {{run: d}}]",
            ["1.1-2 data", "1.1-3 data", "1.2-2 order", "2-3 order"],
            "3",
        ),
        (
            f"[{{run: {SETTER}, id: x, background: true}}, {{run: b}}, {{wait: x}}, {{run: c}}]",
            ["x-4 data", "2-4 order"],
            "4",
        ),
    ],
)
def test_order(steps: str, expected: list[str], lasts: str) -> None:
    found = flow(steps)
    assert order(found) == expected
    assert " ".join(found.steps[place].name for place in found.lasts) == lasts


def test_the_first_steps_wait_for_nothing() -> None:
    assert flow("[{run: a, background: true}, {run: b}, {run: c}]").firsts == (0, 1)
    assert flow("text").firsts == ()


def test_a_cancelled_step_is_known_as_stopped() -> None:
    assert flow("[{run: a, id: x, background: true}, {cancel: x}]").stopped == {0}


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ("[{run: a}, x]", "step 2 of job `a` is no mapping and is left out"),
        ("[{name: a}]", "step 1 of job `a` has neither `run` nor `uses`"),
        ("[{run: [a]}]", "step 1 of job `a` has neither `run` nor `uses`"),
        ("[{run: a, id: x}, {run: b, id: x}]", "job `a` has two steps with the id `x`"),
        ("[{run: a, id: one}, {wait: on}]", "job `a` has no step `on` above"),
    ],
)
def test_warnings(steps: str, message: str) -> None:
    problems = Problems()
    flow(steps, problems)
    assert [each.message for each in problems.found] == [message]


def test_ids_that_look_like_places_are_not_used() -> None:
    assert [
        step.name for step in flow("[{run: a, id: '2'}, {run: b, id: 1.1}, {run: c, id: 'x y'}]").steps
    ] == [
        "1",
        "2",
        "x%20y",
    ]
