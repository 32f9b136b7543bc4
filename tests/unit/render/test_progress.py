"""The line for each thing that happens to a step."""

import pytest

from tests.support.builders import step, workflow
from wfopt.codes import LEFT_BEHIND
from wfopt.errors import Diagnostic, Severity
from wfopt.events import StepCancelled, StepFinished, StepRetried, StepSkipped, StepStarted
from wfopt.model.history import Alert
from wfopt.model.outcome import Enforcer, StepOutcome, StepStatus, Usage
from wfopt.model.samples import Cleared, Raised
from wfopt.model.workflow import StepId
from wfopt.render.paint import Paint, Style
from wfopt.render.progress import Progress, Verbosity

BUILD = StepId("build")
QUIET, NORMAL, VERBOSE = Verbosity


def progress(verbosity: Verbosity = Verbosity.NORMAL) -> Progress:
    steps = ["fetch", step("build"), step("hidden", quiet=True)]
    return Progress(workflow(steps), Paint(color=False), verbosity)


def finished(status: StepStatus, reason: str = "", *, allowed: bool = False) -> StepFinished:
    usage = None if status is StepStatus.CACHED else Usage(wall_s=1.25)
    outcome = StepOutcome(status=status, reason=reason, usage=usage, allowed=allowed)
    return StepFinished(at=1.0, step=BUILD, outcome=outcome)


@pytest.mark.parametrize(
    ("verbosity", "attempt", "line"),
    [
        (QUIET, 1, None),
        (NORMAL, 1, "started    build"),
        (NORMAL, 2, "started    build            (attempt 2)"),
        (VERBOSE, 1, "started    build            `a.c` changed"),
        (VERBOSE, 3, "started    build            (attempt 3) `a.c` changed"),
    ],
)
def test_start_of_a_step(verbosity: Verbosity, attempt: int, line: str | None) -> None:
    event = StepStarted(at=0.0, step=BUILD, reason="`a.c` changed", attempt=attempt)
    assert progress(verbosity).started(event) == line


@pytest.mark.parametrize(
    ("verbosity", "event", "line"),
    [
        (QUIET, finished(StepStatus.SUCCEEDED), None),
        (NORMAL, finished(StepStatus.SUCCEEDED, "it ran"), "succeeded  build    1.25 s"),
        (VERBOSE, finished(StepStatus.SUCCEEDED, "it ran"), "succeeded  build    1.25 s  it ran"),
        (QUIET, finished(StepStatus.CACHED, "same key"), None),
        (NORMAL, finished(StepStatus.CACHED, "same key"), None),
        (VERBOSE, finished(StepStatus.CACHED, "same key"), "cached     build            same key"),
        (QUIET, finished(StepStatus.FAILED, "status 2"), "failed     build    1.25 s  status 2"),
        (NORMAL, finished(StepStatus.FAILED, "a\nb"), "failed     build    1.25 s  a\\x0ab"),
        (
            NORMAL,
            finished(StepStatus.FAILED, "status 2", allowed=True),
            "failed     build    1.25 s  status 2 (allowed)",
        ),
        (
            NORMAL,
            finished(StepStatus.CANCELLED, "the run stopped"),
            "cancelled  build    1.25 s  the run stopped",
        ),
    ],
)
def test_end_of_a_step(verbosity: Verbosity, event: StepFinished, line: str | None) -> None:
    assert progress(verbosity).finished(event) == line


@pytest.mark.parametrize("verbosity", Verbosity)
@pytest.mark.parametrize(
    ("usage", "line"),
    [
        (Usage(wall_s=1.25), "retry      build    1.25 s  exit\\x0a2 in attempt 1, the next in 4.00 s"),
        (None, "retry      build            exit\\x0a2 in attempt 1, the next in 4.00 s"),
    ],
)
def test_an_attempt_that_another_one_follows(verbosity: Verbosity, usage: Usage | None, line: str) -> None:
    failed = StepOutcome(status=StepStatus.FAILED, reason="exit\n2", usage=usage)
    event = StepRetried(at=1.0, step=BUILD, attempt=1, outcome=failed, delay_s=4.0)
    assert progress(verbosity).retried(event) == (None if verbosity is QUIET else line)


def test_columns_fit_hooks_and_their_output_is_shown() -> None:
    rollback = step("rollback:build", quiet=True)
    around = workflow(
        [step("build", rollback=rollback)], on_failure=["on-failure:x"], finally_steps=["finally:y"]
    )
    shown = Progress(around, Paint(color=False), NORMAL)
    event = StepSkipped(at=0.0, step=BUILD, reason="why")
    assert shown.not_run(event) == "skipped    build                    why"
    ids = ["build", "on-failure:x", "finally:y", "rollback:build"]
    assert [shown.shows_output(StepId(each)) for each in ids] == [True, True, True, False]


@pytest.mark.parametrize("verbosity", Verbosity)
def test_steps_that_do_not_run(verbosity: Verbosity) -> None:
    skipped = progress(verbosity).not_run(StepSkipped(at=0.0, step=BUILD, reason="`fetch` failed"))
    cancelled = progress(verbosity).not_run(StepCancelled(at=0.0, step=BUILD, reason="the run stopped"))
    if verbosity is Verbosity.QUIET:
        assert (skipped, cancelled) == (None, None)
    else:
        assert skipped == "skipped    build            `fetch` failed"
        assert cancelled == "cancelled  build            the run stopped"


def test_columns_fit_the_longest_id_up_to_a_limit() -> None:
    ids = ["a", "b" * 60]
    lines = [
        Progress(workflow(ids), Paint(color=False), Verbosity.VERBOSE).started(
            StepStarted(at=0.0, step=StepId(each), reason="why")
        )
        for each in ids
    ]
    assert lines == [
        "started    a" + " " * 39 + " " * 11 + "why",
        "started    " + "b" * 60 + " " * 11 + "why",
    ]


def test_status_words_are_painted_without_moving_the_columns() -> None:
    colored = Progress(workflow(["a"]), Paint(color=True), Verbosity.NORMAL)
    event = StepSkipped(at=0.0, step=StepId("a"), reason="why")
    assert colored.not_run(event) == "\x1b[33mskipped\x1b[0m    a           why"


def test_output_is_shown_unless_the_step_or_the_user_wants_quiet() -> None:
    assert progress().shows_output(BUILD)
    assert not progress().shows_output(StepId("hidden"))
    assert not progress(Verbosity.QUIET).shows_output(BUILD)


def test_quiet_shows_no_notes() -> None:
    note, warning = (
        Diagnostic(code=LEFT_BEHIND, message="x", severity=severity)
        for severity in (Severity.NOTE, Severity.WARNING)
    )
    assert progress().shows_notice(note)
    assert not progress(Verbosity.QUIET).shows_notice(note)
    assert progress(Verbosity.QUIET).shows_notice(warning)


def raised(severity: str, message: str, name: StepId | None = None) -> Raised:
    return Raised(Alert(at=1.0, rule="memory", severity=severity, message=message, step=name))


@pytest.mark.parametrize(
    ("verbosity", "change", "line"),
    [
        (NORMAL, raised("warning", "92 % used"), "alert      machine           92 % used"),
        (NORMAL, raised("critical", "full", BUILD), "alert      build            full"),
        (QUIET, raised("warning", "92 % used"), "alert      machine           92 % used"),
        (VERBOSE, raised("warning", "a\nb", BUILD), "alert      build            a\\x0ab"),
        (NORMAL, raised("warning", ""), "alert      machine           `memory`"),
        (NORMAL, Cleared(at=2.0, rule="memory"), "cleared    machine           `memory`"),
        (VERBOSE, Cleared(at=2.0, rule="memory", step=BUILD), "cleared    build            `memory`"),
        (QUIET, Cleared(at=2.0, rule="memory"), None),
    ],
)
def test_alerts(verbosity: Verbosity, change: Raised | Cleared, line: str | None) -> None:
    shown = progress(verbosity).alert(change)
    assert shown == line


@pytest.mark.parametrize(
    ("change", "style"),
    [
        (raised("warning", "x"), Style.WARNING),
        (raised("critical", "x"), Style.ERROR),
        (Cleared(at=2.0, rule="memory"), Style.DIM),
    ],
)
def test_the_worse_an_alert_the_brighter_it_is(change: Raised | Cleared, style: Style) -> None:
    paint = Paint(color=True)
    word = "cleared" if isinstance(change, Cleared) else "alert"
    line = Progress(workflow("a"), paint, NORMAL).alert(change)
    assert line is not None
    assert line.startswith(paint(word, style))


LEVELS = {"pids": Enforcer.WATCHDOG, "memory": Enforcer.KERNEL, "cpu": Enforcer.ADVISORY}


def test_who_saw_to_limits_is_told_to_those_who_want_to_know_more() -> None:
    line = progress(VERBOSE).enforced(LEVELS)
    assert line is not None
    assert " ".join(line.split()) == (
        "limits machine cpu by nobody, memory by the kernel, pids by the watchdog"
    )
    assert progress(VERBOSE).enforced({}) is None
    assert progress(NORMAL).enforced(LEVELS) is None
