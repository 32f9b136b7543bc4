"""Small files with a checksum: read whole or not at all, replaced as a whole."""

import os
from pathlib import Path

import pytest

from wfopt.cache.sealed_file import read_sealed, seal, unsealed, write_sealed

MAGIC, BODY = b"word-1\n", b"what\0it\nholds"
SEALED = seal(MAGIC, BODY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    write_sealed(str(path), SEALED)
    return path


def read(path: Path, magic: bytes = MAGIC, most: int = len(BODY)) -> bytes | None:
    return read_sealed(str(path), magic, most)


@pytest.mark.parametrize("body", [b"", b"x", BODY, MAGIC * 2])
def test_what_was_sealed_is_read_back(path: Path, body: bytes) -> None:
    assert unsealed(seal(MAGIC, body), MAGIC) == body
    write_sealed(str(path), seal(MAGIC, body))
    assert read(path, most=len(body)) == body


def test_it_is_private_and_alone(path: Path) -> None:
    assert path.read_bytes() == SEALED
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["file"]


def test_every_damage_makes_it_nothing() -> None:
    for place in range(len(SEALED)):
        assert unsealed(SEALED[:place] + bytes([SEALED[place] ^ 1]) + SEALED[place + 1 :], MAGIC) is None
        assert unsealed(SEALED[:place], MAGIC) is None
    assert unsealed(SEALED + b"\0", MAGIC) is None


def test_a_file_under_another_word_is_nothing(path: Path) -> None:
    assert read(path, b"word-2\n") is None
    assert read(path, b"word-1") is None
    assert read(path, b"") is None


def test_a_file_that_is_too_long_is_nothing(path: Path) -> None:
    assert read(path, most=len(BODY) - 1) is None


def test_what_is_no_file_of_its_own_is_nothing(path: Path) -> None:
    folder = path.parent
    (folder / "link").symlink_to(path)
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    for name in ("missing", "link", "pipe", "folder", "file/x"):
        assert read(folder / name) is None, name


def test_a_file_of_another_user_is_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(path) == BODY
    somebody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody)
    assert read(path) is None


def test_a_file_that_cannot_be_read_is_nothing() -> None:
    # It can be opened, but nothing is at its beginning.
    assert read(Path("/proc/self/mem")) is None


def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(path: Path) -> None:
    target = path.parent / "target"
    path.rename(target)
    path.symlink_to(target)
    write_sealed(str(path), seal(MAGIC, b"new"))
    assert read(path) == b"new"
    assert not path.is_symlink()
    assert target.read_bytes() == SEALED


def test_what_cannot_be_replaced_is_still_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_sealed(str(path), seal(MAGIC, b"new"))
    assert read(path) == BODY
    assert os.listdir(path.parent) == ["file"]


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_sealed(str(tmp_path / "missing" / "file"), SEALED)
