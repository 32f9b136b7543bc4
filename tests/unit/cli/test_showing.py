"""What is printed, in which format, and where."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from tests.support.builders import run_report, step_report, workflow
from wfopt.cli.console import Console
from wfopt.cli.options import Request
from wfopt.cli.showing import display, print_report, tell
from wfopt.codes import BAD_OPTION
from wfopt.engine.logs import LogSink
from wfopt.engine.report import RunReport
from wfopt.errors import Diagnostic
from wfopt.model.outcome import RunStatus, StepStatus
from wfopt.render.github import GithubDisplay
from wfopt.render.lines import LineDisplay
from wfopt.render.paint import Paint

GOOD = run_report([step_report("a", StepStatus.CACHED)])
BAD = run_report([step_report("a", StepStatus.FAILED, reason="exit status 1")])


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console(environ: Mapping[str, str] | None = None, *, terminal: bool = False) -> Console:
    return Console(
        out=Terminal() if terminal else io.StringIO(),
        log=io.StringIO(),
        paint=Paint(color=False),
        color_out=False,
        width=60,
        environ=environ or {},
    )


def texts(of: Console) -> tuple[str, str]:
    return cast("io.StringIO", of.out).getvalue(), cast("io.StringIO", of.log).getvalue()


def reported(
    report: RunReport, environ: Mapping[str, str] | None = None, **request: str | bool
) -> tuple[str, str]:
    used = console(environ)
    print_report(Request(**request), report, "wfopt.yml", used)  # type: ignore[arg-type]
    return texts(used)


def test_a_good_run_prints_its_result_only() -> None:
    out, log = reported(GOOD)
    assert out.startswith("succeeded: 1 step")
    assert log == ""


def test_a_failed_run_says_how_to_run_it_again() -> None:
    out, log = reported(BAD)
    assert "exit status 1" in out
    assert log == "run it again: wfopt run a\n"


@pytest.mark.parametrize(
    "request_", [{"quiet": True}, {"output": "json"}, {"output": "jsonl"}, {"output": "github"}]
)
def test_elsewhere_it_does_not(request_: dict[str, str | bool]) -> None:
    assert reported(BAD, **request_)[1] == ""


def test_nor_after_a_signal() -> None:
    stopped = run_report([step_report("a", StepStatus.FAILED)], status=RunStatus.CANCELLED, signal=2)
    assert reported(stopped)[1] == ""


def test_quiet_prints_nothing() -> None:
    assert reported(GOOD, quiet=True) == ("", "")


def test_json_is_a_document() -> None:
    assert json.loads(reported(GOOD, output="json")[0])["schema"] == "wfopt.run/1"
    assert reported(GOOD, output="jsonl") == ("", "")


@pytest.mark.parametrize(("output", "actions"), [("github", ""), ("table", "true"), ("json", "true")])
def test_on_github_a_summary_is_appended(output: str, actions: str, tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    environ = {"GITHUB_STEP_SUMMARY": str(path), "GITHUB_ACTIONS": actions}
    reported(GOOD, environ, output=output, quiet=True)
    assert path.read_text().startswith("before\n### wfopt: demo succeeded\n")


def test_elsewhere_no_summary_is_written(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    reported(GOOD, {"GITHUB_STEP_SUMMARY": str(path)})
    assert not path.exists()
    assert reported(GOOD, {"GITHUB_ACTIONS": "true"})[1] == ""


@pytest.mark.parametrize("path", ["none/summary.md", "nul\0"])
def test_a_summary_that_cannot_be_written_is_one_warning(path: str, tmp_path: Path) -> None:
    _, log = reported(GOOD, {"GITHUB_STEP_SUMMARY": path}, output="github")
    assert log.startswith("warning: the summary could not be written: ")
    assert log.count("\n") == 1


@pytest.mark.parametrize(
    ("output", "environ", "kind"),
    [
        ("table", {}, LineDisplay),
        ("json", {}, LineDisplay),
        ("github", {}, GithubDisplay),
        ("table", {"GITHUB_ACTIONS": "true"}, GithubDisplay),
        ("table", {"GITHUB_ACTIONS": "false"}, LineDisplay),
    ],
)
def test_a_run_is_shown_as_its_reader_wants(
    output: str, environ: dict[str, str], kind: type, tmp_path: Path
) -> None:
    logs = LogSink(str(tmp_path))
    assert isinstance(display(Request(output=output), workflow(["a"]), console(environ), logs), kind)


def test_messages_go_to_the_log() -> None:
    used = console()
    tell(used, ())
    tell(used, (Diagnostic(code=BAD_OPTION, message="no such thing"),))
    assert texts(used)[0] == ""
    assert texts(used)[1].startswith("error[WF600]: no such thing\n")
