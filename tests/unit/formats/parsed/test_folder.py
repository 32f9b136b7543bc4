"""Sealed files in a folder: only what this user wrote here, and all of it, is ever read."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from wfopt.formats.parsed import folder
from wfopt.formats.parsed.folder import MOST_FILES, made, opened

BODY = b"a small body"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Return a folder with the file `one`."""
    path = tmp_path / "parsed"
    with made(str(path)) as found:
        found.write("one", BODY)
    return path


def read(path: Path, name: str = "one") -> bytes | None:
    with opened(str(path)) as found:
        return None if found is None else found.read(name)


def test_what_was_written_is_read(kept: Path) -> None:
    assert read(kept) == BODY
    assert read(kept, "two") is None
    assert sorted(each.name for each in kept.iterdir()) == ["key", "one"]


def test_only_this_user_may_look(kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o700
    assert [each.stat().st_mode & 0o777 for each in kept.iterdir()] == [0o600, 0o600]


def test_a_later_file_takes_the_place_of_an_earlier(kept: Path) -> None:
    with made(str(kept)) as found:
        found.write("one", b"other")
    assert read(kept) == b"other"


def test_every_flipped_bit_is_noticed(kept: Path) -> None:
    file = kept / "one"
    raw = file.read_bytes()
    for place in range(len(raw)):
        file.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        assert read(kept) is None
    file.write_bytes(raw)
    assert read(kept) == BODY


def test_every_cut_is_noticed(kept: Path) -> None:
    file = kept / "one"
    raw = file.read_bytes()
    for end in range(len(raw)):
        file.write_bytes(raw[:end])
        assert read(kept) is None
    file.write_bytes(raw + b"\n")
    assert read(kept) is None


def test_a_copied_folder_is_not_trusted(kept: Path) -> None:
    shutil.copytree(kept, kept.parent / "copy")
    assert read(kept.parent / "copy") is None


def change_key(path: Path) -> None:
    key = path / "key"
    key.write_bytes(os.urandom(32))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: (path / "one").chmod(0o620),
        lambda path: (path / "one").chmod(0o602),
        lambda path: (path / "key").chmod(0o640),
        lambda path: (path / "key").write_bytes(b"short"),
        lambda path: (path / "key").write_bytes(b"x" * 33),
        change_key,
        lambda path: (path / "key").unlink(),
        lambda path: path.chmod(0o777),
        lambda path: path.rename(path.parent / "moved"),
        lambda path: (path.rename(path.parent / "moved"), path.symlink_to("moved")),
        lambda path: (path / "one").rename(path / "two") and (path / "one").symlink_to("two"),
        lambda path: (path / "one").rename(path / "two") and (path / "one").mkdir(),
        lambda path: (path / "one").rename(path / "two") and os.mkfifo(path / "one"),
    ],
)
def test_what_others_may_have_made_is_not_read(kept: Path, damage: Callable[[Path], object]) -> None:
    damage(kept)
    assert read(kept) is None


def test_what_is_of_somebody_else_is_not_read(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder.os, "geteuid", lambda: kept.stat().st_uid + 1)
    assert read(kept) is None
    with pytest.raises(OSError, match="user"), made(str(kept)):
        pass


def test_a_damaged_key_is_made_anew(kept: Path) -> None:
    (kept / "key").write_bytes(b"short")
    with made(str(kept)) as found:
        found.write("two", BODY)
    assert read(kept, "two") == BODY
    assert read(kept) is None


def test_the_oldest_go(kept: Path) -> None:
    with made(str(kept)) as found:
        for number in range(MOST_FILES + 3):
            found.write(f"{number}", BODY)
            os.utime(kept / f"{number}", ns=(number, number))
    left = {each.name for each in kept.iterdir()} - {"key"}
    assert len(left) == MOST_FILES
    assert {"0", "1"}.isdisjoint(left)
    assert read(kept, f"{MOST_FILES + 2}") == BODY


def test_what_is_too_large_is_neither_written_nor_read(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MOST_BYTES", len(BODY))
    assert read(kept) is None
    with made(str(kept)) as found:
        found.write("two", BODY)
    assert not (kept / "two").exists()


def test_nothing_is_left_of_what_could_not_be_written(kept: Path) -> None:
    (kept / "two").mkdir()
    with made(str(kept)) as found, pytest.raises(OSError, match="irectory"):
        found.write("two", BODY)
    assert sorted(each.name for each in kept.iterdir()) == ["key", "one", "two"]


def test_the_parent_must_exist(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such"), made(str(tmp_path / "state/parsed")):
        pass
    assert read(tmp_path / "state/parsed") is None
    assert list(tmp_path.iterdir()) == []
