"""What `wfopt run` does with a request, the run itself being a fake."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.builders import run_report, step_report
from tests.support.history import past_attempt, story
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.run import StoppedError, World
from wfopt.cli import run as module
from wfopt.cli.console import Console, console_for
from wfopt.cli.options import Request
from wfopt.cli.run import execute
from wfopt.cli.signals import HANDLED, Interrupted
from wfopt.engine.report import RunReport
from wfopt.model.outcome import RunStatus, StepStatus

GOOD = run_report([step_report("a", StepStatus.CACHED)])
BAD = run_report([step_report("a", StepStatus.FAILED)])
NOTED = "wfopt: 1\nsteps:\n  a: {run: 'true', resources: {cpu: 2}}\n"
Fake = Callable[[Prepared, RunOptions, World], RunReport]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (*HANDLED, signal.SIGALRM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wfopt.yml").write_text(NOTED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Fake], None]:
    return lambda fake: monkeypatch.setattr(module, "run_workflow", fake)


def console() -> Console:
    return console_for({})


def test_the_report_is_printed_and_decides_the_status(
    runs: Callable[[Fake], None], capsys: pytest.CaptureFixture[str]
) -> None:
    runs(lambda prepared, options, world: BAD)
    assert execute(Request(), console()) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[-1].startswith("failed: 1 step")
    assert err == "run it again: wfopt run a\n"


STORY = story("r1", [past_attempt("a")])
ASKED = Request(report="deep/r.html", profile="p.json", junit="j.xml")


def test_files_about_the_run_are_written_when_it_is_over(
    runs: Callable[[Fake], None], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def remembered(prepared: Prepared, options: RunOptions, world: World) -> RunReport:
        world.remember(STORY)
        assert not (folder / "p.json").exists()
        return GOOD

    runs(remembered)
    assert execute(ASKED, console()) == 0
    written = {path.name for path in folder.rglob("*") if path.is_file()}
    assert written == {"wfopt.yml", "r.html", "p.json", "j.xml"}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("report", "status"), [(GOOD, 0), (BAD, 1)])
def test_that_they_cannot_be_written_changes_no_status(
    report: RunReport,
    status: int,
    runs: Callable[[Fake], None],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def remembered(prepared: Prepared, options: RunOptions, world: World) -> RunReport:
        world.remember(STORY)
        return report

    (folder / "j.xml").mkdir()
    runs(remembered)
    assert execute(Request(junit="j.xml"), console()) == status
    assert "warning[WF519]: `--junit j.xml` could not be written: is a directory" in capsys.readouterr().err


def test_of_a_run_that_is_not_remembered_none_are_written(runs: Callable[[Fake], None], folder: Path) -> None:
    runs(lambda prepared, options, world: GOOD)
    assert execute(ASKED, console()) == 0
    assert [path.name for path in folder.iterdir()] == ["wfopt.yml"]


@pytest.mark.parametrize("looking", [{"listing": True}, {"dry_run": True}])
def test_of_what_does_not_run_none_are_written(
    looking: dict[str, bool], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(Request(report="r.html", **looking), console()) == 0
    assert capsys.readouterr().out
    assert [path.name for path in folder.iterdir()] == ["wfopt.yml"]


def test_a_signal_before_the_start_is_a_status(
    runs: Callable[[Fake], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(prepared: Prepared, options: RunOptions, world: World) -> RunReport:
        signal.raise_signal(signal.SIGTERM)
        raise StoppedError(world.interrupts.next() or 0)

    runs(stopped)
    assert execute(Request(), console()) == 143
    assert capsys.readouterr().out == ""


def test_a_signal_that_nobody_heard_ends_the_program(
    runs: Callable[[Fake], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def late(prepared: Prepared, options: RunOptions, world: World) -> RunReport:
        signal.raise_signal(signal.SIGINT)
        return GOOD

    runs(late)
    with pytest.raises(Interrupted) as caught:
        execute(Request(), console())
    assert caught.value.number == signal.SIGINT
    assert capsys.readouterr().out == ""


def test_the_report_of_a_stopped_run_is_printed_whatever_came_later(
    runs: Callable[[Fake], None], capsys: pytest.CaptureFixture[str]
) -> None:
    stopped = run_report([step_report("a", StepStatus.CANCELLED)], status=RunStatus.CANCELLED, signal=15)

    def later(prepared: Prepared, options: RunOptions, world: World) -> RunReport:
        signal.raise_signal(signal.SIGINT)
        return stopped

    runs(later)
    assert execute(Request(quiet=True, output="json"), console()) == 143
    assert '"status": "cancelled"' in capsys.readouterr().out


def test_remarks_are_shown_unless_quiet_or_listing(
    runs: Callable[[Fake], None], capsys: pytest.CaptureFixture[str]
) -> None:
    runs(lambda prepared, options, world: GOOD)
    for request, shown in (
        (Request(cpus="1"), True),
        (Request(cpus="1", quiet=True), False),
        (Request(cpus="1", listing=True), False),
        (Request(cpus="1", dry_run=True), True),
    ):
        assert execute(request, console()) == 0
        assert ("asks for 2 cpus" in capsys.readouterr().err) is shown


def test_a_graph_is_written_beside_the_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(Request(dry_run=True, graph="x.dot"), console()) == 0
    assert (folder / "x.dot").read_text().startswith("digraph")
    assert capsys.readouterr().out.startswith("plan of wfopt.yml: 1 step")
