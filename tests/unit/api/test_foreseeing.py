"""What a run is expected to take, for those who look at it and for its score."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builders import workflow
from tests.support.history import not_started, past_attempt, past_run, stories, story
from tests.support.predicting import parallel, run_options, told
from tests.support.runners import Plan as Script
from tests.support.stages import Stage
from tests.support.told_history import write_history
from wfopt.api import foreseeing as module
from wfopt.api.foreseeing import FEWEST_RUNS, expected_walls, foreseen, longest_walls, seconds_of
from wfopt.api.prepare import prepare
from wfopt.dataclass import replace
from wfopt.metrics.store import open_history
from wfopt.model.history import Ending, Foreseen, PastAttempt
from wfopt.model.workflow import StepId
from wfopt.scheduler.base import Strategy
from wfopt.scheduler.strategies.critical_path import CriticalPath
from wfopt.scheduler.strategies.predictive import Predictive

S0, S1 = StepId("s0"), StepId("s1")


def seen(folder: Path, attempts: list[PastAttempt], run_id: str = "new") -> Foreseen | None:
    options = run_options(folder)
    return foreseen(prepare(options), options, run_id, attempts)


def test_the_runs_before_tell_what_to_expect(tmp_path: Path) -> None:
    told(tmp_path, parallel(2), {"s0": [10.0], "s1": [4.0]})
    found = seen(tmp_path, [past_attempt("s0", 99.0), past_attempt("s1", 99.0)])
    assert found is not None
    assert 10.0 <= found.expected_s < 14.5
    assert found.low_s <= found.expected_s < found.high_s


def test_corrections_and_widths_are_taken_over_from_the_run_before(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(parallel(1))
    late = Foreseen(expected_s=10.0, low_s=9.0, high_s=11.0, wall_width=0.5, memory_width=-0.25)
    runs = [
        replace(each, run=replace(each.run, wall_s=12.0, foreseen=late))
        for each in stories(8, {"s0": [12.0]})
    ]
    write_history(tmp_path, runs)
    inside = seen(tmp_path, [past_attempt("s0", 12.0)])
    outside = seen(tmp_path, [past_attempt("s0", 99.0)])
    assert inside is not None
    assert outside is not None
    assert 0.1 < inside.drift < 0.18
    assert inside.wall_width < 0.5 < outside.wall_width
    assert inside.memory_width == -0.25


def test_only_steps_that_ran_count(tmp_path: Path) -> None:
    told(tmp_path, parallel(2), {"s0": [10.0], "s1": [4.0]})
    both = seen(tmp_path, [past_attempt("s0"), past_attempt("s1")])
    one = seen(tmp_path, [not_started("s0"), past_attempt("s1")])
    assert both is not None
    assert one is not None
    assert one.expected_s == pytest.approx(both.expected_s * 0.4)
    assert seen(tmp_path, [not_started("s0"), not_started("s1")]) is None


def test_what_was_written_of_the_run_itself_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(parallel(1))
    runs = stories(FEWEST_RUNS - 1, {"s0": [10.0]})
    going = story(past_run("new", ending=Ending.UNFINISHED, exit_code=None), [past_attempt("s0", 99.0)])
    write_history(tmp_path, [*runs, going])
    assert seen(tmp_path, [past_attempt("s0")]) is None
    assert seen(tmp_path, [past_attempt("s0")], "other") is not None


def test_larger_inputs_are_expected_to_take_longer(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(parallel(1))
    sizes = [1000, 2000, 3000, 4000, 6000] * 3
    runs = [
        story(past_run(f"r{place:02}", wall_s=size / 100), [past_attempt("s0", size / 100, input_bytes=size)])
        for place, size in enumerate(sizes)
    ]
    write_history(tmp_path, runs)
    found = seen(tmp_path, [past_attempt("s0", input_bytes=5000)])
    assert found is not None
    assert found.expected_s == pytest.approx(50.0, rel=0.05)


def test_expected_walls_are_those_of_this_machine(tmp_path: Path) -> None:
    told(tmp_path, parallel(3), {"s0": [10.0], "s1": [4.0]})
    options = run_options(tmp_path)
    found = expected_walls(prepare(options), options)
    assert seconds_of(found) == pytest.approx({S0: 10.0, S1: 4.0})
    elsewhere = replace(options, host="south")
    assert expected_walls(prepare(elsewhere), elsewhere) == {}


def test_no_history_expects_nothing_and_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(parallel(1))
    options = run_options(tmp_path)
    assert expected_walls(prepare(options), options) == {}
    assert seen(tmp_path, [past_attempt("s0")]) is None
    assert [each.name for each in tmp_path.iterdir()] == ["wfopt.yml"]


def test_a_broken_history_expects_nothing(tmp_path: Path) -> None:
    told(tmp_path, parallel(1), {"s0": [10.0]})
    (tmp_path / ".wfopt" / "history.db").write_bytes(b"no database" * 1000)
    options = run_options(tmp_path)
    assert expected_walls(prepare(options), options) == {}
    assert seen(tmp_path, [past_attempt("s0")]) is None


def test_the_longest_walls_need_some_values(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(parallel(2))
    runs = stories(6, {"s0": [10.0, 11.0, 10.5]})
    newest = story(past_run("newest"), [past_attempt("s0", 10.2), past_attempt("s1", 4.0)])
    write_history(tmp_path, [*runs, newest])
    options = run_options(tmp_path)
    found = longest_walls(prepare(options), options)
    assert set(found) == {S0}
    assert found[S0] > 11.0


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A workspace whose history has three runs of `w.yml`, in which `a` took eight seconds."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    made = Stage(tmp_path)
    runs = stories(3, {"a": [8.0]}, template=past_run(workflow="w.yml"))
    with open_history(
        str(made.state / "history.db"), wall=lambda: 0.0, monotonic=lambda: 0.0, warn=lambda _: None
    ) as writer:
        for each in runs:
            writer.write(each)
    return made


def test_a_run_remembers_what_was_expected_of_it(stage: Stage) -> None:
    stage.run(workflow("a"), {"a": Script(duration_s=6.0)}, host="north")
    found = stage.stories[0].run.foreseen
    assert found is not None
    assert found.expected_s == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("duration_s", "exit_code", "host"), [(0.9, 0, "north"), (6.0, 1, "north"), (6.0, 0, "south")]
)
def test_short_failed_and_first_runs_are_not_predicted(
    duration_s: float, exit_code: int, host: str, stage: Stage
) -> None:
    stage.run(workflow("a"), {"a": Script(duration_s=duration_s, exit_code=exit_code)}, host=host)
    assert stage.stories[0].run.foreseen is None


@pytest.mark.parametrize("strategy", [CriticalPath(), Predictive()])
def test_only_the_predictive_strategy_starts_from_predictions(
    strategy: Strategy, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = module.expected_walls
    monkeypatch.setattr(module, "expected_walls", lambda *args: asked.append(1) or real(*args))
    stage.run(workflow("abcd"), {}, host="north", strategy=strategy)
    assert len(asked) == isinstance(strategy, Predictive)


def test_trouble_with_predictions_does_not_change_a_run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trouble(*_args: object, **_more: object) -> None:
        raise OverflowError("an age")

    monkeypatch.setattr(module, "predict_workflow", trouble)
    report = stage.run(workflow("ab"), {"a": Script(duration_s=6.0)}, host="north", strategy=Predictive())
    assert report.exit_code == 0
    assert stage.stories[0].run.foreseen is None
