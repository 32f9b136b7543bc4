"""Outputs go into the cache, or a reason is given."""

import errno
import hashlib
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faults import FaultyOs, error_number
from tests.support.powers import bound_by_bits
from tests.support.trees import Node, make_tree
from wfopt.cache import blobs as blobs_module
from wfopt.cache import copying, folders, selecting, temporary
from wfopt.cache import intake as module
from wfopt.cache.blobs import BlobStore
from wfopt.cache.entry import Item, Kind
from wfopt.cache.intake import UnstorableError, take_in
from wfopt.model.patterns import PathPattern, parse_pattern


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BlobStore]:
    with BlobStore(str(tmp_path / "store")) as opened:
        yield opened


def patterns(text: str) -> list[PathPattern]:
    return [parse_pattern(each) for each in text.split()]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_all_kinds_of_outputs(work: Path, store: BlobStore) -> None:
    make_tree(
        work,
        {
            "out": ("folder", 0o2750),
            "out/empty": ("folder", 0o500),
            "out/x": ("file", 0o4711, b"hello"),
            "out/\udcff": ("file", 0o600, b""),
            "out/up": ("link", "../out"),
            "out-2": ("file", 0o644, b"hello"),
            "other": ("file", 0o644, b"other"),
        },
    )
    items = take_in(str(work), patterns("out-2 out/ none*"), store)
    assert items == (
        Item("out", Kind.FOLDER, 0o2750),
        Item("out/empty", Kind.FOLDER, 0o500),
        Item("out/up", Kind.LINK, content="../out"),
        Item("out/x", Kind.FILE, 0o4711, 5, digest(b"hello")),
        Item("out/\udcff", Kind.FILE, 0o600, 0, digest(b"")),
        Item("out-2", Kind.FILE, 0o644, 5, digest(b"hello")),
    )
    assert sorted(kept.digest for kept in store) == sorted([digest(b"hello"), digest(b"")])


def test_a_workspace_that_is_given_as_a_link(work: Path, store: BlobStore, tmp_path: Path) -> None:
    make_tree(work, {"x": ("file", 0o644, b""), "y": ("link", "x")})
    (tmp_path / "alias").symlink_to(work)
    assert len(take_in(str(tmp_path / "alias"), patterns("x y"), store)) == 2


def test_outputs_that_are_not_stored_are_only_hashed(work: Path, store: BlobStore) -> None:
    make_tree(work, {"x": ("file", 0o644, b"hello")})
    items = take_in(str(work), [PathPattern("x", store=False)], store)
    assert items == (Item("x", Kind.TRACKED, 0o644, 5, digest(b"hello")),)
    assert list(store) == []


def test_missing_outputs(work: Path, store: BlobStore) -> None:
    with pytest.raises(UnstorableError, match="`x` does not exist"):
        take_in(str(work), patterns("x"), store)
    assert take_in(str(work), [PathPattern("x", optional=True), PathPattern("*.o")], store) == ()
    assert take_in(str(work), patterns("x !x"), store) == ()


FILE: Node = ("file", 0o644, b"")


@pytest.mark.parametrize(
    ("nodes", "output", "reason"),
    [
        ({"x": ("link", "/etc/passwd")}, "x", "`x` is a link to the absolute path `/etc/passwd`"),
        ({"x": ("link", "../y")}, "x", "`x` is a link to `../y`, which is not a normalized path"),
        ({"a/b/f": FILE, "e": ("link", "a/b"), "x": ("link", "e/../y")}, "x", "holds `..` in its middle"),
        ({"e": ("link", ".."), "x": ("link", "e/secret")}, "x", "leads out of the workspace, to"),
        ({"real/x": FILE, "l": ("link", "real")}, "l/x", "is in a link, which is not followed"),
        ({"real/x": FILE, "l": ("link", "real")}, "l/*", "is in a link, which is not followed"),
        ({"out/\udcff" * 9: FILE, "out/a\udc80/x": ("link", "/")}, "out/", "is a link to the absolute"),
    ],
)
def test_links_that_are_not_kept(
    work: Path, store: BlobStore, nodes: dict[str, Node], output: str, reason: str
) -> None:
    make_tree(work, nodes)
    with pytest.raises(UnstorableError) as caught:
        take_in(str(work), patterns(output), store)
    assert reason in str(caught.value)


@pytest.mark.parametrize("kind", ["a named pipe", "a socket", "a device"])
def test_what_is_neither_file_nor_folder_nor_link(
    work: Path, store: BlobStore, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "out").mkdir()
    monkeypatch.chdir(work)
    if kind == "a named pipe":
        os.mkfifo("out/x")
    elif kind == "a socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("out/x")
    elif os.geteuid() == 0:
        os.mknod("out/x", 0o20600, os.makedev(1, 3))
    else:
        pytest.skip("only root makes devices")
    with pytest.raises(UnstorableError, match=f"`out/x` is {kind}") as caught:
        take_in(str(work), patterns("out/"), store)
    assert caught.value.path == "out/x"


def test_paths_that_are_too_long(work: Path, store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work)
    for _ in range(18):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)
    monkeypatch.chdir(work)
    with pytest.raises(UnstorableError, match="is too long"):
        take_in(str(work), patterns(f"{'d' * 250}/"), store)
    shutil.rmtree(work / ("d" * 250))


@pytest.mark.parametrize("store_it", [True, False])
def test_a_file_that_changes_meanwhile(
    work: Path, store: BlobStore, monkeypatch: pytest.MonkeyPatch, store_it: bool
) -> None:
    make_tree(work, {"x": ("file", 0o644, b"hello")})
    call = "pread" if store_it else "read"
    read_some = getattr(os, call)

    def disturbed(*args: int) -> bytes:
        data: bytes = read_some(*args)
        (work / "x").write_bytes(b"jello")
        return data

    monkeypatch.setattr(os, call, disturbed)
    with pytest.raises(UnstorableError, match="`x` changed while it was read"):
        take_in(str(work), [PathPattern("x", store=store_it)], store)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("pipe", "`x` changed while it was read"),
        ("link", "`x` changed while it was read"),
        ("gone", "vanished"),
        ("closed", "`x` may not be read"),
    ],
)
def test_a_file_that_is_not_what_it_was(
    work: Path, store: BlobStore, monkeypatch: pytest.MonkeyPatch, change: str, reason: str
) -> None:
    make_tree(work, {"x": ("file", 0o644, b"hello")})

    def opened(name: str, flags: int, *, folder: int) -> object:
        if change == "closed":
            raise PermissionError
        (work / "x").unlink()
        if change == "pipe":
            os.mkfifo(work / "x")
        elif change == "link":
            (work / "x").symlink_to("y")
        return folders.opened(name, flags, folder=folder)

    monkeypatch.setattr(module, "opened", opened)
    with pytest.raises(UnstorableError, match=reason):
        take_in(str(work), patterns("x"), store)


def test_a_link_that_is_not_what_it_was(
    work: Path, store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tree(work, {"x": ("link", "y")})
    readlink = os.readlink

    def replaced(name: str, *, dir_fd: int) -> str:
        (work / "x").unlink()
        (work / "x").touch()
        return readlink(name, dir_fd=dir_fd)

    monkeypatch.setattr(os, "readlink", replaced)
    with pytest.raises(UnstorableError, match="`x` changed while it was read"):
        take_in(str(work), patterns("x"), store)


@pytest.mark.parametrize("mode", [0o000, 0o300, 0o400])
def test_a_folder_that_is_closed_to_its_owner(work: Path, store: BlobStore, mode: int) -> None:
    make_tree(work, {"out/d": ("folder", mode), "out/d/x": ("file", 0o644, b"hello")})
    try:
        with (
            bound_by_bits(),
            pytest.raises(UnstorableError, match="a folder among the outputs may not be read"),
        ):
            take_in(str(work), patterns("out/"), store)
    finally:
        (work / "out/d").chmod(0o700)


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EMFILE])
def test_a_fault_at_any_call(work: Path, store: BlobStore, tmp_path: Path, number: int) -> None:
    """Either everything was taken in or there is an error, and nothing is left behind."""
    make_tree(
        work, {"out/x": ("file", 0o644, b"x"), "out/d/y": ("file", 0o644, b"y"), "out/l": ("link", "x")}
    )
    expected = take_in(str(work), patterns("out/"), store)
    for call in range(1, 200):
        shutil.rmtree(tmp_path / "store/cas")
        taken: list[tuple[Item, ...]] = []
        faulty = FaultyOs(call, number)
        with pytest.MonkeyPatch.context() as patch:
            faulty.install(patch, module, selecting, blobs_module, copying, folders, temporary)
            error = error_number(lambda: taken.append(take_in(str(work), patterns("out/"), store)))  # noqa: B023 - called at once
        assert error in ({0, number} if faulty.failed else {0})
        assert taken == ([] if error else [expected])
        assert os.listdir(tmp_path / "store/tmp") == []
        assert all(store.is_sound(kept) for kept in store)
        (tmp_path / "store/cas").mkdir(exist_ok=True)
        if not faulty.failed:
            break
    assert call > 40
