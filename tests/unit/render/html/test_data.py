"""A run as columns for its page."""

import json
from typing import Any

import pytest

from tests.support.stories import MIB, attempt, idle, large_story, past_run, pipeline, story
from wfopt.dataclass import replace
from wfopt.model.history import Alert, Foreseen, PastAttempt, Sample
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId
from wfopt.render.html.data import STATUSES, number, story_data

FAILED = StepStatus.FAILED


def data_of(*args: Any, **more: Any) -> dict[str, Any]:
    """Return the data of a story as a page reads it."""
    return json.loads(json.dumps(story_data(story(*args, **more))))


def test_steps_stand_in_file_order_and_hooks_behind_them() -> None:
    data = data_of([attempt("finally:clean"), attempt("b"), attempt("a")], steps=["a", "b"])
    assert data["steps"]["name"] == ["a", "b", "finally:clean"]
    assert data["steps"]["count"] == 2


def test_a_step_shows_its_last_attempt_and_each_attempt_its_own() -> None:
    data = data_of(
        [
            attempt("a", 0.0, 2.0, status=FAILED, exit_code=3, reason="exit status 3"),
            attempt("b", 0.5, 9.0),
            attempt("a", 4.0, 5.0, number=2, waited_s=1.5, reason="tried again"),
        ],
        steps=["a", "b"],
    )
    steps, attempts = data["steps"], data["attempts"]
    assert (steps["wall"], steps["attempts"], steps["wait"]) == ([5, 9], [2, 1], [1.5, 0])
    assert [steps["reasons"][place] for place in steps["reason"]] == ["tried again", ""]
    assert attempts["step"] == [0, 1, 0]
    assert attempts["number"] == [1, 1, 2]
    assert attempts["lane"] == [0, 1, 0]
    assert attempts["lanes"] == 2
    assert [STATUSES[place] for place in attempts["status"]] == ["failed", "succeeded", "succeeded"]
    assert attempts["ends"] == {"0": "exit status 3"}
    assert steps["ends"] == {}


def test_attempts_stand_in_order_of_their_starts() -> None:
    attempts = data_of([attempt("late", 5.0, 1.0), attempt("early", 1.0, 9.0)])["attempts"]
    assert (attempts["start"], attempts["step"]) == ([1, 5], [1, 0])


def test_what_did_not_run_has_no_bar_and_unknown_numbers() -> None:
    data = data_of([idle("a", StepStatus.CACHED, "up to date"), idle("b", StepStatus.SKIPPED, "`x` failed")])
    assert data["attempts"]["step"] == []
    assert data["attempts"]["lanes"] == 0
    assert data["steps"]["wall"] == [None, None]
    assert [data["statuses"][place] for place in data["steps"]["status"]] == ["cached", "skipped"]


def test_a_step_without_any_attempt_is_unknown() -> None:
    data = data_of([attempt("a")], steps=["a", "lost"])
    assert [data["statuses"][place] for place in data["steps"]["status"]] == ["succeeded", "unknown"]
    assert data["steps"]["cpus"] == [1, None]


def test_equal_reasons_are_written_once_and_long_ones_cut() -> None:
    steps = data_of(
        [attempt("a", reason="same"), attempt("b", reason="same"), attempt("c", reason="x" * 999)]
    )["steps"]
    assert steps["reason"] == [0, 0, 1]
    assert steps["reasons"] == ["same", "x" * 300 + "…"]


def test_critical_and_allowed_are_lists_of_places() -> None:
    steps = data_of([attempt("a"), attempt("b", critical=True), attempt("c", status=FAILED, allowed=True)])[
        "steps"
    ]
    assert (steps["critical"], steps["allowed"]) == ([1], [2])


def hit(kind: LimitKind, limit: float, observed: float) -> LimitHit:
    return LimitHit(kind=kind, limit=limit, observed=observed, enforced_by=Enforcer.WATCHDOG)


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (attempt("a", exit_code=0), None),
        (attempt("a", exit_code=2), "exit status 2"),
        (attempt("a", signal=9), "signal 9"),
        (
            attempt("a", signal=9, limit=hit(LimitKind.MEMORY, 512 * MIB, 600.0 * MIB)),
            "signal 9, over its limit: memory 600 MiB of 512 MiB (enforced: watchdog)",
        ),
        (
            attempt("a", limit=hit(LimitKind.CPU_TIME, 60, 61.0)),
            "over its limit: cpu time 1m 01s of 1m 00s (enforced: watchdog)",
        ),
        (
            attempt("a", limit=hit(LimitKind.PIDS, 10, 11)),
            "over its limit: pids 11 of 10 (enforced: watchdog)",
        ),
    ],
)
def test_an_end_is_told_in_words(ended: PastAttempt, words: str | None) -> None:
    assert data_of([ended])["steps"]["ends"].get("0") == words


def test_text_is_harmless() -> None:
    data = data_of(
        [attempt("a\u202eb", reason="x\x1by")],
        run=past_run(workflow="w\u2028.yml"),
        printed={"a\u202eb": "one\r\ntwo\x1b[31m red\x1b[0m\n\x07"},
    )
    assert data["steps"]["name"] == ["a\\u202eb"]
    assert data["steps"]["reasons"] == ["x\\x1by"]
    assert data["run"]["workflow"] == "w\\u2028.yml"
    assert data["printed"] == {"0": "one\ntwo red\n\\x07"}


def test_of_long_output_the_end_is_kept_and_of_much_output_what_fits() -> None:
    names = [f"s{place}" for place in range(60)]
    printed = dict.fromkeys(names, f"{'.' * 20_000}end") | {"gone": "x"}
    kept = data_of([attempt(name) for name in names], printed=printed)["printed"]
    assert all(text.endswith("end") and text.startswith("…") for text in kept.values())
    assert max(map(len, kept.values())) == 10_001
    assert len(kept) == 40
    assert "gone" not in kept


def test_alerts_point_at_their_steps() -> None:
    alerts = (
        Alert(at=1.0, rule="memory", severity="critical", message="full", step=StepId("b")),
        Alert(at=2.0, rule="cpu", severity="warning", message="busy"),
        Alert(at=3.0, rule="cpu", severity="warning", message="odd", step=StepId("elsewhere")),
    )
    shown = data_of([attempt("a"), attempt("b")], run=past_run(alerts=alerts))["run"]["alerts"]
    assert shown == [
        [1, "critical", "memory", "full", 1],
        [2, "warning", "cpu", "busy", None],
        [3, "warning", "cpu", "odd", None],
    ]


def test_a_prediction_is_shown_beside_the_run() -> None:
    foreseen = Foreseen(expected_s=5.0, low_s=4.5, high_s=8.0)
    assert data_of([], run=past_run(foreseen=foreseen))["run"]["foreseen"] == [5, 4.5, 8]
    assert data_of([])["run"]["foreseen"] is None


def test_samples_become_columns() -> None:
    usage = data_of([attempt("a")], samples=(Sample(0.5, 1.25, 100, 1), Sample(1.0, 0.0, 0, 0)))["usage"]
    assert usage == {
        "estimated": False,
        "at": [0.5, 1],
        "cpus": [1.25, 0],
        "memory": [100, 0],
        "running": [1, 0],
    }


def test_the_graph_of_a_small_run_is_whole() -> None:
    graph = data_of([attempt("a"), attempt("b"), attempt("c")], [("a", "b"), ("b", "c"), ("a", "c")])["graph"]
    assert graph["edges"] == [0, 1, 1, 2, 0, 2]
    assert graph["links"] == [0, 1, 1, 2]
    assert (graph["nodes"], graph["columns"], graph["folds"]) == ([0, 1, 2], [0, 1, 2], {})
    assert (graph["edgeCount"], graph["levels"], graph["widest"]) == (3, 3, 1)


def test_the_graph_of_a_large_run_keeps_failed_critical_and_slow_steps() -> None:
    attempts = [attempt(f"s{place}", wall_s=1.0) for place in range(400)]
    attempts[5] = attempt("s5", wall_s=0.1, status=FAILED)
    attempts[6] = attempt("s6", wall_s=0.2, critical=True)
    attempts[7] = attempt("s7", wall_s=50.0)
    graph = data_of(attempts)["graph"]
    assert {5, 6, 7} <= {node for node in graph["nodes"] if isinstance(node, int)}
    # The fold says how many steps of which levels it stands for, and how long they took together.
    assert graph["nodes"][-1] == [360, 0, 0]
    assert graph["folds"] == {"40": 360}


def test_so_many_edges_are_counted_but_not_listed() -> None:
    names = [f"s{place}" for place in range(300)]
    wide = story([attempt(name) for name in names])
    edges = tuple((first, then) for first in range(150) for then in range(150, 300))
    wide = replace(wide, shape=replace(wide.shape, edges=edges))
    graph = story_data(wide)["graph"]
    assert isinstance(graph, dict)
    assert (graph["edges"], graph["edgeCount"]) == (None, 22_500)


@pytest.mark.parametrize(
    ("value", "short"),
    [(None, None), (float("inf"), None), (2.00004, 2), (0.12345678, 0.1235), (-1.5, -1.5), (7, 7)],
)
def test_numbers_are_short(value: float | None, short: float | None) -> None:
    shown = number(value)
    assert shown == short
    assert len(json.dumps(shown)) <= 6


def test_a_thousand_steps_take_less_than_300_bytes_each() -> None:
    assert len(json.dumps(story_data(large_story(1000)), separators=(",", ":"))) < 300_000


def test_a_run_in_which_everything_happens_can_be_shown() -> None:
    data = json.loads(json.dumps(story_data(pipeline()), allow_nan=False))
    assert {data["statuses"][place] for place in data["steps"]["status"]} == set(STATUSES) - {"unknown"}
    lengths = {
        len(column) for name, column in data["steps"].items() if name in {"name", "status", "wall", "wait"}
    }
    assert lengths == {30}
