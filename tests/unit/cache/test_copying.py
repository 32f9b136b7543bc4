"""Copies and their hashes."""

import fcntl
import hashlib
import os
from pathlib import Path

import pytest

from wfopt.cache.copying import Blob, copy_file, hash_file, write_all
from wfopt.cache.folders import opened

CHUNK = 256 * 1024
CONTENTS = [
    b"",
    b"x",
    b"\0" * CHUNK,
    b"a" + b"\0" * (3 * CHUNK) + b"b",
    b"\0" * (2 * CHUNK + 5),
    os.urandom(CHUNK * 5 + 1),
]


@pytest.mark.parametrize("content", CONTENTS, ids=["empty", "small", "zeros", "hole", "odd zeros", "large"])
def test_a_copy_is_equal_and_hashed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with (
        opened(str(tmp_path / "a"), os.O_RDONLY) as source,
        opened(str(tmp_path / "b"), os.O_RDWR | os.O_CREAT) as target,
    ):
        os.lseek(source, 0, os.SEEK_END)
        copied = copy_file(source, target)
        assert hash_file(source) == copied
    assert copied == Blob(hashlib.sha256(content).hexdigest(), len(content))
    assert (tmp_path / "b").read_bytes() == content


def test_runs_of_zeros_become_holes(tmp_path: Path) -> None:
    with open(tmp_path / "a", "wb") as file:
        file.truncate(64 * CHUNK)
    with (
        opened(str(tmp_path / "a"), os.O_RDONLY) as source,
        opened(str(tmp_path / "b"), os.O_RDWR | os.O_CREAT) as target,
    ):
        copy_file(source, target)
    found = (tmp_path / "b").stat()
    assert found.st_size == 64 * CHUNK
    assert found.st_blocks * 512 < CHUNK


def test_shared_blocks_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is returned is what the new file holds, whatever the system put there."""

    def clone(target: int, request: int, source: int) -> int:
        assert request == 0x40049409
        os.write(target, b"shared")
        return 0

    monkeypatch.setattr(fcntl, "ioctl", clone)
    (tmp_path / "a").write_bytes(b"y" * (1024 * 1024))
    with (
        opened(str(tmp_path / "a"), os.O_RDONLY) as source,
        opened(str(tmp_path / "b"), os.O_RDWR | os.O_CREAT) as target,
    ):
        assert copy_file(source, target) == Blob(hashlib.sha256(b"shared").hexdigest(), 6)


def test_all_is_written_in_several_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    written = bytearray()

    def write(_: int, data: memoryview) -> int:
        written.extend(data[:3])
        return len(data[:3])

    monkeypatch.setattr(os, "write", write)
    write_all(99, b"12345678")
    assert written == b"12345678"
