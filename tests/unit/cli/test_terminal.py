"""When wfopt has a terminal that it could hand to a step."""

import os
from typing import NoReturn

import pytest

from wfopt.cli import terminal
from wfopt.cli.terminal import controlling_terminal


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make stdin a terminal, and the null device the controlling one, with this process in front."""
    monkeypatch.setattr(os, "isatty", lambda number: True)
    monkeypatch.setattr(terminal, "_TTY", os.devnull)
    monkeypatch.setattr(os, "tcgetpgrp", lambda number: os.getpgrp())
    return monkeypatch


def test_in_the_foreground_there_is_one(fake: pytest.MonkeyPatch) -> None:
    found = controlling_terminal()
    assert found is not None
    assert not os.get_inheritable(found)
    os.close(found)


def test_without_a_terminal_at_stdin_there_is_none(fake: pytest.MonkeyPatch) -> None:
    fake.setattr(os, "isatty", lambda number: False)
    assert controlling_terminal() is None


def test_in_the_background_there_is_none(fake: pytest.MonkeyPatch) -> None:
    fake.setattr(os, "tcgetpgrp", lambda number: os.getpgrp() + 1)
    assert controlling_terminal() is None


def test_a_terminal_that_is_gone_is_none(fake: pytest.MonkeyPatch) -> None:
    def gone(number: int) -> NoReturn:
        raise OSError

    fake.setattr(os, "tcgetpgrp", gone)
    assert controlling_terminal() is None
    fake.setattr(terminal, "_TTY", "/no/such/device")
    assert controlling_terminal() is None
