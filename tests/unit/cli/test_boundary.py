"""Whatever a command raises becomes a message and an exit status."""

import errno
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from wfopt.cli import app as app_module
from wfopt.cli import boundary
from wfopt.cli.signals import Interrupted
from wfopt.codes import BAD_OPTION
from wfopt.errors import Diagnostic, UserError


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def app(**options: object) -> NoReturn:
        raise error

    monkeypatch.setattr(app_module, "app", app)


def test_wrong_input_is_2_with_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, UserError((Diagnostic(code=BAD_OPTION, message="no such thing"),)))
    assert boundary.guarded({}) == 2
    assert "no such thing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"),
    [(SystemExit(7), 7), (SystemExit(None), 0), (KeyboardInterrupt(), 130), (Interrupted(15), 143)],
)
def test_leaving_keeps_its_status(
    error: BaseException, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, error)
    assert boundary.guarded({}) == status
    assert capsys.readouterr().err == ""


def test_returning_is_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "app", lambda **options: None)
    assert boundary.guarded({}) == 0


def test_a_fault_is_3_and_its_traceback_goes_to_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["wfopt", "run", "-p", "token=hunter2", "x"])
    raising(monkeypatch, ZeroDivisionError("inner trouble"))
    assert boundary.guarded({}) == 3
    (log,) = tmp_path.iterdir()
    assert "arguments: ['run', '-p', 'token=...', 'x']" in log.read_text()
    assert capsys.readouterr().err == f"error: this is a fault in wfopt; what happened is in {log}\n"
    assert "inner trouble" in log.read_text()


def test_a_fault_is_shown_when_no_file_can_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    raising(monkeypatch, ZeroDivisionError("inner trouble"))
    assert boundary.guarded({}) == 3
    assert "inner trouble" in capsys.readouterr().err


def test_what_cannot_be_written_is_1_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def app(**options: object) -> None:
        sys.stdout.write("result")

    def write(text: str) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(app_module, "app", app)
    monkeypatch.setattr(sys.stdout, "write", write)
    assert boundary.guarded({}) == 1
    assert capsys.readouterr().err == "error: the result could not be written: no space left on device\n"


def test_a_failure_stays_one_if_it_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def app(**options: object) -> NoReturn:
        sys.stdout.write("result")
        raise SystemExit(143)

    def write(text: str) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(app_module, "app", app)
    monkeypatch.setattr(sys.stdout, "write", write)
    assert boundary.guarded({}) == 143


def test_trouble_while_a_word_is_completed_is_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, ZeroDivisionError("inner trouble"))
    assert boundary.guarded({"_WFOPT_COMPLETE": "complete_bash"}) == 1
    assert capsys.readouterr() == ("", "")


def test_inside_a_step_the_settings_of_the_outer_run_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "app", lambda **options: None)
    environ = {"WFOPT_RUN_ID": "1", "WFOPT_JOBS": "3", "PATH": "/bin"}
    boundary.guarded(environ)
    assert environ == {"PATH": "/bin"}
    environ = {"WFOPT_JOBS": "3"}
    boundary.guarded(environ)
    assert environ == {"WFOPT_JOBS": "3"}
