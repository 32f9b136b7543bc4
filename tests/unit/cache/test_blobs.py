"""The store of contents: nothing wrong ever comes out of it."""

import contextlib
import errno
import hashlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faults import FaultyOs, error_number
from wfopt.cache import blobs as module
from wfopt.cache import copying, folders, temporary
from wfopt.cache.blobs import BlobStore, ChangedError
from wfopt.cache.copying import Blob
from wfopt.cache.folders import top_folder

HELLO = Blob(hashlib.sha256(b"hello").hexdigest(), 5)
GONE = "4194305-77-0123456789abcdef"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BlobStore]:
    with BlobStore(str(tmp_path / "store")) as opened:
        yield opened


def place(tmp_path: Path, blob: Blob = HELLO) -> Path:
    return tmp_path / "store/cas" / blob.digest[:2] / blob.digest[2:]


def temporaries(tmp_path: Path) -> list[str]:
    folder = tmp_path / "store/tmp"
    return os.listdir(folder) if folder.exists() else []


def damage(path: Path, content: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(content)


def read(store: BlobStore, blob: Blob) -> bytes | None:
    with store.open_verified(blob) as fd:
        return None if fd is None else os.read(fd, 1_000_000)


def damaged(store: BlobStore) -> list[str]:
    return [kept.digest for kept in store if not store.is_sound(kept)]


def copy_out(store: BlobStore, folder: Path, blob: Blob = HELLO) -> bool:
    with top_folder(str(folder)) as fd:
        return store.copy_to(blob, fd, "x", 0o751)


def test_a_content_is_kept_once_and_private(store: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello")
    assert store.add_file(str(tmp_path / "a")) == HELLO
    assert store.add_bytes(b"hello") == HELLO
    assert [(kept.digest, kept.size) for kept in store] == [HELLO]
    assert place(tmp_path).read_bytes() == b"hello"
    assert place(tmp_path).stat().st_mode & 0o7777 == 0o400
    assert place(tmp_path).parent.stat().st_mode & 0o7777 == 0o700
    assert temporaries(tmp_path) == []
    assert store.has(HELLO)
    assert not store.has(Blob(HELLO.digest, 4))
    assert read(store, HELLO) == b"hello"


def test_adding_tells_when_it_was_done(store: BlobStore, tmp_path: Path) -> None:
    store.add_bytes(b"hello")
    os.utime(place(tmp_path), (5, 5))
    assert [kept.added_at for kept in store] == [5]
    store.add_bytes(b"hello")
    assert [kept.added_at > 5 for kept in store] == [True]


def test_adding_again_writes_nothing(store: BlobStore, tmp_path: Path) -> None:
    store.add_bytes(b"hello")
    before = place(tmp_path).stat().st_ino
    store.add_bytes(b"hello")
    assert place(tmp_path).stat().st_ino == before
    damage(place(tmp_path), b"jello")
    store.add_bytes(b"hello")
    assert place(tmp_path).stat().st_ino != before
    assert temporaries(tmp_path) == []


def test_what_is_not_there(store: BlobStore, tmp_path: Path) -> None:
    assert list(store) == []
    assert not store.has(HELLO)
    assert read(store, HELLO) is None
    assert not copy_out(store, tmp_path)
    assert not store.remove(HELLO.digest)
    assert not (tmp_path / "x").exists()


def test_a_blob_is_removed(store: BlobStore) -> None:
    store.add_bytes(b"hello")
    assert store.remove(HELLO.digest)
    assert not store.has(HELLO)


@pytest.mark.parametrize("digest", ["", "../../../etc/passwd", "ab", "AB" * 32, "a" * 64 + "\n"])
def test_names_that_are_no_digests(store: BlobStore, digest: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        store.remove(digest)


def test_a_copy_replaces_a_file_or_a_link(store: BlobStore, tmp_path: Path) -> None:
    store.add_bytes(b"hello")
    (tmp_path / "outside").write_bytes(b"mine")
    (tmp_path / "x").symlink_to("outside")
    assert copy_out(store, tmp_path)
    assert not (tmp_path / "x").is_symlink()
    assert (tmp_path / "x").read_bytes() == b"hello"
    assert (tmp_path / "x").stat().st_mode & 0o7777 == 0o751
    assert (tmp_path / "outside").read_bytes() == b"mine"


def test_every_flipped_bit_is_noticed(store: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"before")
    for bit in range(40):
        store.add_bytes(b"hello")
        content = bytearray(b"hello")
        content[bit // 8] ^= 1 << bit % 8
        times = place(tmp_path).stat()
        damage(place(tmp_path), bytes(content))
        os.utime(place(tmp_path), ns=(times.st_atime_ns, times.st_mtime_ns))
        assert store.has(HELLO)
        wrong = copy_out(store, tmp_path) if bit % 2 else read(store, HELLO) is not None
        assert not wrong
        assert not store.has(HELLO)
    assert (tmp_path / "x").read_bytes() == b"before"
    assert len(list((tmp_path / "store/bad").iterdir())) == 40
    assert {path.name for path in tmp_path.iterdir()} == {"store", "x"}


@pytest.mark.parametrize("content", [b"", b"hell", b"hello!", b"\0" * 5])
def test_other_damage_is_noticed_and_healed(store: BlobStore, tmp_path: Path, content: bytes) -> None:
    store.add_bytes(b"hello")
    damage(place(tmp_path), content)
    assert not copy_out(store, tmp_path)
    store.add_bytes(b"hello")
    damage(place(tmp_path), content)
    store.add_bytes(b"hello")
    assert read(store, HELLO) == b"hello"


def test_a_file_of_another_size_is_not_even_read(
    store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with holes may be longer than any disk."""
    store.add_bytes(b"hello")
    place(tmp_path).chmod(0o600)
    os.truncate(place(tmp_path), 10**12)
    monkeypatch.setattr(module, "copy_file", lambda *_: pytest.fail("it is read"))
    monkeypatch.setattr(module, "hash_file", lambda *_: pytest.fail("it is read"))
    (tmp_path / "out").mkdir()
    assert not copy_out(store, tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []
    assert not store.has(HELLO)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "socket"])
def test_what_is_no_file_is_moved_aside(store: BlobStore, tmp_path: Path, kind: str) -> None:
    store.add_bytes(b"hello")
    path = place(tmp_path)
    path.unlink()
    (tmp_path / "secret").write_bytes(b"hello")
    match kind:
        case "link":
            path.symlink_to(tmp_path / "secret")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            (path / "inner").mkdir(parents=True)
        case _:
            with socket.socket(socket.AF_UNIX) as server, pytest.MonkeyPatch.context() as patch:
                patch.chdir(path.parent)
                server.bind(path.name)
    assert not store.has(HELLO)
    assert read(store, HELLO) is None
    assert not os.path.lexists(path)
    assert len(list((tmp_path / "store/bad").iterdir())) == 1


def test_a_folder_in_place_of_a_blob_gives_way(store: BlobStore, tmp_path: Path) -> None:
    (place(tmp_path) / "inner").mkdir(parents=True)
    store.add_bytes(b"hello")
    assert read(store, HELLO) == b"hello"


@pytest.mark.parametrize("kind", ["link", "file"])
def test_what_is_no_folder_of_blobs(store: BlobStore, tmp_path: Path, kind: str) -> None:
    shard = place(tmp_path).parent
    shard.parent.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / HELLO.digest[2:]).write_bytes(b"hello")
    if kind == "link":
        shard.symlink_to(tmp_path / "outside")
    else:
        shard.touch()
    assert read(store, HELLO) is None
    assert list(store) == []
    with pytest.raises(NotADirectoryError):
        store.add_bytes(b"hello")
    assert temporaries(tmp_path) == []
    assert (tmp_path / "outside" / HELLO.digest[2:]).exists()


def test_foreign_files_are_left_alone(store: BlobStore, tmp_path: Path) -> None:
    store.add_bytes(b"hello")
    (tmp_path / "store/cas/notes").touch()
    (place(tmp_path).parent / "notes").touch()
    assert [kept.digest for kept in store] == [HELLO.digest]
    assert damaged(store) == []


def test_verify_moves_the_damaged_aside(store: BlobStore, tmp_path: Path) -> None:
    good, bad = store.add_bytes(b"good"), store.add_bytes(b"hello")
    damage(place(tmp_path, bad), b"jello")
    assert damaged(store) == [bad.digest]
    assert [kept.digest for kept in store] == [good.digest]


def test_a_blob_that_vanishes_while_they_are_listed(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_bytes(b"hello")
    lstat = os.lstat

    def vanishing(name: str, *, dir_fd: int) -> os.stat_result:
        os.unlink(name, dir_fd=dir_fd)
        return lstat(name, dir_fd=dir_fd)

    monkeypatch.setattr(os, "lstat", vanishing)
    assert list(store) == []


@pytest.mark.parametrize(("call", "size"), [("pread", 5), ("read", 500_000)])
@pytest.mark.parametrize("grows", [True, False])
def test_a_file_that_changes_while_it_is_read_is_not_kept(
    store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, size: int, grows: bool
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * size)
    read_some = getattr(os, call)

    def disturbed(*args: int) -> bytes:
        data: bytes = read_some(*args)
        path.write_bytes(b"y" * (size + grows))
        return data

    monkeypatch.setattr(os, call, disturbed)
    with pytest.raises(ChangedError):
        store.add_file(str(path))
    assert list(store) == []
    assert temporaries(tmp_path) == []


@pytest.mark.parametrize("size", [0, 1, 65536, 65537, 600_000])
def test_contents_of_any_size(store: BlobStore, tmp_path: Path, size: int) -> None:
    content = bytes(range(251)) * (size // 251) + b"e" * (size % 251)
    (tmp_path / "a").write_bytes(content)
    for _ in range(2):
        blob = store.add_file(str(tmp_path / "a"))
        assert blob == Blob(hashlib.sha256(content).hexdigest(), size)
    assert read(store, blob) == content
    assert [kept.digest for kept in store] == [blob.digest]
    assert temporaries(tmp_path) == []


MODULES = (module, copying, folders, temporary)
NUMBERS = [errno.ENOSPC, errno.EIO, errno.EMFILE, errno.EACCES, errno.EROFS]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_fault_at_any_call_of_adding(store: BlobStore, tmp_path: Path, number: int) -> None:
    """Either the content is kept, or an error tells that it is not; nothing is left behind."""
    (tmp_path / "a").write_bytes(b"hello")
    failures = 0
    for call in range(1, 100):
        shutil.rmtree(tmp_path / "store/cas", ignore_errors=True)
        faulty = FaultyOs(call, number)
        with pytest.MonkeyPatch.context() as patch:
            faulty.install(patch, *MODULES)
            error = error_number(lambda: store.add_file(str(tmp_path / "a")))
        assert error in ({0, number} if faulty.failed else {0})
        failures += error != 0
        assert temporaries(tmp_path) == []
        assert read(store, HELLO) in ({b"hello", None} if error else {b"hello"})
        if not faulty.failed:
            break
    assert failures > 15


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("sound", [True, False])
def test_a_fault_at_any_call_of_copying(store: BlobStore, tmp_path: Path, number: int, sound: bool) -> None:
    """The name has its old content or the right one; nothing is left beside it."""
    (tmp_path / "out").mkdir()
    for call in range(1, 100):
        (tmp_path / "out/x").write_bytes(b"before")
        store.add_bytes(b"hello")
        if not sound:
            damage(place(tmp_path), b"jello")
        faulty = FaultyOs(call, number)
        done = False
        with top_folder(str(tmp_path / "out")) as out, pytest.MonkeyPatch.context() as patch:
            faulty.install(patch, *MODULES)
            with contextlib.suppress(OSError):
                done = store.copy_to(HELLO, out, "x", 0o644)
        assert (tmp_path / "out/x").read_bytes() in ({b"hello"} if done else {b"before", b"hello"})
        assert (tmp_path / "out/x").read_bytes() == b"before" or sound
        if faulty.failed != "unlink":
            assert os.listdir(tmp_path / "out") == ["x"]
        shutil.rmtree(tmp_path / "out")
        (tmp_path / "out").mkdir()
        if not faulty.failed:
            break
    assert done == sound
    assert call > 10


ADDING = """
import sys
from wfopt.cache.blobs import BlobStore
with BlobStore(sys.argv[1]) as store:
    print(flush=True)
    sys.stdin.read(1)
    for number in range(100):
        store.add_bytes(b"%d" % number * 1000)
"""


@pytest.mark.slow
def test_two_processes_add_the_same(store: BlobStore, tmp_path: Path) -> None:
    adding = [
        subprocess.Popen(
            [sys.executable, "-c", ADDING, str(tmp_path / "store")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for process in adding:
        assert process.stdout is not None
        process.stdout.readline()
    for process in adding:
        process.communicate(b"\n")
    assert [process.returncode for process in adding] == [0, 0]
    assert len(list(store)) == 100
    assert damaged(store) == []
    assert temporaries(tmp_path) == []
