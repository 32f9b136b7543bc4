"""Groups and annotations for GitHub Actions."""

import io
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.builders import span_of, step, workflow
from tests.support.ticks import tick
from wfopt.codes import LEFT_BEHIND, MISSING_OUTPUT, STEP_FAILED
from wfopt.errors import Diagnostic, Label, Severity
from wfopt.events import (
    AlertChanged,
    Event,
    Noticed,
    RunFinished,
    RunStarted,
    Sampled,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
)
from wfopt.model.history import Alert
from wfopt.model.outcome import RunStatus, StepOutcome, StepStatus, Usage
from wfopt.model.samples import Cleared, Raised
from wfopt.model.workflow import StepId
from wfopt.render.github import GithubDisplay, annotate
from wfopt.render.paint import Paint
from wfopt.render.progress import Verbosity
from wfopt.source import SourceFile

FILE = SourceFile("ci/wfopt.yml", "wfopt: 1\nsteps:\n  fetch: curl\n  build: make\n")
BUILD = StepId("build")
TOKEN = "t0ken"


def ended(status: StepStatus, reason: str = "", *, allowed: bool = False, ran: bool = True) -> StepFinished:
    usage = Usage(wall_s=1.2) if ran else None
    outcome = StepOutcome(status=status, reason=reason, usage=usage, allowed=allowed)
    return StepFinished(at=1.0, step=BUILD, outcome=outcome)


def failure(message: str, severity: Severity = Severity.ERROR) -> Noticed:
    label = Label(span_of(FILE, "build"), "declared here")
    diagnostic = Diagnostic(code=MISSING_OUTPUT, message=message, severity=severity, primary=label)
    return Noticed(at=1.0, step=BUILD, diagnostic=diagnostic)


def shown(
    events: list[Event],
    logs: Mapping[StepId, Path] | None = None,
    verbosity: Verbosity = Verbosity.NORMAL,
    *,
    quiet: bool = False,
) -> str:
    log = io.StringIO()
    steps = ["fetch", step("build", span=span_of(FILE, "build"), quiet=quiet)]
    sink = GithubDisplay(
        workflow(steps),
        log=log,
        log_of=(logs or {}).get,
        token=TOKEN,
        paint=Paint(color=False),
        verbosity=verbosity,
    )
    for event in events:
        sink(event)
    return log.getvalue()


@pytest.fixture
def logs(tmp_path: Path) -> dict[StepId, Path]:
    path = tmp_path / "build.log"
    path.write_bytes(b"compiling\n::error::not a command\n\x1b[31mred\x1b[0m\n10 %\rend")
    return {BUILD: path}


def test_output_of_a_step_is_one_group_in_which_commands_are_ignored(logs: dict[StepId, Path]) -> None:
    events: list[Event] = [
        RunStarted(at=0.0, run_id="r", started_at=0.0, steps=2, slots=2, strategy="fifo"),
        StepStarted(at=0.0, step=BUILD, reason="never ran"),
        StepOutput(at=0.0, step=BUILD, data=b"shown at the end"),
        ended(StepStatus.SUCCEEDED),
        StepSkipped(at=1.0, step=StepId("fetch"), reason="its condition is false"),
        StepCancelled(at=1.0, step=StepId("fetch"), reason="the run stopped"),
        RunFinished(at=1.0, status=RunStatus.SUCCEEDED),
    ]
    assert shown(events, logs) == dedent("""\
        started    build
        ::group::build (succeeded, 1.20 s)
        ::stop-commands::t0ken
        compiling
        ::error::not a command
        red
        end
        ::t0ken::
        ::endgroup::
        skipped    fetch           its condition is false
        cancelled  fetch           the run stopped
    """)


def test_a_failed_step_is_annotated_at_its_declaration(logs: dict[StepId, Path]) -> None:
    lines = shown([ended(StepStatus.FAILED, "exit status 2")], logs).splitlines()
    assert lines[0] == "::group::build (failed, 1.20 s)"
    assert lines[-2:] == [
        "::endgroup::",
        "::error file=ci/wfopt.yml,line=4,col=3,title=step `build` failed::exit status 2",
    ]


def test_an_allowed_failure_is_a_warning() -> None:
    last = shown([ended(StepStatus.FAILED, "exit status 2", allowed=True)]).splitlines()[-1]
    assert last.startswith("::warning file=ci/wfopt.yml,")


@pytest.mark.parametrize("content", [None, b""])
def test_a_step_without_output_is_one_line(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    if content is not None:
        path.write_bytes(content)
    assert shown([ended(StepStatus.SUCCEEDED)], {BUILD: path}) == "succeeded  build   1.20 s\n"
    assert shown([ended(StepStatus.SUCCEEDED)]) == "succeeded  build   1.20 s\n"


def test_a_retry_is_one_line(logs: dict[StepId, Path]) -> None:
    outcome = StepOutcome(status=StepStatus.FAILED, reason="exit status 2", usage=Usage(wall_s=0.5))
    again = StepRetried(at=1.0, step=BUILD, attempt=1, outcome=outcome, delay_s=2.0)
    assert (
        shown([again], logs) == "retry      build   0.50 s  exit status 2 in attempt 1, the next in 2.00 s\n"
    )


def test_a_hook_that_failed_is_annotated_at_its_declaration() -> None:
    log = io.StringIO()
    hook = step("finally:clean", span=span_of(FILE, "fetch"))
    sink = GithubDisplay(
        workflow(["build"], finally_steps=[hook]),
        log=log,
        log_of=lambda _: None,
        token=TOKEN,
        paint=Paint(color=False),
    )
    outcome = StepOutcome(status=StepStatus.FAILED, reason="exit status 2")
    sink(StepFinished(at=1.0, step=hook.id, outcome=outcome))
    assert "::error file=ci/wfopt.yml,line=3,col=3,title=step `finally%3Aclean` failed::" in log.getvalue()


def test_a_step_that_was_not_run_has_no_duration(logs: dict[StepId, Path]) -> None:
    lines = shown([ended(StepStatus.CACHED, ran=False)], logs).splitlines()
    assert lines[0] == "::group::build (cached)"


def test_quiet_steps_and_quiet_runs_have_no_groups(logs: dict[StepId, Path]) -> None:
    event = ended(StepStatus.FAILED, "exit status 2")
    for text in (shown([event], logs, quiet=True), shown([event], logs, Verbosity.QUIET)):
        assert [line.split()[0] for line in text.splitlines()] == ["failed", "::error"]


def test_a_long_log_is_read_in_pieces_and_comes_out_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_text("".join(f"line {number} é\n" for number in range(20_000)), encoding="utf-8")
    lines = shown([ended(StepStatus.SUCCEEDED)], {BUILD: path}).splitlines()
    assert lines[2:-2] == [f"line {number} é" for number in range(20_000)]


def test_a_message_is_shown_and_annotated() -> None:
    assert shown([failure("no `out`", Severity.WARNING)]) == dedent("""\
        warning[WF062]: no `out`
         --> ci/wfopt.yml:4:3
          |
        4 |   build: make
          |   ^^^^^ declared here
        ::warning file=ci/wfopt.yml,line=4,col=3,title=WF062 missing-output::no `out`
    """)


@pytest.mark.parametrize("first", [True, False])
def test_one_failed_step_has_one_annotation(first: bool) -> None:
    events = [failure("no `out`"), ended(StepStatus.FAILED, "exit status 2")]
    lines = shown(events if first else events[::-1]).splitlines()
    errors = [line for line in lines if line.startswith("::error")]
    assert len(errors) == 1
    assert errors[0].endswith("::no `out`" if first else "::exit status 2")


def test_a_warning_does_not_stand_for_the_failure() -> None:
    lines = shown([failure("odd", Severity.WARNING), ended(StepStatus.FAILED, "exit status 2")]).splitlines()
    assert [line.split()[0] for line in lines if line.startswith("::")] == ["::warning", "::error"]


def test_a_quiet_run_shows_no_notes() -> None:
    assert shown([failure("by the way", Severity.NOTE)], verbosity=Verbosity.QUIET) == ""


def test_annotations_are_escaped() -> None:
    diagnostic = Diagnostic(
        code=STEP_FAILED,
        message="100 %: a,b\r\n::error::",
        severity=Severity.NOTE,
        file="a,b:c%\n.yml",
        causes=("why",),
        hints=("do",),
    )
    assert annotate(diagnostic) == (
        "::notice file=a%2Cb%3Ac%25\\x0a.yml,title=WF501 step-failed"
        "::100 %25: a,b\\x0d%0A::error::%0Acause: why%0Ahint: do"
    )


def test_an_annotation_without_a_place_has_a_title_only() -> None:
    assert annotate(Diagnostic(code=LEFT_BEHIND, message="x")) == "::error title=WF505 left-behind::x"


def test_annotations_show_control_characters_harmlessly() -> None:
    told = Diagnostic(
        code=STEP_FAILED, message="a\x1b[5m\nb", causes=("output: \x07\u202e",), file="w\x1b.yml"
    )
    text = annotate(told)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "a\\x1b[5m%0Ab%0Acause: output: \\x07\\u202e" in text


def alert(name: StepId | None = None, message: str = "92 % used") -> AlertChanged:
    return AlertChanged(
        at=1.0, change=Raised(Alert(at=1.0, rule="memory", severity="critical", message=message, step=name))
    )


def test_an_alert_is_a_line_and_an_annotation() -> None:
    assert shown([alert()]) == dedent("""\
        alert      machine           92 % used
        ::warning title=alert `memory`::92 %25 used
    """)


def test_an_alert_about_a_step_points_at_it() -> None:
    assert shown([alert(BUILD)]).splitlines()[1] == (
        "::warning file=ci/wfopt.yml,line=4,col=3,title=alert `memory`::92 %25 used"
    )
    assert shown([alert(StepId("elsewhere"))]).splitlines()[1].startswith("::warning title=alert")


def test_no_command_hides_in_an_alert() -> None:
    lines = shown([alert(message="x\n::error::y")]).splitlines()
    assert len(lines) == 2
    assert lines[1] == "::warning title=alert `memory`::x%0A::error::y"


def test_that_an_alert_is_over_is_no_annotation() -> None:
    over = AlertChanged(at=2.0, change=Cleared(at=2.0, rule="memory", step=BUILD))
    assert shown([Sampled(at=0.5, tick=tick()), over]) == "cleared    build           `memory`\n"
    assert shown([over], verbosity=Verbosity.QUIET) == ""
