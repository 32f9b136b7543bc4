"""Programs that are confined before they begin."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from wfopt.engine.spawning import forking
from wfopt.engine.spawning.forking import Confinement, launch
from wfopt.engine.spawning.launching import StartError, ignored_signals

ENV = {b"PATH": b"/usr/bin:/bin", b"A": b"b"}


class Marked(Confinement):
    """Changes the mask of the process, or refuses."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal

    def enter(self) -> None:
        if self.refusal is not None:
            raise self.refusal
        os.umask(0o123)


def _run(argv: list[bytes], confinement: Confinement, cwd: bytes = b"/") -> bytes:
    """Run a program in its own process, and return what it wrote."""
    here = os.getcwd()
    reader, writer = os.pipe()
    try:
        pid = launch(argv, cwd, ENV, (0, writer, writer), ignored_signals(), confinement)
    finally:
        os.close(writer)
        os.chdir(here)
    text = b""
    while part := os.read(reader, 4096):
        text += part
    os.close(reader)
    assert os.waitpid(pid, 0)[1] == 0
    return text


def test_starts_a_program_that_is_confined() -> None:
    script = b"umask; echo $A; pwd; ps -o pgid= -p $$; echo $$"
    umask, value, folder, group, pid = _run([b"sh", b"-c", script], Marked()).split()
    assert (umask, value, folder) == (b"0123", b"b", b"/")
    assert group == pid


def test_signals_reach_it_again() -> None:
    text = _run([b"grep", b"-E", b"Sig(Blk|Ign)", b"/proc/self/status"], Marked())
    assert text.split() == [b"SigBlk:", b"0" * 16, b"SigIgn:", b"0" * 16]


@pytest.mark.parametrize(
    ("argv", "cwd", "refusal", "reason"),
    [
        ([b"sh"], b"/", StartError(b"no group"), "`sh` cannot be started: no group"),
        ([b"sh"], b"/", OSError(errno.EAGAIN, ""), "the limit on the number of processes is reached"),
        ([b"sh", b"a\0b"], b"/", None, "embedded null byte"),
        ([b"/etc/passwd"], b"/", None, "`/etc/passwd` is not executable"),
        ([b"sh"], b"/nowhere", None, "the folder `/nowhere` does not exist"),
    ],
)
def test_says_why_not(argv: list[bytes], cwd: bytes, refusal: Exception | None, reason: str) -> None:
    with pytest.raises(StartError) as caught:
        _run(argv, Marked(refusal), cwd)
    assert reason in caught.value.reason.decode()


def test_says_that_there_is_no_process_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse() -> int:
        raise OSError(errno.EAGAIN, "no")

    monkeypatch.setattr(forking.os, "fork", refuse)
    with pytest.raises(StartError) as caught:
        _run([b"sh"], Marked(), os.fsencode(tmp_path))
    assert caught.value.reason == b"`sh` cannot be started: the limit on the number of processes is reached"
