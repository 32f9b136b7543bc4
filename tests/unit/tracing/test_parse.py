"""Logs of strace become effects; whatever is cut or garbled becomes a taint.

`tests/fixtures/traces` has logs, each with a `.out` beside it that says what they tell.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.traces import effects_in, told
from wfopt.tracing import parse as parsing
from wfopt.tracing.parse import CUT_OFF, TOO_LONG, UNREADABLE, parse

FOLDER = Path(__file__).parents[2] / "fixtures" / "traces"
LOGS = sorted(FOLDER.glob("*.log"))
PLAIN = (FOLDER / "plain.log").read_text()


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_logs(path: Path, expect: Callable[[str, Path], None]) -> None:
    expect(told(effects_in(path.read_text(encoding="utf-8"))), path.with_suffix(".out"))


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_log_that_is_cut_off_anywhere_is_tainted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for end in range(len(text)):
        assert effects_in(text[:end]).taints & {CUT_OFF, UNREADABLE}, end


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_log_without_one_of_its_processes_ends_is_tainted(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for place, line in enumerate(lines):
        if "+++ exited" in line or "+++ killed" in line:
            assert effects_in("".join(lines[:place] + lines[place + 1 :])).taints


def test_too_many_lines_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MOST_LINES", 3)
    assert TOO_LONG in effects_in(PLAIN).taints


def test_nothing_is_known_of_an_empty_log() -> None:
    assert parse((), "/w").taints == {CUT_OFF}
