"""The entry of the program."""

import os
import sys
from collections.abc import Callable

import pytest

from wfopt.cli import boundary, main
from wfopt.version import __version__


@pytest.fixture
def status(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """Run the program in this process, whose descriptors and signals stay as they are."""

    def run(*words: str) -> object:
        monkeypatch.setattr(main, "fill_standard", lambda: None)
        monkeypatch.setattr(main, "end_on_signals", lambda: None)
        monkeypatch.setattr(main, "ignore_signals", lambda: None)
        monkeypatch.setattr(sys, "argv", ["wfopt", *words])
        with pytest.raises(SystemExit) as caught:
            main.main()
        return caught.value.code

    return run


def test_the_version_is_printed(status: Callable[..., object], capfd: pytest.CaptureFixture[str]) -> None:
    assert status("--version") == 0
    assert capfd.readouterr().out == f"wfopt {__version__}\n"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BrokenPipeError(32, "Broken pipe"), 0),
        (
            OSError(28, "No space left on device"),
            "error: the version could not be written: no space left on device",
        ),
    ],
)
def test_the_version_cannot_always_be_printed(
    error: OSError, expected: object, status: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(number: int, data: bytes) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        assert status("--version") == expected


def test_everything_else_is_guarded(status: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boundary, "guarded", lambda environ: 7 if environ is os.environ else 8)  # noqa: TID251
    assert status("run") == 7


def test_signals_come_too_late_once_the_status_is_known(
    status: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def guarded(_environ: object) -> int:
        told.append("ran")
        monkeypatch.setattr(main, "ignore_signals", lambda: told.append("ignored"))
        return 7

    monkeypatch.setattr(boundary, "guarded", guarded)
    assert status("run") == 7
    assert told == ["ran", "ignored"]
