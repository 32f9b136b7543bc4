"""The command that runs again what failed."""

from pathlib import Path

import pytest

from tests.support.builders import run_report, step, step_report, workflow
from wfopt.cli.hints import rerun_line
from wfopt.cli.options import Request
from wfopt.engine.report import RunReport
from wfopt.model.outcome import RunStatus, StepStatus

FAILED = StepStatus.FAILED


def failed(*names: str) -> RunReport:
    return run_report([step_report("fine"), *(step_report(name, FAILED) for name in names)])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_failed_steps_are_named() -> None:
    assert rerun_line(Request(), failed("a", "b"), "wfopt.yml") == "run it again: wfopt run a b"


def test_what_was_typed_stays() -> None:
    request = Request(arguments=("my flow.yml", "all"), typed=("-k", "-p", "who=x y"), params=("who=x y",))
    line = rerun_line(request, failed("test[python=3.10]"), "my flow.yml")
    assert line == "run it again: wfopt run -k -p 'who=x y' 'my flow.yml' 'test[python=3.10]'"


def test_what_was_asked_for_counts_if_many_failed() -> None:
    request = Request(arguments=("all", "more"))
    many = failed(*(f"step-{number}" for number in range(9)))
    assert rerun_line(request, many, "wfopt.yml") == "run it again: wfopt run all more"
    eight = failed(*(f"s{number}" for number in range(8)))
    assert rerun_line(request, eight, "wfopt.yml") == "run it again: wfopt run s0 s1 s2 s3 s4 s5 s6 s7"


def test_a_failure_that_is_allowed_is_not_named() -> None:
    steps = [step_report("a", FAILED, allowed=True), step_report("b", FAILED)]
    assert rerun_line(Request(), run_report(steps), "wfopt.yml") == "run it again: wfopt run b"


@pytest.mark.parametrize("name", ["a.yml", "exists"])
def test_a_step_that_looks_like_a_file_stands_behind_the_file(name: str, folder: Path) -> None:
    (folder / "exists").touch()
    assert rerun_line(Request(), failed(name), "wfopt.yml") == f"run it again: wfopt run wfopt.yml {name}"


@pytest.mark.parametrize(
    "report",
    [
        run_report([step_report("a")]),
        run_report([step_report("a", FAILED)], status=RunStatus.CANCELLED, signal=2),
    ],
    ids=["good", "stopped"],
)
def test_otherwise_there_is_no_line(report: RunReport) -> None:
    assert rerun_line(Request(), report, "wfopt.yml") is None


def test_params_of_a_workflow_with_secrets_are_not_repeated() -> None:
    of = workflow([step("a", secrets=("TOKEN",))])
    report = run_report([step_report("a", FAILED)], of=of)
    assert rerun_line(Request(params=("x=y",)), report, "wfopt.yml") is None
    assert rerun_line(Request(), report, "wfopt.yml") == "run it again: wfopt run a"


def test_control_characters_are_harmless() -> None:
    line = rerun_line(Request(typed=("-p", "x=\x1b[2J")), failed("a"), "wfopt.yml")
    assert line is not None
    assert "\x1b" not in line
