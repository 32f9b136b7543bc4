"""What `wfopt predict` prints, and its exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.history import past_attempt, past_run, story
from tests.support.predicting import Done, command_in
from tests.support.told_history import told_stories, write_history

FIXTURES = Path(__file__).parents[2] / "fixtures" / "predict"
MACHINE = ("-j", "4", "--memory", "8GiB")
WORKFLOW = """wfopt: 1
steps:
  fetch: {run: "true"}
  build: {run: "true", needs: [fetch]}
  test: {run: "true", needs: [build]}
  lint: {run: "true", needs: [fetch], x-duration: 30s}
  docs: {run: "true"}
finally:
  clean: {run: "true"}
"""

UNHINTED = WORKFLOW.replace(", x-duration: 30s", "")

Predict = Callable[..., Done]


@pytest.fixture
def predict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Predict:
    """Run `wfopt predict` with some words in a workspace; named values are the environment."""
    return command_in(tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A history with something to tell, as the content of its file."""
    return write_history(tmp_path_factory.mktemp("told"), told_stories()).read_bytes()


@pytest.fixture
def place(tmp_path: Path, told: bytes) -> Path:
    """A workspace with that history and its workflow file."""
    (tmp_path / "wfopt.yml").write_text(WORKFLOW)
    (tmp_path / ".wfopt").mkdir()
    (tmp_path / ".wfopt" / "history.db").write_bytes(told)
    return tmp_path


def document_of(done: Done) -> Any:
    assert (done.status, done.log) == (0, "")
    return json.loads(done.out)


def rounded(value: Any) -> Any:
    """Return a document with numbers of three digits: what differs behind them is no change of the format."""
    match value:
        case dict():
            return {name: rounded(each) for name, each in value.items()}
        case list():
            return [rounded(each) for each in value]
        case float():
            return float(f"{value:.3g}")
        case int() if value > 1 << 20:
            return int(float(f"{value:.3g}"))
    return value


WORDS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "verbose": ("-v",),
    "quiet": ("-q", "--level", "0.95"),
    "what-if": ("--what-if", "cpus=1,build=0.5x", "--what-if", "-build:test,lint=1m", "--what-if", "jobs=1"),
    "backtest": ("--backtest",),
    "sweep": ("--cpus-sweep", "test"),
}


@pytest.mark.parametrize("name", list(WORDS))
@pytest.mark.parametrize("output", ["table", "json"])
def test_each_view_in_each_format(
    name: str, output: str, predict: Predict, place: Path, expect: Callable[[str, Path], None]
) -> None:
    done = predict(*WORDS[name], *MACHINE, "--format", output, COLUMNS="120")
    assert (done.status, done.log) == (0, "")
    if output == "json":
        expect(json.dumps(rounded(json.loads(done.out)), indent=2) + "\n", FIXTURES / f"{name}.json")
    else:
        expect(done.out, FIXTURES / f"{name}.txt")


def test_looking_changes_nothing(predict: Predict, place: Path, told: bytes) -> None:
    assert predict("--backtest").status == 0
    assert sorted(each.name for each in place.iterdir()) == [".wfopt", "wfopt.yml"]
    assert [each.name for each in (place / ".wfopt").iterdir()] == ["history.db"]
    assert (place / ".wfopt" / "history.db").read_bytes() == told


def test_the_document_has_what_is_promised(predict: Predict, place: Path) -> None:
    words = ("--what-if", "jobs=1", "--backtest", "--cpus-sweep", "--format", "json")
    document = document_of(predict(*words))
    assert document["schema"] == "wfopt.predict/1"
    assert document.keys() >= {"file", "runs", "level", "makespan", "steps", "scenarios", "backtest"}
    assert document["makespan"].keys() >= {"expected_s", "low_s", "high_s", "basis"}
    step = document["steps"][0]
    assert step.keys() >= {"id", "expected_s", "low_s", "high_s", "model", "samples", "confidence", "memory"}
    assert step["memory"].keys() >= {"expected_bytes", "high_bytes"}
    assert document["scenarios"][0].keys() >= {"name", "makespan"}
    assert document["backtest"].keys() >= {"steps", "median_ape", "p90_ape", "coverage", "by_model"}


def test_only_the_steps_that_are_asked_for(predict: Predict, place: Path) -> None:
    document = document_of(predict("build", "--format", "json"))
    assert [each["id"] for each in document["steps"]] == ["fetch", "build", "finally:clean"]


def test_a_step_that_does_not_exist(predict: Predict, place: Path) -> None:
    done = predict("biuld")
    assert (done.status, done.out) == (2, "")
    assert "there is no step `biuld`" in done.log
    assert "did you mean `build`?" in done.log


def test_no_history_is_no_trouble(predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(UNHINTED)
    done = predict("--backtest", "--cpus-sweep", "--what-if", "cpus=8")
    assert (done.status, done.log) == (0, "")
    assert done.out.startswith("wfopt.yml: unknown\n")
    assert "no run is remembered yet: `wfopt run` adds one" in done.out
    document = document_of(predict("--format", "json"))
    assert document["makespan"]["expected_s"] is None
    assert document["makespan"]["basis"] == "unknown"
    assert document["unknown_steps"] == 6
    assert [each.name for each in tmp_path.iterdir()] == ["wfopt.yml"]


def test_an_empty_history(predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(UNHINTED)
    write_history(tmp_path, [])
    assert predict("-q").out == "unknown\n"


def test_a_history_without_an_attempt_that_ran(predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(WORKFLOW)
    write_history(tmp_path, [story(past_run(f"r{number}"), []) for number in range(4)])
    done = predict("--backtest")
    assert (done.status, done.log) == (0, "")
    assert "no step has enough runs" in done.out


def test_a_broken_history(predict: Predict, place: Path) -> None:
    (place / ".wfopt" / "history.db").write_bytes(b"no database" * 1000)
    done = predict()
    assert (done.status, done.out) == (2, "")
    assert done.log.startswith(f"error[WF517]: the history `{place}/.wfopt/history.db` cannot be read\n")


@pytest.mark.parametrize("level", ["0", "1", "-0.1", "80", "nan", "inf", "many", ""])
def test_impossible_levels(level: str, predict: Predict, place: Path) -> None:
    done = predict(f"--level={level}")
    assert (done.status, done.out) == (2, "")
    assert f"`--level {level}` is not a number between 0 and 1, both excluded" in done.log


def test_a_part_that_is_wrong_is_quoted(predict: Predict, place: Path) -> None:
    done = predict("--what-if", "cpus=8,biuld=2x")
    assert (done.status, done.out) == (2, "")
    assert "there is no step `biuld`" in done.log
    assert "1 | cpus=8,biuld=2x\n  |        ^^^^^^^^" in done.log
    assert "= hint: did you mean `build`?" in done.log


def test_all_texts_that_are_wrong_are_told_at_once(predict: Predict, place: Path) -> None:
    done = predict("--what-if", "cpus=0", "--what-if", "-lint")
    assert done.status == 2
    assert "2 errors" in done.log


def test_a_machine_that_is_too_small(predict: Predict, tmp_path: Path) -> None:
    text = 'wfopt: 1\nsteps:\n  big: {run: "true", resources: {memory: 2GiB}}\n'
    (tmp_path / "wfopt.yml").write_text(text)
    for words in (("--memory", "1GiB"), ("--memory", "4GiB", "--what-if", "memory=1GiB")):
        done = predict(*words)
        assert (done.status, done.out) == (2, "")
        assert "asks for 2 GiB of memory" in done.log
    assert predict("--cpus", "0").status == 2


def test_long_workflows_are_cut_unless_all_is_asked_for(predict: Predict, tmp_path: Path) -> None:
    steps = "".join(f'  s{number}: {{run: "true"}}\n' for number in range(50))
    (tmp_path / "wfopt.yml").write_text(f"wfopt: 1\nsteps:\n{steps}")
    attempts = [past_attempt(f"s{number}", 1.0 + number) for number in range(50)]
    write_history(tmp_path, [story(past_run(f"r{number}"), attempts) for number in range(3)])
    shown = predict().out
    assert "and 10 shorter steps (`-v` lists them)" in shown
    assert "\ns9 " not in shown
    assert "\ns10 " in shown
    assert "\ns9 " in predict("-v").out


def test_plain_text_without_colors_for_others(predict: Predict, place: Path) -> None:
    assert "\x1b[" not in predict().out
    assert "\x1b[1m" in predict(FORCE_COLOR="1").out


def test_a_model_that_looks_at_a_size_that_the_file_names(
    predict: Predict, tmp_path: Path, expect: Callable[[str, Path], None]
) -> None:
    (tmp_path / "wfopt.yml").write_text("wfopt: 1\nsteps:\n  a: {run: 'true', x-size: {lines: in.txt}}\n")
    (tmp_path / "in.txt").write_text("x\n" * 60)
    runs = [
        story(past_run(f"r{lines}"), [past_attempt("a", 2 + lines / 10)._replace(sizes={"lines": lines})])
        for lines in (50.0, 90.0, 20.0, 70.0, 80.0, 40.0, 30.0)
    ]
    write_history(tmp_path, runs)
    expect(predict(*MACHINE).out, FIXTURES / "named-size.txt")
    (step,) = document_of(predict(*MACHINE, "--format", "json"))["steps"]
    assert (step["model"], step["input"]) == ("theil-sen", "x-lines")
