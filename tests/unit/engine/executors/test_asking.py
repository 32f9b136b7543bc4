"""Commands whose output is part of a key."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.marks import left_after
from tests.support.runners import FakeClock
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors import asking
from wfopt.engine.executors.asking import Asker

ENVIRON = {"PATH": "/usr/bin:/bin", "OUTSIDE": "1", "GONE": "x"}


def ask(
    folder: Path, command: str, env: Mapping[str, str | None] | None = None, longest_s: float = 30.0
) -> bytes:
    return Asker(ENVIRON, SystemClock(), longest_s)(command, str(folder), env or {})


def test_stdout_is_the_answer_byte_for_byte(tmp_path: Path) -> None:
    script = r"printf 'a\377\0b'; echo no >&2; pwd; echo $OUTSIDE ${OWN} ${GONE-unset}; cat"
    answer = ask(tmp_path, script, {"OWN": "2", "GONE": None})
    assert answer == b"a\xff\x00b" + f"{tmp_path}\n1 2 unset\n".encode()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("exit 3", "failed with exit status 3"),
        ("no-such-command-at-all", "failed with exit status 127"),
        ("kill -9 $$", "was ended by signal 9"),
        ("echo half; exit 1", "failed with exit status 1"),
    ],
)
def test_failures_are_reasons(tmp_path: Path, command: str, reason: str) -> None:
    with pytest.raises(OSError, match=reason):
        ask(tmp_path, command)


def test_a_folder_that_is_missing_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not be started: no such file or directory"):
        ask(tmp_path / "none", "echo")


def test_too_much_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_BYTES", 1000)
    assert len(ask(tmp_path, "head -c 1000 /dev/zero")) == 1000
    with pytest.raises(OSError, match="printed more than 1,000 bytes"):
        ask(tmp_path, "exec cat /dev/zero")


@pytest.mark.parametrize("command", ["exec sleep 60", "echo; exec sleep 60", "exec >&-; exec sleep 60"])
def test_too_long_is_a_reason(tmp_path: Path, command: str) -> None:
    with pytest.raises(OSError, match=r"took longer than 0\.02 s"):
        ask(tmp_path, command, longest_s=0.02)


def test_the_time_counts_from_the_start(tmp_path: Path) -> None:
    clock = FakeClock()
    ticking = Asker(ENVIRON, clock, 30.0)
    assert ticking("echo", str(tmp_path), {}) == b"\n"
    moments = iter([0.0, 31.0])
    clock.now = lambda: next(moments)  # type: ignore[method-assign]
    with pytest.raises(OSError, match="took longer than 30 s"):
        ticking("exec sleep 60", str(tmp_path), {})


@pytest.mark.parametrize(
    ("command", "fails"),
    [("sleep 60 > /dev/null & echo", False), ("sleep 60 & sleep 60", True), ("sleep 60 >&2 & exit 1", True)],
)
def test_nothing_of_it_is_left(tmp_path: Path, command: str, fails: bool) -> None:
    mark = f"ask-{os.getpid()}-{tmp_path.name}"
    if fails:
        with pytest.raises(OSError, match=r"took longer|failed"):
            ask(tmp_path, command, {"CAMPAIGN_MARK": mark}, longest_s=0.05)
    else:
        assert ask(tmp_path, command, {"CAMPAIGN_MARK": mark}) == b"\n"
    assert left_after(mark, 5.0) == {}


def test_it_has_no_terminal_and_a_session_of_its_own(tmp_path: Path) -> None:
    script = "cut -d ' ' -f 6 /proc/self/stat; echo $$; readlink /proc/self/fd/0"
    session, shell, stdin = ask(tmp_path, script).decode().split()
    assert session == shell != str(os.getsid(0))
    assert stdin == "/dev/null"
