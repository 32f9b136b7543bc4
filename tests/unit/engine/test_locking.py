"""The lock of a workspace, with real processes where their end is the point."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.processes import living
from wfopt.codes import LOCK_UNAVAILABLE, WORKSPACE_BUSY
from wfopt.engine.locking import (
    OWNER_FILE,
    Owner,
    WorkspaceLock,
    busy,
    is_shared,
    this_process,
    unlocked,
    waiting,
    with_held,
)
from wfopt.errors import Severity

ROOT = Path(__file__).parents[3]
RUN = "20260131-123005-0a1b2c"
RECORD: dict[str, object] = {
    "workspace": "",
    "pid": 1,
    "run_id": RUN,
    "host": "elsewhere",
    "started_at": 0,
    "command": "wfopt run",
}

# Reads a line, tries once, says what came of it, and keeps what it got until its stdin ends.
CONTENDER = """
import os, sys
from wfopt.engine.locking import WorkspaceLock, this_process
workspace, state, child = sys.argv[1:]
lock = WorkspaceLock(workspace, state)
sys.stdin.readline()
got = lock.try_acquire()
lock.announce(this_process(run_id="20260131-123005-0a1b2c", started_at=5.5, command="wfopt run a.yml"))
pid = os.posix_spawn("/bin/sleep", ["sleep", "1000"], {}) if child else 0
print("held" if got else "refused", pid, flush=True)
sys.stdin.read()
"""

Contend = Callable[..., "subprocess.Popen[str]"]
LockOf = Callable[[tuple[Path, Path]], WorkspaceLock]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    workspace, state = tmp_path / "workspace", tmp_path / "state"
    workspace.mkdir()
    state.mkdir()
    return workspace, state


@pytest.fixture
def lock_of() -> Iterator[LockOf]:
    """Make locks that are given back at the end."""
    made: list[WorkspaceLock] = []

    def make(places: tuple[Path, Path]) -> WorkspaceLock:
        made.append(WorkspaceLock(*map(str, places)))
        return made[-1]

    yield make
    for each in made:
        each.release()


@pytest.fixture
def contend(folders: tuple[Path, Path]) -> Iterator[Contend]:
    """Start a process that tries to get the lock as soon as it is sent a line."""
    started: list[subprocess.Popen[str]] = []

    def start(*, child: bool = False) -> subprocess.Popen[str]:
        argv = [sys.executable, "-c", CONTENDER, *map(str, folders), "child" if child else ""]
        process = subprocess.Popen(
            argv, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        with process:
            pass


def answer(process: subprocess.Popen[str]) -> tuple[str, int]:
    """Let a contender try; return what came of it and the pid of its child."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    word, child = process.stdout.readline().split()
    return word, int(child)


def me(run_id: str = RUN, command: str = "wfopt run") -> Owner:
    return this_process(run_id=run_id, started_at=1000.25, command=command)


def write_record(folders: tuple[Path, Path], **changes: object) -> None:
    record = RECORD | {"workspace": str(folders[0])} | changes
    (folders[1] / OWNER_FILE).write_text(json.dumps(record), encoding="utf-8")


def test_one_process_of_two_gets_it(lock_of: LockOf, folders: tuple[Path, Path], contend: Contend) -> None:
    processes = [contend(), contend()]
    for each in processes:
        assert each.stdin is not None
        each.stdin.write("go\n")
    words = {}
    for each in processes:
        assert each.stdout is not None
        words[each.stdout.readline().split()[0]] = each
    assert sorted(words) == ["held", "refused"]

    lock = lock_of(folders)
    assert not lock.try_acquire()
    assert (lock.held, lock.trouble) == (False, "")
    assert lock.owner() == Owner(
        pid=words["held"].pid,
        run_id=RUN,
        host=os.uname().nodename,
        started_at=5.5,
        command="wfopt run a.yml",
    )
    words["held"].communicate()
    assert lock.try_acquire()


def test_killed_holder_frees_it_although_its_child_lives(
    lock_of: LockOf, folders: tuple[Path, Path], contend: Contend
) -> None:
    holder = contend(child=True)
    word, child = answer(holder)
    try:
        lock = lock_of(folders)
        assert (word, lock.try_acquire()) == ("held", False)
        holder.kill()
        holder.wait()
        assert lock.owner() is None
        assert lock.try_acquire()
        assert living({child}) == {child}
    finally:
        os.kill(child, 9)


def test_what_a_killed_run_wrote_is_removed(lock_of: LockOf, folders: tuple[Path, Path]) -> None:
    write_record(folders)
    lock = lock_of(folders)
    assert lock.owner() is not None
    assert lock.try_acquire()
    assert list(folders[1].iterdir()) == []


def test_owner_is_told_until_the_release(lock_of: LockOf, folders: tuple[Path, Path]) -> None:
    first, second = lock_of(folders), lock_of(folders)
    assert first.try_acquire()
    assert second.owner() is None
    first.announce(me())
    assert first.held
    assert not second.try_acquire()
    assert second.owner() == me()
    first.release()
    assert not first.held
    assert list(folders[1].iterdir()) == []
    assert second.try_acquire()


def test_asking_again_keeps_it(lock_of: LockOf, folders: tuple[Path, Path]) -> None:
    first, second = lock_of(folders), lock_of(folders)
    assert first.try_acquire()
    first.announce(me())
    assert first.try_acquire()
    assert second.owner() == me()
    first.release()
    assert second.try_acquire()


def test_who_does_not_hold_it_changes_nothing(lock_of: LockOf, folders: tuple[Path, Path]) -> None:
    first, second, third = (lock_of(folders) for _ in range(3))
    assert first.try_acquire()
    first.announce(me())
    assert not second.try_acquire()
    second.announce(me(run_id="20260131-123005-ffffff"))
    second.release()
    assert third.owner() == me()
    assert not third.try_acquire()


def test_name_of_the_workspace_does_not_matter(
    lock_of: LockOf, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(folders[0])
    first, second = lock_of((link, folders[1])), lock_of((folders[0] / ".." / "workspace", folders[1]))
    assert first.try_acquire()
    first.announce(me())
    assert not second.try_acquire()
    assert second.owner() == me()


def test_workspaces_with_one_state_folder(
    lock_of: LockOf, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    first, second = lock_of(folders), lock_of((tmp_path, folders[1]))
    assert first.try_acquire()
    first.announce(me())
    assert second.try_acquire()
    assert second.owner() is None
    second.release()
    assert first.owner() == me()


@pytest.mark.parametrize("state", ["missing", "file"])
def test_lock_without_a_usable_state_folder(
    lock_of: LockOf, folders: tuple[Path, Path], tmp_path: Path, state: str
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    places = folders[0], tmp_path / state
    first, second = lock_of(places), lock_of(places)
    assert first.try_acquire()
    first.announce(me())
    assert (first.held, first.trouble) == (True, "")
    assert not second.try_acquire()
    assert second.owner() is None
    first.release()
    assert second.try_acquire()


def test_workspace_stays_as_it_is(lock_of: LockOf, folders: tuple[Path, Path]) -> None:
    lock = lock_of(folders)
    assert lock.try_acquire()
    lock.announce(me())
    assert list(folders[0].iterdir()) == []


def make_folder(path: Path) -> None:
    path.mkdir()


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def make_garbage(path: Path) -> None:
    path.write_bytes(b"\xff\x00{")


@pytest.mark.parametrize("make", [make_folder, make_loop, make_socket, os.mkfifo, make_garbage])
def test_anything_in_place_of_the_owner_file(
    lock_of: LockOf, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    monkeypatch.chdir(folders[1])  # A socket's path must be short.
    make(Path(OWNER_FILE))
    first, second = lock_of(folders), lock_of(folders)
    before = len(os.listdir("/proc/self/fd"))
    assert first.owner() is None
    assert len(os.listdir("/proc/self/fd")) == before
    assert first.try_acquire()
    first.announce(me())
    assert not second.try_acquire()
    first.release()
    assert second.try_acquire()


def test_file_that_cannot_be_read_to_its_end(
    lock_of: LockOf, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(fd: int, size: int) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    write_record(folders)
    monkeypatch.setattr(os, "read", fail)
    assert lock_of(folders).owner() is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[" * 60_000,
        '{"pid": 1}',
        '{"pid": ' + "9" * 5000 + "}",
        " " * 70_000 + "{}",
    ],
)
def test_malformed_text_tells_nothing(lock_of: LockOf, folders: tuple[Path, Path], text: str) -> None:
    (folders[1] / OWNER_FILE).write_text(text, encoding="utf-8")
    assert lock_of(folders).owner() is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("workspace", "/elsewhere"),
        ("pid", 0),
        ("pid", -1),
        ("pid", 2**31),
        ("pid", "1"),
        ("run_id", None),
        ("host", 5),
        ("started_at", -1),
        ("started_at", 1e300),
        ("started_at", float("nan")),
        ("started_at", "now"),
        ("command", ["wfopt"]),
    ],
)
def test_wrong_value_tells_nothing(
    lock_of: LockOf, folders: tuple[Path, Path], key: str, value: object
) -> None:
    lock = lock_of(folders)
    write_record(folders)
    assert lock.owner() is not None
    write_record(folders, **{key: value})
    assert lock.owner() is None


def test_long_values_are_cut(lock_of: LockOf, folders: tuple[Path, Path]) -> None:
    write_record(folders, run_id="r" * 5000, host="h" * 100, command="c" * 5000)
    owner = lock_of(folders).owner()
    assert owner is not None
    assert (owner.run_id, owner.host, owner.command) == ("r" * 100 + "...", "h" * 100, "c" * 200 + "...")


@pytest.mark.parametrize(
    ("host", "known"), [(os.uname().nodename, False), ("a-host-that-is-not-this-one", True)]
)
def test_dead_process_is_no_owner_on_this_host(
    lock_of: LockOf, folders: tuple[Path, Path], host: str, *, known: bool
) -> None:
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    write_record(folders, host=host, pid=pid)
    assert (lock_of(folders).owner() is not None) is known


def test_process_of_another_user_is_an_owner(
    lock_of: LockOf, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(pid: int, signum: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    write_record(folders, host=os.uname().nodename)
    assert lock_of(folders).owner() is not None


def test_missing_workspace_is_told_as_trouble(tmp_path: Path) -> None:
    lock = WorkspaceLock(str(tmp_path / "absent"), str(tmp_path))
    assert lock.try_acquire()
    assert (lock.held, lock.trouble) == (False, "No such file or directory")
    lock.announce(me())
    lock.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOLCK, "No locks available"), OSError("No locks available")]
)
def test_file_system_without_locks_is_told_as_trouble(
    lock_of: LockOf, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def fail(fd: int, operation: int) -> None:
        raise error

    monkeypatch.setattr(fcntl, "flock", fail)
    lock = lock_of(folders)
    before = len(os.listdir("/proc/self/fd"))
    assert lock.try_acquire()
    assert (lock.held, lock.trouble) == (False, "No locks available")
    assert len(os.listdir("/proc/self/fd")) == before


def test_every_failed_try_closes_its_descriptor(lock_of: LockOf, folders: tuple[Path, Path]) -> None:
    first, second = lock_of(folders), lock_of(folders)
    assert first.try_acquire()
    before = len(os.listdir("/proc/self/fd"))
    assert [second.try_acquire() for _ in range(3)] == [False] * 3
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_run_inside_a_step_shares_what_is_held_around_it(tmp_path: Path) -> None:
    outer, inner = tmp_path / "outer", tmp_path / "inner"
    outer.mkdir()
    inner.mkdir()
    (tmp_path / "link").symlink_to("outer")
    around = with_held(str(inner), with_held(str(tmp_path / "link"), ""))
    assert around == f"{outer}:{inner}"
    assert with_held(str(outer), around) == around
    assert is_shared(str(tmp_path / "link"), around)
    assert is_shared(str(inner), around)
    assert not is_shared(str(tmp_path), around)
    assert not is_shared(str(outer), "")


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Owner]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC-2")
        time.tzset()
        yield Owner(pid=123, run_id=RUN, host="build-1", started_at=37_805.9, command="wfopt run a.yml")
    time.tzset()


def test_words_for_a_known_owner(owner: Owner) -> None:
    whom = f"run `{RUN}` (pid 123 on build-1, since 12:30:05, `wfopt run a.yml`)"
    note, error = waiting(owner, "/w"), busy(owner, "/w")
    assert (note.code, note.severity, note.file) == (WORKSPACE_BUSY, Severity.NOTE, "/w")
    assert note.message == f"another run has this workspace: waiting for {whom}"
    assert (error.code, error.severity, error.file) == (WORKSPACE_BUSY, Severity.ERROR, "/w")
    assert error.message == f"another run has this workspace: {whom}"
    assert error.hints == ("without `--no-wait` this run starts as soon as the other one ends",)


def test_words_for_an_unknown_owner() -> None:
    assert waiting(None, "/w").message == "another run has this workspace: waiting for its end"
    assert busy(None, "/w").message == "another run has this workspace"


def test_words_for_a_workspace_that_cannot_be_locked() -> None:
    warning = unlocked("No locks available", "/w")
    assert (warning.code, warning.severity, warning.file) == (LOCK_UNAVAILABLE, Severity.WARNING, "/w")
    assert warning.causes == ("the system says: No locks available",)
