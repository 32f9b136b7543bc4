"""What tells that a file was written to, even if its old content came back."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wfopt.cache.files import Files, Hasher
from wfopt.cache.manifest import Snapshot
from wfopt.cache.memo import Memo
from wfopt.model.patterns import parse_pattern


def files(root: Path) -> Files:
    return Files(str(root), Hasher(Memo(), time.time_ns))


def test_only_files_that_were_looked_at_have_a_state(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "d").mkdir()
    (tmp_path / "link").symlink_to("a")
    found = files(tmp_path)
    assert found.state("a") is None
    for path in ("a", "d", "link", "none"):
        found.look(path)
    look, link = (tmp_path / "a").stat(), (tmp_path / "link").lstat()
    own = (look.st_ino, look.st_mtime_ns)
    assert found.state("a") == own
    assert found.state("link") == (link.st_ino, link.st_mtime_ns, *own)
    assert (found.state("d"), found.state("none")) == (None, None)
    found.forget()
    assert found.state("a") is None


def rewrite(path: Path) -> None:
    path.write_text("2")
    path.write_text("1")
    os.utime(path, ns=(5, 5))


def replace(path: Path) -> None:
    look = path.stat()
    path.rename(path.parent / "old")
    path.write_text("1")
    os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns))


def test_a_link_that_led_elsewhere_for_a_while_differs(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "link").symlink_to("a")
    before = files(tmp_path)
    before.look("link")
    (tmp_path / "link").rename(tmp_path / "old")
    (tmp_path / "link").symlink_to("a")
    after = files(tmp_path)
    assert after.look("link") == before.look("link")
    assert after.state("link") != before.state("link")


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (rewrite, True),
        (replace, True),
        (lambda path: path.read_text(), False),
        (lambda path: path.chmod(0o600), False),
        (lambda path: os.link(path, path.parent / "second"), False),
    ],
)
def test_writing_differs_and_looking_does_not(
    tmp_path: Path, change: Callable[[Path], object], differs: bool
) -> None:
    path = tmp_path / "a"
    path.write_text("1")
    found = files(tmp_path)
    found.look("a")
    before = found.state("a")
    change(path)
    found.forget()
    found.look("a")
    assert (found.state("a") != before) is differs


def test_every_file_of_a_manifest_has_one(tmp_path: Path) -> None:
    (tmp_path / "d/inner").mkdir(parents=True)
    for name in ("a", "d/b", "d/inner/c"):
        (tmp_path / name).write_text(name)
    (tmp_path / "d/link").symlink_to("b")
    snapshot = Snapshot(str(tmp_path), Hasher(Memo(), time.time_ns))
    manifest = snapshot.manifest(tuple(map(parse_pattern, ("a", "d", "none"))), ())
    touched = snapshot.touched(manifest)
    assert sorted(touched) == ["a", "d/b", "d/inner/c", "d/link"]
    assert None not in touched.values()
    file, link = touched["d/b"], touched["d/link"]
    assert file is not None
    assert link is not None
    assert link[2:] == file
