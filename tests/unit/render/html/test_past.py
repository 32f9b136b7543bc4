"""The runs before, as data for charts."""

import json
from typing import Any

from tests.support.stories import page_history, point
from wfopt.model.workflow import StepId
from wfopt.render.html.past import MOST_RUNS, MOST_STEPS, PageHistory, TrendMark, past_data


def data_of(history: PageHistory) -> dict[str, Any]:
    """Return the data of a history as a page reads it."""
    return json.loads(json.dumps(past_data(history), allow_nan=False))


def test_runs_become_columns_with_what_is_known_of_their_hits() -> None:
    data = data_of(
        PageHistory(
            runs=[point(1, 4.0), point(2, 5.5, status="failed", host="lap\x07top")],
            hit_rates={"run-002": 0.25},
        )
    )
    assert data["total"] == 2
    assert data["runs"] == {
        "id": ["run-001", "run-002"],
        "at": [1790028800, 1790057600],
        "status": ["succeeded", "failed"],
        "wall": [4, 5.5],
        "hitRate": [None, 0.25],
        "host": ["builder-1", "lap\\x07top"],
    }


def test_only_the_newest_runs_are_drawn() -> None:
    data = data_of(PageHistory(runs=[point(number, 1.0) for number in range(MOST_RUNS + 5)]))
    assert data["total"] == MOST_RUNS + 5
    assert (len(data["runs"]["id"]), data["runs"]["id"][0]) == (MOST_RUNS, "run-005")


def test_the_slowest_steps_are_those_with_the_longest_medians() -> None:
    steps = {StepId(f"s{place:02}"): [point(1, float(place))] for place in range(20)}
    # One slow run does not make a slow step.
    steps[StepId("odd")] = [point(1, 0.1), point(2, 0.1), point(3, 900.0)]
    steps[StepId("never ran")] = []
    data = data_of(PageHistory(steps=steps))
    assert [step["name"] for step in data["steps"]] == [f"s{place:02}" for place in range(19, 7, -1)]
    assert len(data["steps"]) == MOST_STEPS
    assert data["stepCount"] == 21
    assert data["steps"][0]["typical"] == 19


def test_of_a_step_only_the_newest_points_are_drawn() -> None:
    data = data_of(PageHistory(steps={StepId("a"): [point(number, 1.0) for number in range(150)]}))
    assert data["steps"][0]["id"] == [f"run-{number:03}" for number in range(50, 150)]


def test_trends_say_what_changed_since_when() -> None:
    mark = TrendMark(step=StepId("a"), metric="wall_s", before=1.0, after=2.5, since_run="run-007")
    assert data_of(PageHistory(trends=[mark]))["trends"] == [
        {"step": "a", "metric": "wall_s", "before": 1, "after": 2.5, "since": "run-007"}
    ]


def test_no_history_is_no_charts() -> None:
    data = data_of(PageHistory())
    assert (data["runs"]["id"], data["steps"], data["trends"]) == ([], [], [])


def test_a_long_history_stays_small() -> None:
    assert len(json.dumps(past_data(page_history(1000)))) < 400_000
