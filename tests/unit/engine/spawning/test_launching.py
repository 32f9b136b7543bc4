"""Starting programs, and the words for what prevents it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from wfopt.engine.spawning import launching
from wfopt.engine.spawning.launching import StartError, change, find_program, launch, read_entries

PATH = {b"PATH": os.fsencode(os.defpath)}


def _run(argv: list[bytes], cwd: bytes, env: dict[bytes, bytes]) -> bytes:
    reader, writer = os.pipe()
    pid = launch(argv, cwd, env, (0, writer, writer), [])
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        output = stream.read()
    assert os.waitpid(pid, 0)[1] == 0
    return output


def _reason(argv: list[bytes], cwd: bytes, env: dict[bytes, bytes]) -> str:
    with pytest.raises(StartError) as caught:
        launch(argv, cwd, env, (0, 1, 2), [])
    return caught.value.reason.decode()


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_starts_a_program_in_a_group_of_its_own(tmp_path: Path) -> None:
    script = b'pwd; echo $$; cut -d" " -f5 /proc/$$/stat'
    folder, pid, group = _run([b"sh", b"-c", script], os.fsencode(tmp_path), PATH).splitlines()
    assert folder == os.fsencode(tmp_path)
    assert pid == group


def test_connects_each_stream(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"read\n")
    streams = [
        os.open(tmp_path / "in", os.O_RDONLY),
        *(os.open(tmp_path / name, os.O_WRONLY | os.O_CREAT) for name in ("out", "err")),
    ]
    script = b"cat; echo failed >&2"
    pid = launch([b"sh", b"-c", script], os.fsencode(tmp_path), PATH, (streams[0], *streams[1:]), [])
    os.waitpid(pid, 0)
    for stream in streams:
        os.close(stream)
    assert (tmp_path / "out").read_bytes() == b"read\n"
    assert (tmp_path / "err").read_bytes() == b"failed\n"


def test_changes_an_environment() -> None:
    base = read_entries([b"A=1", b"B=x=y", b"C="])
    assert base == {b"A": b"1", b"B": b"x=y", b"C": b""}
    assert change(base, [b"A=2", b"B", b"NEVER_THERE", b"D="]) == {b"A": b"2", b"C": b"", b"D": b""}
    assert base[b"A"] == b"1"


def test_looks_in_the_usual_folders_without_a_path(tmp_path: Path) -> None:
    assert _run([b"echo", b"x"], os.fsencode(tmp_path), {}) == b"x\n"


def test_finds_the_first_that_can_be_executed(tmp_path: Path) -> None:
    for folder, mode in (("a", 0o644), ("b", 0o755), ("c", 0o755)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "prog").touch(mode)
    (tmp_path / "d" / "prog").mkdir(parents=True)
    assert find_program(b"prog", b"none:d:a:b:c") == b"b/prog"
    assert find_program(b"a/prog", b"b") == b"a/prog"
    os.chdir("b")
    assert find_program(b"prog", b"") == b"./prog"


@pytest.mark.parametrize(
    ("name", "path", "reason"),
    [
        (b"prog", b"a", "`a/prog` is not executable"),
        (b"prog", b"d:x", "the program `prog` is not on the PATH"),
        (b"", b"/bin", "the program `` is not on the PATH"),
    ],
)
def test_says_what_was_not_found(tmp_path: Path, name: bytes, path: bytes, reason: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "prog").touch(0o644)
    (tmp_path / "d" / "prog").mkdir(parents=True)
    with pytest.raises(StartError) as caught:
        find_program(name, path)
    assert caught.value.reason.decode() == reason


@pytest.mark.parametrize(
    ("cwd", "reason"),
    [
        (b"/no/such", "the folder `/no/such` does not exist"),
        (b"/dev/null", "`/dev/null` is not a folder"),
        (b"/" + b"x" * 300, f"the folder `/{'x' * 300}` cannot be entered: file name too long"),
    ],
)
def test_says_what_is_wrong_with_the_folder(cwd: bytes, reason: str) -> None:
    assert _reason([b"true"], cwd, PATH) == reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "the program `./prog` does not exist"),
        (b"", "`./prog` is neither a program for this machine nor a script that starts with `#!`"),
        (b"#!/no/such\n", "the interpreter that `./prog` names in its first line does not exist"),
    ],
)
def test_says_what_is_wrong_with_the_program(tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "prog").write_bytes(content)
        (tmp_path / "prog").chmod(0o755)
    assert _reason([b"./prog"], os.fsencode(tmp_path), PATH) == reason


@pytest.mark.parametrize(
    ("argv", "env", "reason"),
    [
        ([b"true", b"x" * 131072], PATH, "an argument of `true` has 131072 bytes, the system allows 131071"),
        (
            [b"true"],
            PATH | {b"LONG": b"x" * 131072},
            "the environment variable `LONG` has 131072 bytes, more than the system allows",
        ),
        (
            [b"true", *[b"x" * 131071] * 60],
            PATH,
            "the arguments and the environment of `true` have 7864281 bytes, more than the system allows",
        ),
        ([b"true", b"a\0b"], PATH, "`true` cannot be started: embedded null byte"),
    ],
)
def test_says_what_is_too_long(argv: list[bytes], env: dict[bytes, bytes], reason: str) -> None:
    assert _reason(argv, b"/", env) == reason


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, "`true` is not executable"),
        (errno.EAGAIN, "`true` cannot be started: the limit on the number of processes is reached"),
        (errno.ENOMEM, "`true` cannot be started: there is not enough memory for another process"),
        (errno.EMFILE, "`true` cannot be started: the limit on open files is reached"),
        (errno.EIO, "`true` cannot be started: input/output error"),
    ],
)
def test_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, number: int, reason: str) -> None:
    def refuse(*_args: object, **_options: object) -> int:
        raise OSError(number, "no")

    monkeypatch.setattr(launching.os, "posix_spawn", refuse)
    assert _reason([b"true"], b"/", PATH) == reason
