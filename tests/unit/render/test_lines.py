"""The plain display of a run."""

import io
from textwrap import dedent

import pytest

from tests.support.builders import step, workflow
from tests.support.ticks import tick
from wfopt.codes import LEFT_BEHIND
from wfopt.errors import Diagnostic, Severity
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
from wfopt.render.lines import LineDisplay
from wfopt.render.paint import Paint
from wfopt.render.progress import Verbosity

FETCH, BUILD, TEST, DONE = (StepId(each) for each in ("fetch", "build", "test", "done"))


def started(name: StepId, attempt: int = 1) -> StepStarted:
    return StepStarted(at=0.0, step=name, reason="never ran", attempt=attempt)


def printed(name: StepId, data: bytes) -> StepOutput:
    return StepOutput(at=0.0, step=name, data=data)


def ended(name: StepId, status: StepStatus, reason: str = "") -> StepFinished:
    outcome = StepOutcome(status=status, reason=reason, usage=Usage(wall_s=0.5))
    return StepFinished(at=1.0, step=name, outcome=outcome)


RUN: list[Event] = [
    RunStarted(at=0.0, run_id="r", started_at=0.0, steps=4, slots=2, strategy="critical-path"),
    started(FETCH),
    started(BUILD),
    printed(FETCH, b"10 %\r100 %\nwaiting"),
    printed(BUILD, b"[bold]compiling[/bold]\n\n\x1b[31mred\x1b[0m\n"),
    ended(FETCH, StepStatus.SUCCEEDED),
    Noticed(
        at=1.0,
        step=BUILD,
        diagnostic=Diagnostic(
            code=LEFT_BEHIND, message="`build` left 2 processes", severity=Severity.WARNING
        ),
    ),
    ended(BUILD, StepStatus.FAILED, "exit status 2"),
    StepSkipped(at=1.0, step=TEST, reason="`build` failed"),
    StepCancelled(at=1.0, step=DONE, reason="the run stopped"),
    RunFinished(at=1.0, status=RunStatus.FAILED),
]


def shown(
    events: list[Event], verbosity: Verbosity = Verbosity.NORMAL, *, quiet: bool = False, color: bool = False
) -> str:
    """Return what a terminal shows that both streams end on."""
    terminal = io.StringIO()
    steps = [step("fetch", quiet=quiet), "build", "test", "done"]
    sink = LineDisplay(
        workflow(steps), log=terminal, out=terminal, paint=Paint(color=color), verbosity=verbosity
    )
    for event in events:
        sink(event)
    return terminal.getvalue()


def test_a_run_in_lines() -> None:
    assert shown(RUN) == dedent("""\
        started    fetch
        started    build
        [fetch] 100 %
        [build] [bold]compiling[/bold]
        [build]
        [build] red
        [fetch] waiting
        succeeded  fetch   0.50 s
        warning[WF505]: `build` left 2 processes
        failed     build   0.50 s  exit status 2
        skipped    test            `build` failed
        cancelled  done            the run stopped
    """)


def test_a_quiet_run_shows_only_what_went_wrong() -> None:
    assert shown(RUN, Verbosity.QUIET) == dedent("""\
        warning[WF505]: `build` left 2 processes
        failed     build   0.50 s  exit status 2
    """)


def test_a_verbose_run_says_why_steps_run() -> None:
    assert shown(RUN, Verbosity.VERBOSE).splitlines()[0] == "started    fetch           never ran"


def test_output_of_a_quiet_step_is_not_shown() -> None:
    assert "[fetch]" not in shown(RUN, quiet=True)
    assert "[build] red" in shown(RUN, quiet=True)


def test_a_quiet_run_shows_no_notes() -> None:
    note = Diagnostic(code=LEFT_BEHIND, message="x", severity=Severity.NOTE)
    assert shown([Noticed(at=0.0, step=None, diagnostic=note)], Verbosity.QUIET) == ""


def test_a_line_may_arrive_in_pieces_while_others_print() -> None:
    events = [printed(FETCH, b"caf\xc3"), printed(BUILD, b"done\n"), printed(FETCH, b"\xa9\n")]
    assert shown(events) == "[build] done\n[fetch] café\n"


def test_output_of_an_earlier_attempt_ends_before_the_next_one_starts() -> None:
    events = [started(FETCH), printed(FETCH, b"half"), started(FETCH, 2), printed(FETCH, b"whole\n")]
    assert shown(events).splitlines()[1:] == [
        "[fetch] half",
        "started    fetch           (attempt 2)",
        "[fetch] whole",
    ]


def test_output_of_an_attempt_comes_before_the_line_about_its_end() -> None:
    failed = StepOutcome(status=StepStatus.FAILED, reason="exit status 2", usage=Usage(wall_s=0.5))
    again = StepRetried(at=1.0, step=FETCH, attempt=1, outcome=failed, delay_s=2.0)
    assert shown([started(FETCH), printed(FETCH, b"half"), again, started(FETCH, 2)]) == dedent("""\
        started    fetch
        [fetch] half
        retry      fetch   0.50 s  exit status 2 in attempt 1, the next in 2.00 s
        started    fetch           (attempt 2)
    """)
    assert shown([again], Verbosity.QUIET) == ""


def test_a_service_goes_on_printing_after_its_end() -> None:
    events = [ended(FETCH, StepStatus.SUCCEEDED), printed(FETCH, b"up\nhalf"), RUN[-1]]
    assert shown(events).splitlines()[1:] == ["[fetch] up", "[fetch] half"]


def test_output_that_nobody_ended_is_shown_at_the_end_of_the_run() -> None:
    events = [printed(FETCH, b"half"), RunFinished(at=1.0, status=RunStatus.CANCELLED, signal=2)]
    assert shown(events) == "[fetch] half\n"


def test_color_is_in_the_prefix_and_the_status_only() -> None:
    events = [printed(FETCH, b"text\n"), ended(FETCH, StepStatus.SUCCEEDED)]
    assert shown(events, color=True) == (
        "\x1b[2m[fetch]\x1b[0m text\n\x1b[32msucceeded\x1b[0m  fetch   0.50 s\n"
    )


class Recorder(io.StringIO):
    """A stream that writes down, in a list it shares with others, when it is written to and flushed."""

    def __init__(self, name: str, calls: list[tuple[str, str]]) -> None:
        super().__init__()
        self.record = lambda text: calls.append((name, text))

    def write(self, text: str) -> int:
        self.record(text)
        return len(text)

    def flush(self) -> None:
        self.record("flush")


def test_whole_lines_are_written_at_once_and_flushed_in_the_order_of_events() -> None:
    calls: list[tuple[str, str]] = []
    sink = LineDisplay(
        workflow(["fetch"]), log=Recorder("log", calls), out=Recorder("out", calls), paint=Paint(color=False)
    )
    for event in (started(FETCH), printed(FETCH, b"a\nb\nc"), ended(FETCH, StepStatus.SUCCEEDED)):
        sink(event)
    assert calls == [
        ("log", "started    fetch\n"),
        ("log", "flush"),
        ("out", "[fetch] a\n[fetch] b\n"),
        ("out", "flush"),
        ("out", "[fetch] c\n"),
        ("out", "flush"),
        ("log", "succeeded  fetch   0.50 s\n"),
        ("log", "flush"),
    ]


@pytest.mark.parametrize("data", [b"", b"no line end yet"])
def test_nothing_is_flushed_when_there_is_no_line(data: bytes) -> None:
    calls: list[tuple[str, str]] = []
    out = Recorder("out", calls)
    sink = LineDisplay(workflow(["fetch"]), log=out, out=out, paint=Paint(color=False))
    sink(printed(FETCH, data))
    assert calls == []


ALERT = Alert(at=1.0, rule="memory", severity="warning", message="92 % of the memory is used")
ALARMED: list[Event] = [
    Sampled(at=0.5, tick=tick(0.5)),
    AlertChanged(at=1.0, change=Raised(ALERT)),
    AlertChanged(at=2.0, change=Cleared(at=2.0, rule="memory")),
]


def test_alerts_are_lines_and_what_is_measured_is_not() -> None:
    assert shown(ALARMED) == dedent("""\
        alert      machine           92 % of the memory is used
        cleared    machine           `memory`
    """)


def test_a_quiet_run_shows_what_is_alarming_but_not_that_it_is_over() -> None:
    assert shown(ALARMED, Verbosity.QUIET) == "alert      machine           92 % of the memory is used\n"
