"""What to expect of a run, from a prepared history."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.history import HOST, past_attempt, past_run, stories, story
from tests.support.predicting import MACHINE, parallel, predicted, told
from tests.support.told_history import write_history
from wfopt.api import predict as module
from wfopt.api.knowledge import read_past
from wfopt.dataclass import replace
from wfopt.engine.report import Forecast
from wfopt.errors import UserError
from wfopt.model.estimates import Basis
from wfopt.model.history import Foreseen
from wfopt.model.outcome import StepStatus
from wfopt.model.prediction import PredictReport, Whole
from wfopt.resources.pool import Capacity

CHAIN = "wfopt: 1\nsteps:\n  a: {run: 'true'}\n  b: {run: 'true', needs: [a]}\n  c: {run: 'true'}\n"
WALLS = {"a": [10.0], "b": [20.0], "c": [5.0]}


def seconds(whole: Whole) -> float:
    assert whole.makespan is not None
    return whole.makespan.expected


def of(report: PredictReport, step: str) -> float | None:
    wall = next(each for each in report.steps if each.step == step).wall
    return wall.expected if wall else None


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A folder with a chain of two steps beside a third one, and twelve equal runs."""
    (tmp_path / "wfopt.yml").write_text(CHAIN)
    runs = [replace(each, run=replace(each.run, wall_s=30.0)) for each in stories(12, WALLS)]
    write_history(tmp_path, runs)
    return tmp_path


def test_steps_the_whole_and_the_critical_path(chain: Path) -> None:
    report = predicted(chain)
    assert report.runs == 12
    assert [of(report, step) for step in "abc"] == pytest.approx([10.0, 20.0, 5.0])
    assert seconds(report.whole) == pytest.approx(30.0)
    assert report.whole.path == ("a", "b")
    assert {each.step: each.on_path for each in report.steps} == {"a": 1.0, "b": 1.0, "c": 0.0}
    assert report.whole.cpu_s == pytest.approx(17.5)
    assert (report.unknown, report.borrowed, report.ignored) == ((), None, 0)
    assert report.whole.makespan is not None
    assert report.whole.makespan.low <= 30.0 <= report.whole.makespan.high


@pytest.mark.parametrize(
    ("what_if", "expected"),
    [
        ("b=0.5x", 20.0),
        ("b=2x,b=0.5x", 30.0),
        ("b=1m", 70.0),
        ("b=1m,b=2x", 130.0),
        ("-a:b", 20.0),
        ("+b:c", 35.0),
        ("+a:b", 30.0),
        ("cpus=1", 35.0),
        ("jobs=1", 35.0),
        ("cpus=0.5", 35.0),
        ("?=2x", 60.0),
        ("strategy=fifo", 30.0),
        ("cpus=8,-a:b,+b:c,c=3x", 35.0),
    ],
)
def test_what_could_be_different(chain: Path, what_if: str, expected: float) -> None:
    (found,) = predicted(chain, what_if).variations
    assert (found.name, found.remarks) == (what_if, ())
    assert seconds(found.whole) == pytest.approx(expected, rel=1e-6)


def test_scenarios_stand_side_by_side_and_do_not_mix(chain: Path) -> None:
    report = predicted(chain, "cpus=1", "b=0.5x")
    assert [seconds(each.whole) for each in report.variations] == pytest.approx([35.0, 20.0])
    assert [each.whole.slots for each in report.variations] == [1, 2]
    assert seconds(report.whole) == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("what_if", "message"),
    [
        ("d=2x", "there is no step `d`"),
        ("-d:b", "there is no step `d`"),
        ("-a:c", "`c` does not wait for `a`"),
        ("-b:a", "`a` does not wait for `b`"),
        ("+b:a", "`a` cannot wait for `b`"),
        ("+a:a", "`a` cannot wait for `a`"),
        ("cpus=8,-a:c", "`c` does not wait for `a`"),
    ],
)
def test_what_does_not_exist_is_told(chain: Path, what_if: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        predicted(chain, what_if)
    assert message in caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("what_if", "hint"),
    [
        ("-b:a", "it is the other way round: `-a:b`"),
        ("-c:b", "`b` waits for `a`"),
        ("-b:c", "`c` waits for no step"),
    ],
)
def test_a_missing_edge_comes_with_those_that_there_are(chain: Path, what_if: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        predicted(chain, what_if)
    assert caught.value.diagnostics[0].hints == (hint,)


def test_a_machine_that_is_too_small_for_a_step(tmp_path: Path) -> None:
    told(tmp_path, parallel(1, "  big: {run: 'true', resources: {memory: 2GiB}}\n"), {"s0": [1.0]})
    with pytest.raises(UserError) as caught:
        predicted(tmp_path, "memory=1GiB")
    assert "step `big` asks for 2 GiB of memory" in caught.value.diagnostics[0].message
    (found,) = predicted(tmp_path, "memory=2GiB").variations
    assert found.whole.memory_capacity == 2 << 30


def test_no_history_tells_nothing_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(CHAIN)
    report = predicted(tmp_path, "cpus=1", sweep=True, backtest=True)
    assert (report.runs, report.unknown, report.borrowed) == (0, ("a", "b", "c"), None)
    assert report.whole.makespan is None
    assert report.variations[0].whole.makespan is None
    assert report.sweep is None
    assert report.tested is not None
    assert report.tested.overall is None
    assert [each.name for each in tmp_path.iterdir()] == ["wfopt.yml"]


def test_a_scenario_may_say_what_nobody_knows(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(CHAIN)
    some, every = predicted(tmp_path, "a=10s", "*=10s").variations
    assert some.whole.makespan is None
    assert seconds(every.whole) == 20.0
    assert every.whole.makespan is not None
    assert every.whole.makespan.basis is Basis.HINT


def test_unknown_steps_borrow_an_order_of_magnitude(tmp_path: Path) -> None:
    told(tmp_path, parallel(3), {"s0": [4.0], "s1": [9.0]})
    report = predicted(tmp_path)
    assert report.unknown == ("s2",)
    assert report.borrowed is not None
    assert report.borrowed.low < 4.0
    assert report.borrowed.high > 9.0
    assert report.whole.makespan is not None
    assert report.whole.makespan.basis is Basis.BORROWED


def test_a_hint_is_taken_for_steps_without_a_past(tmp_path: Path) -> None:
    told(tmp_path, parallel(1, "  slow: {run: 'true', x-duration: 2m}\n"), {"s0": [4.0]})
    report = predicted(tmp_path)
    slow = report.steps[1].wall
    assert slow is not None
    assert (slow.expected, slow.basis) == (120.0, Basis.HINT)
    assert report.unknown == ()


def test_hits_take_no_time_unless_the_cache_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(tmp_path, parallel(2), {"s0": [8.0], "s1": [3.0]}, 3)
    hit, due = Forecast(cached=True, reason="up to date"), Forecast(cached=None, reason="who knows")
    monkeypatch.setattr(module, "forecast", lambda *_: {"s0": hit, "s1": due})
    report = predicted(tmp_path, "cache=off,jobs=1", "s0=9x")
    assert [each.cached for each in report.steps] == [True, None]
    assert report.whole.path == ("s1",)
    everything, hits = report.variations
    assert seconds(everything.whole) > 2 * seconds(hits.whole)
    assert hits.remarks == ("`s0`: in the cache, so another duration changes nothing (`cache=off` runs all)",)


def test_what_runs_at_the_end_counts(tmp_path: Path) -> None:
    told(tmp_path, parallel(1) + "finally:\n  clean: {run: 'true'}\n", {"s0": [8.0], "finally:clean": [2.0]})
    report = predicted(tmp_path)
    assert [each.step for each in report.steps] == ["s0", "finally:clean"]
    assert seconds(report.whole) == pytest.approx(10.0)


def test_memory_is_added_up_where_steps_overlap(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(CHAIN)
    attempts = [
        past_attempt("a", 10.0, peak_memory_bytes=100 << 20),
        past_attempt("b", 20.0, peak_memory_bytes=70 << 20),
        past_attempt("c", 5.0, peak_memory_bytes=50 << 20),
    ]
    write_history(tmp_path, [story(past_run(f"r{number}", wall_s=30.0), attempts) for number in range(5)])
    report = predicted(tmp_path, "jobs=1")
    assert report.whole.memory_bytes == pytest.approx(150 << 20, rel=0.01)
    assert report.variations[0].whole.memory_bytes == pytest.approx(100 << 20, rel=0.01)
    assert report.steps[0].allocation is not None
    assert report.steps[0].allocation >= 100 << 20


def test_larger_inputs_take_longer(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text("wfopt: 1\nsteps:\n  a: {run: 'true', inputs: [in.txt]}\n")
    (tmp_path / "in.txt").write_text("x" * 5000)
    sizes = [1000, 2000, 3000, 4000, 6000] * 4
    write_history(
        tmp_path,
        [
            story(past_run(f"r{place:02}"), [past_attempt("a", size / 100, input_bytes=size)])
            for place, size in enumerate(sizes)
        ],
    )
    assert of(predicted(tmp_path), "a") == pytest.approx(50.0, rel=0.05)


SIZED = "wfopt: 1\nsteps:\n  a: {run: 'true', inputs: [in.txt], x-size: {lines: in.txt, files: in.txt}}\n"


@given(st.integers(0, 1000), st.integers(50, 450))
@settings(max_examples=10, deadline=None)
def test_what_grows_with_lines_and_not_with_bytes_is_predicted_by_lines(seed: int, upcoming: int) -> None:
    rnd = random.Random(seed)  # noqa: S311 - the same every time
    counts = [rnd.randrange(50, 500) for _ in range(16)]
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "wfopt.yml").write_text(SIZED)
        (folder / "in.txt").write_text("x\n" * upcoming)
        attempts = [
            past_attempt("a", 2 + count / 10 * rnd.uniform(0.98, 1.02), input_bytes=rnd.randrange(500, 5000))
            for count in counts
        ]
        sized = [
            each._replace(sizes={"lines": float(count), "files": 1.0})
            for each, count in zip(attempts, counts, strict=True)
        ]
        write_history(folder, [story(past_run(f"r{place:02}"), [each]) for place, each in enumerate(sized)])
        (step,) = predicted(folder).steps
    assert step.wall is not None
    assert step.wall.input == "x-lines"
    assert step.wall.expected == pytest.approx(2 + upcoming / 10, rel=0.1)


def test_sizes_that_a_run_measured_are_remembered(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(SIZED)
    attempts = [past_attempt("a", 1.0)._replace(sizes={"lines": 7.0}), past_attempt("b", 2.0)]
    write_history(tmp_path, [story(past_run("r0"), attempts)])
    ((_, found),) = read_past(str(tmp_path / ".wfopt"), "wfopt.yml").runs
    assert [dict(each.sizes) for each in found] == [{"lines": 7.0}, {}]


def test_the_interval_rests_on_how_far_off_earlier_answers_were(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(parallel(1))

    def history(expected_s: float) -> PredictReport:
        said = Foreseen(expected_s=expected_s, low_s=1.0, high_s=2.0)
        runs = [past_run(f"r{number:02}", wall_s=10.0, foreseen=said) for number in range(14)]
        write_history(tmp_path, [story(run, [past_attempt("s0", 10.0)]) for run in runs])
        report = predicted(tmp_path)
        (tmp_path / ".wfopt" / "history.db").unlink()
        return report

    good, bad = history(10.0).whole.makespan, history(5.0).whole.makespan
    assert good is not None
    assert bad is not None
    assert good.high < 1.2 * good.expected < 1.5 * bad.expected < bad.high


def test_values_without_sense_are_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(parallel(1))
    peaks = [1 << 20, 1 << 20, 1 << 62]
    runs = [
        story(past_run(f"r{place}"), [past_attempt("s0", 2.0, peak_memory_bytes=peak)])
        for place, peak in enumerate(peaks)
    ]
    write_history(tmp_path, runs)
    report = predicted(tmp_path)
    assert report.ignored == 1
    assert report.steps[0].memory is not None
    assert report.steps[0].memory.expected == pytest.approx(1 << 20)


def test_negative_and_infinite_times_are_no_trouble(tmp_path: Path) -> None:
    walls = [-5.0, float("inf"), float("nan"), 3.0, 3.0, 3.0]
    told(tmp_path, parallel(1), {"s0": walls}, 6)
    found = of(predicted(tmp_path), "s0")
    assert found is not None
    assert 0 < found < 3.01


def test_attempts_that_failed_take_at_least_that_long(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(parallel(1))
    failed = past_attempt("s0", 9.0, status=StepStatus.FAILED)
    runs = [[past_attempt("s0", 5.0)], [failed], [past_attempt("s0", 5.2)], [failed]]
    write_history(tmp_path, [story(past_run(f"r{place}"), each) for place, each in enumerate(runs)])
    step = predicted(tmp_path).steps[0]
    assert step.failure == pytest.approx(2.5 / 5)
    assert step.wall is not None
    assert step.wall.samples == 2


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, float("nan"), 2.0])
def test_impossible_levels(chain: Path, level: float) -> None:
    with pytest.raises(ValueError, match="is not between 0 and 1"):
        predicted(chain, level=level)


def test_higher_levels_have_wider_intervals_around_the_same_value(tmp_path: Path) -> None:
    told(tmp_path, parallel(1), {"s0": [4.0, 5.0, 4.5, 5.5, 4.2]}, 20)
    narrow, wide = predicted(tmp_path, level=0.5), predicted(tmp_path, level=0.95)
    for one, other in (
        (narrow.steps[0].wall, wide.steps[0].wall),
        (narrow.whole.makespan, wide.whole.makespan),
    ):
        assert one is not None
        assert other is not None
        assert one.expected == pytest.approx(other.expected)
        assert other.low < one.low < one.high < other.high


def test_a_backtest_tells_of_steps_and_models(tmp_path: Path) -> None:
    told(tmp_path, parallel(2), {"s0": [4.0, 5.0], "s1": [1.0]}, 20)
    tested = predicted(tmp_path, backtest=True).tested
    assert tested is not None
    assert tested.overall is not None
    assert [each.name for each in tested.steps] == ["s0", "s1"]
    assert tested.steps[1].median_ape == pytest.approx(0.0, abs=1e-9)
    names = [each.name for each in tested.models]
    assert {"ensemble", "median", "last"} <= set(names)
    errors = [each.median_ape for each in tested.models]
    assert errors == sorted(errors)


def test_the_sweep_shows_from_where_on_more_cpus_do_not_pay(tmp_path: Path) -> None:
    told(tmp_path, parallel(4), {f"s{number}": [10.0] for number in range(4)})
    sweep = predicted(tmp_path, sweep=True).sweep
    assert sweep is not None
    ratios = {cpus: taken / sweep.seconds[4] for cpus, taken in sweep.seconds.items()}
    assert ratios == pytest.approx({1: 4, 2: 2, 3: 2, 4: 1, 6: 1, 8: 1})
    assert sweep.enough == 4


def test_the_sweep_has_the_machine_itself(chain: Path) -> None:
    capacity = Capacity(slots=5, cpu_milli=5000)
    sweep = predicted(chain, capacity=capacity, sweep=True).sweep
    assert sweep is not None
    assert 5 in sweep.seconds
    assert sweep.enough == 2


@pytest.mark.slow
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walls=st.lists(st.floats(0.5, 100.0), min_size=1, max_size=7), cpus=st.integers(1, 4))
def test_more_cpus_never_harm_independent_steps_and_no_change_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, walls: list[float], cpus: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    told(folder, parallel(len(walls)), {f"s{place}": [wall] for place, wall in enumerate(walls)}, 2)
    capacity = replace(MACHINE, slots=cpus, cpu_milli=cpus * 1000)
    same = (f"cpus={cpus}", f"jobs={cpus}", "*=1x", "strategy=critical-path", "memory=8GiB")
    report = predicted(folder, *same, ",".join(same), capacity=capacity, sweep=True)
    for each in report.variations:
        assert each.whole == report.whole
    assert report.sweep is not None
    taken = list(report.sweep.seconds.values())
    assert all(later <= earlier * (1 + 1e-9) for earlier, later in pairwise(taken))


def test_runs_of_other_machines_are_scaled(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(parallel(1))
    south = replace(HOST, name="south")
    runs = [story(past_run(f"s{number}", host=south), [past_attempt("s0", 8.0)]) for number in range(5)]
    write_history(tmp_path, runs)
    assert of(predicted(tmp_path), "s0") == pytest.approx(8.0)
