"""strace is asked as its log is read, refused where it does not work, and kept off what it would disturb."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wfopt.tracing.strace import OPTIONS, Strace, UnusableError, disturbed, usable


def test_the_command_stands_behind_the_options() -> None:
    command = Strace("/bin/strace").command(("sh", "-c", "-x"), "/l")
    assert command == ("/bin/strace", *OPTIONS, "-o", "/l", "--", "sh", "-c", "-x")
    assert {"-D", "-f", "--seccomp-bpf", "-y", "-q"} <= set(OPTIONS)


def answering(version: str, trouble: str = "") -> Callable[[str], bytes]:
    def ask(command: str) -> bytes:
        if command.endswith(" -V"):
            return version.encode()
        if trouble:
            raise OSError(trouble)
        return b""

    return ask


def test_what_works_is_used() -> None:
    assert usable("/bin/strace", "/l", answering("strace -- version 5.15\nmore")).path == "/bin/strace"


@pytest.mark.parametrize(
    ("path", "ask", "why"),
    [
        ("", answering(""), "is not on the PATH"),
        ("/s", answering("strace -- version 5.14"), "is 5.14, but 5.15 or later"),
        ("/s", answering("something"), "of an unknown version"),
        ("/s", answering("strace -- version 6.1", "failed with exit status 1"), "nothing can be traced here"),
    ],
)
def test_what_does_not_work_is_told(path: str, ask: Callable[[str], bytes], why: str) -> None:
    with pytest.raises(UnusableError, match=why):
        usable(path, "/l", ask)


def test_a_program_that_cannot_say_its_version_is_told() -> None:
    def ask(_: str) -> bytes:
        raise OSError("failed with exit status 127")

    with pytest.raises(UnusableError, match="-V` failed with exit status 127"):
        usable("/s", "/l", ask)


def test_scripts_that_would_not_do_the_same_are_left_alone(tmp_path: Path) -> None:
    for name, mode in (("plain", 0o755), ("super", 0o4755)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    path = f"/nowhere:{tmp_path}"
    assert disturbed("plain a; echo b", path) == ""
    assert disturbed("plain && super -x", path) == "it runs `super`, which has rights of its own"
    assert "rights" in disturbed(f"{tmp_path}/super", path)
    assert disturbed("strace -f plain", path) == "it runs `strace`, which traces by itself"
