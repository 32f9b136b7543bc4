"""Outputs come back exactly, or not at all, and never anywhere else."""

import errno
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.faults import FaultyOs
from tests.support.trees import Node, bring_back, differences, look_at_tree, make_tree
from wfopt.cache import blobs as blobs_module
from wfopt.cache import copying, folders, temporary
from wfopt.cache import restore as module
from wfopt.cache.blobs import BlobStore
from wfopt.cache.entry import Item, Kind
from wfopt.cache.intake import take_in
from wfopt.cache.paths import path_problem
from wfopt.cache.restore import Miss, restore
from wfopt.model.patterns import PathPattern

OUT = (PathPattern("out", directory=True),)
TREE: dict[str, Node] = {
    "out": ("folder", 0o755),
    "out/d": ("folder", 0o750),
    "out/d/y": ("file", 0o755, b"why"),
    "out/empty": ("folder", 0o711),
    "out/l": ("link", "d/y"),
    "out/x": ("file", 0o644, b"hello"),
}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    make_tree(tmp_path / "work", TREE)
    return tmp_path / "work"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BlobStore]:
    with BlobStore(str(tmp_path / "store")) as opened:
        yield opened


def damage(tmp_path: Path, item: Item, content: bytes) -> None:
    path = tmp_path / "store/cas" / item.content[:2] / item.content[2:]
    path.chmod(0o600)
    path.write_bytes(content)


def left_behind(work: Path) -> list[str]:
    folder = work / ".wfopt/tmp"
    return os.listdir(folder) if folder.exists() else []


def item_at(items: tuple[Item, ...], path: str) -> Item:
    return next(item for item in items if item.path == path)


names = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0") | st.sampled_from("\udc80\udcff. "),
    min_size=1,
    max_size=6,
).filter(lambda name: not path_problem(name))
modes = st.integers(0, 0o7777)
contents = st.binary(max_size=20) | st.builds(
    lambda count, tail: bytes(count) + tail, st.integers(0, 300_000), st.binary(max_size=3)
)
nodes = st.recursive(
    st.tuples(st.just("file"), modes, contents) | st.just(("link", ".")),
    lambda inner: st.tuples(st.just("folder"), modes, st.dictionaries(names, inner, max_size=4)),
    max_leaves=10,
)


def flat(path: str, node: tuple) -> dict[str, Node]:
    if node[0] != "folder":
        return {path: node}
    found: dict[str, Node] = {path: node[:2]}
    for name, inner in node[2].items():
        found |= flat(f"{path}/{name}", inner)
    return found


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(names, nodes, max_size=4), st.dictionaries(names, nodes, max_size=3), modes)
@pytest.mark.slow
def test_any_tree_comes_back_over_any_other(
    tree: dict[str, tuple], other: dict[str, tuple], mode: int
) -> None:
    """As root no permission bit is in the way; the tests of permissions are further down."""
    with tempfile.TemporaryDirectory() as folder, BlobStore(f"{folder}/store") as store:
        work = Path(folder, "work")
        make_tree(work, {"keep": ("file", 0o644, b"mine"), **flat("out", ("folder", mode | 0o700, tree))})
        if os.geteuid() != 0:
            open_all(work)
        before = look_at_tree(work)
        items = take_in(str(work), OUT, store)
        shutil.rmtree(work / "out")
        make_tree(work, flat("out", ("folder", 0o755, other)))
        if os.geteuid() != 0:
            open_all(work)
        assert bring_back(work, items, OUT, store) is None
        assert look_at_tree(work) == before
        assert differences(work, items, OUT) == []
        assert left_behind(work) == []


def open_all(work: Path) -> None:
    for here, inner, files in os.walk(work):
        for name in (*inner, *files):
            path = os.path.join(here, name)
            if not os.path.islink(path):
                os.chmod(path, 0o700)


def test_nothing_is_done_where_nothing_is_different(work: Path, store: BlobStore) -> None:
    items = take_in(str(work), OUT, store)
    before = {path: os.lstat(work / path) for path in TREE}
    assert bring_back(work, items, OUT, store) is None
    assert {path: os.lstat(work / path) for path in TREE} == before


def test_only_what_is_different_is_touched(work: Path, store: BlobStore) -> None:
    items = take_in(str(work), OUT, store)
    before = (work / "out/d/y").stat()
    (work / "out/x").write_bytes(b"edited")
    (work / "out/stale").mkdir()
    (work / "out/stale/z").touch()
    (work / "stranger").touch()
    assert bring_back(work, items, OUT, store) is None
    assert (work / "out/d/y").stat().st_ctime_ns == before.st_ctime_ns
    assert look_at_tree(work) == TREE | {"stranger": ("file", 0o644, b"")}


def test_what_is_no_output_stays_in_an_output_folder(work: Path, store: BlobStore) -> None:
    outputs = (*OUT, PathPattern("out/**/*.log", negated=True))
    items = take_in(str(work), outputs, store)
    make_tree(work, {"out/d/a.log": ("file", 0o644, b"log"), "out/new/b.log": ("file", 0o644, b"log")})
    (work / "out/d/y").unlink()
    assert bring_back(work, items, outputs, store) is None
    assert (work / "out/d/a.log").read_bytes() == b"log"
    assert (work / "out/new/b.log").read_bytes() == b"log"
    assert (work / "out/d/y").read_bytes() == b"why"


def test_other_files_that_a_glob_matches_stay(work: Path, store: BlobStore) -> None:
    outputs = (PathPattern("out/*"),)
    items = take_in(str(work), outputs, store)
    shutil.rmtree(work / "out")
    make_tree(work, {"out/mine": ("file", 0o644, b"mine")})
    assert bring_back(work, items, outputs, store) is None
    assert sorted(os.listdir(work / "out")) == ["l", "mine", "x"]


def test_a_folder_with_foreign_files_is_not_replaced_by_a_file(work: Path, store: BlobStore) -> None:
    outputs = (PathPattern("out/x"),)
    items = take_in(str(work), outputs, store)
    (work / "out/x").unlink()
    make_tree(work, {"out/x/mine": ("file", 0o644, b"mine")})
    assert bring_back(work, items, outputs, store) == Miss(
        "out/x", "could not be restored: Directory not empty"
    )
    assert (work / "out/x/mine").read_bytes() == b"mine"


def test_an_empty_folder_gives_way_to_a_file(work: Path, store: BlobStore) -> None:
    outputs = (PathPattern("out/x"),)
    items = take_in(str(work), outputs, store)
    (work / "out/x").unlink()
    (work / "out/x").mkdir()
    assert bring_back(work, items, outputs, store) is None
    assert look_at_tree(work) == TREE


@pytest.mark.parametrize("content", [b"", b"hell", b"jello", b"hello!"])
def test_a_damaged_blob_is_a_miss_and_changes_nothing(
    work: Path, store: BlobStore, tmp_path: Path, content: bytes
) -> None:
    items = take_in(str(work), OUT, store)
    damage(tmp_path, item_at(items, "out/x"), content)
    shutil.rmtree(work / "out")
    make_tree(work, {"out/d/y": ("file", 0o600, b"old"), "out/stale": ("file", 0o600, b"")})
    before = look_at_tree(work)
    missed = bring_back(work, items, OUT, store)
    assert missed is not None
    assert missed.path == "out/x"
    assert missed.reason in {"was damaged in the cache", "is not in the cache any more"}
    assert look_at_tree(work) == before
    assert left_behind(work) == []


@pytest.mark.slow
def test_every_flipped_bit_is_a_miss(work: Path, store: BlobStore, tmp_path: Path) -> None:
    outputs = (PathPattern("out/x"),)
    for bit in range(40):
        (work / "out/x").write_bytes(b"hello")
        items = take_in(str(work), outputs, store)
        content = bytearray(b"hello")
        content[bit // 8] ^= 1 << bit % 8
        damage(tmp_path, items[0], bytes(content))
        (work / "out/x").unlink()
        assert bring_back(work, items, outputs, store) == Miss("out/x", "was damaged in the cache")
        assert not (work / "out/x").exists()
    assert len(os.listdir(tmp_path / "store/bad")) == 40


def test_a_missing_blob_is_a_miss(work: Path, store: BlobStore) -> None:
    items = take_in(str(work), OUT, store)
    store.remove(item_at(items, "out/d/y").content)
    shutil.rmtree(work / "out")
    assert bring_back(work, items, OUT, store) == Miss("out/d/y", "is not in the cache any more")
    assert look_at_tree(work) == {}


def test_a_blob_without_a_copy_is_a_miss_only_if_it_changed(work: Path, store: BlobStore) -> None:
    outputs = (PathPattern("out/x", store=False), PathPattern("out/d/y"))
    items = take_in(str(work), outputs, store)
    (work / "out/d/y").unlink()
    assert bring_back(work, items, outputs, store) is None
    (work / "out/x").unlink()
    assert bring_back(work, items, outputs, store) == Miss(
        "out/x", "is not kept in the cache, for it has `store: false`"
    )


@pytest.mark.parametrize("path", ["out/l/x", "../x", "../outside/x", "out/../../x", "out/d/../../../x"])
def test_no_item_leads_out(work: Path, store: BlobStore, tmp_path: Path, path: str) -> None:
    """Records with such paths are not even read, so this is the second line."""
    (tmp_path / "outside").mkdir()
    (work / "out/l").unlink()
    (work / "out/l").symlink_to(tmp_path / "outside")
    blob = store.add_bytes(b"hello")
    item = Item(path, Kind.FILE, 0o644, blob.size, blob.digest)
    before = sorted(tmp_path.rglob("*"))
    missed = bring_back(work, (item,), (), store)
    assert missed is not None
    assert missed.path == path
    shutil.rmtree(work / ".wfopt")
    assert sorted(tmp_path.rglob("*")) == before


def test_another_disk(work: Path, store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies that cannot be renamed into the workspace are made once more, beside their targets."""
    items = take_in(str(work), OUT, store)
    shutil.rmtree(work / "out")
    rename = os.rename

    def refusing(source: str, target: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        if src_dir_fd != dst_dir_fd and len(source) < 4:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "rename", refusing)
    assert bring_back(work, items, OUT, store) is None
    assert look_at_tree(work) == TREE


@pytest.mark.parametrize("path", ["out/x", "out/l"])
@pytest.mark.parametrize("inner", [(), ("extra",)])
def test_another_disk_and_a_folder_in_the_way(
    work: Path, store: BlobStore, monkeypatch: pytest.MonkeyPatch, path: str, inner: tuple[str, ...]
) -> None:
    items = take_in(str(work), OUT, store)
    (work / path).unlink()
    (work / path).mkdir()
    for name in inner:
        (work / path / name).touch()

    def refusing(*args: object, **options: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(module._Place, "_rename", refusing)
    assert bring_back(work, items, OUT, store) is None
    assert look_at_tree(work) == TREE


def test_another_disk_and_a_blob_that_is_damaged_late(
    work: Path, store: BlobStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    outputs = (PathPattern("out/x"),)
    items = take_in(str(work), outputs, store)
    (work / "out/x").write_bytes(b"old")

    def refusing(*args: object, **options: object) -> None:
        damage(tmp_path, items[0], b"jello")
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(module._Place, "_rename", refusing)
    assert bring_back(work, items, outputs, store) == Miss("out/x", "was damaged in the cache")
    assert (work / "out/x").read_bytes() == b"old"
    assert sorted(os.listdir(work / "out")) == ["d", "empty", "l", "x"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("mode", [0o555, 0o500, 0o755])
def test_read_only_folders_as_an_ordinary_user(mode: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)  # noqa: S103 - the ordinary user works in it
        os.seteuid(65534)
        try:
            with BlobStore(f"{folder}/store") as store:
                work = Path(folder, "work")
                tree: dict[str, Node] = {
                    "out": ("folder", mode),
                    "out/d": ("folder", mode),
                    "out/d/x": ("file", 0o400, b"x"),
                }
                make_tree(work, tree)
                items = take_in(str(work), OUT, store)
                (work / "out").chmod(0o755)
                (work / "out/d").chmod(0o755)
                (work / "out/d/x").unlink()
                (work / "out/stale").touch()
                (work / "out/d").chmod(mode)
                (work / "out").chmod(mode)
                assert bring_back(work, items, OUT, store) is None
                assert look_at_tree(work) == tree
                # A folder that is not the step's own stays closed.
                (work / "out").chmod(0o755)
                (work / "out/d").chmod(0o755)
                (work / "out/d/x").unlink()
                (work / "out/d").chmod(0o555)
                alone = [item for item in items if item.path == "out/d/x"]
                missed = bring_back(work, alone, (PathPattern("out/d/x"),), store)
                assert missed == Miss("out/d/x", "could not be restored: Permission denied")
        finally:
            os.seteuid(0)


CLEANING = {"close", "listdir", "lstat", "open", "rmdir", "unlink"}
"""Calls that also clean up: where they fail, what is left is removed as that of a dead process."""

MODULES = (module, blobs_module, copying, folders, temporary)


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EMFILE])
def test_a_fault_at_any_call(work: Path, store: BlobStore, number: int) -> None:
    """Each file is the old or the new one, success is complete, and nothing is left behind."""
    items = take_in(str(work), OUT, store)
    old: dict[str, Node] = {
        "out": ("folder", 0o700),
        "out/d": ("folder", 0o700),
        "out/d/y": ("file", 0o600, b"old"),
        "out/l": ("link", "x"),
        "out/stale": ("file", 0o600, b"stale"),
    }
    for call in range(1, 500):
        shutil.rmtree(work / "out")
        make_tree(work, old)
        changed = differences(work, items, OUT)
        faulty = FaultyOs(call, number)
        with pytest.MonkeyPatch.context() as patch:
            faulty.install(patch, *MODULES)
            missed = restore(str(work), items, changed, store, str(work / ".wfopt/tmp"))
        found = look_at_tree(work)
        assert missed is not None or found == TREE
        files = {path: node for path, node in found.items() if node[0] == "file"}
        assert [path for path, node in files.items() if node not in (old.get(path), TREE.get(path))] == []
        if faulty.failed not in CLEANING:
            assert left_behind(work) == []
        shutil.rmtree(work / ".wfopt", ignore_errors=True)
        if not faulty.failed:
            break
    assert missed is None
    assert call > 90


@pytest.mark.slow
def test_a_parent_that_is_swapped_for_a_link_meanwhile(work: Path, store: BlobStore, tmp_path: Path) -> None:
    """Whatever moment the swap hits, nothing is written outside."""
    make_tree(work, {f"out/d/{number}": ("file", 0o644, b"%d" % number) for number in range(5)})
    outside = tmp_path / "outside"
    outside.mkdir()
    items = take_in(str(work), OUT, store)
    done = threading.Event()
    swaps = 0

    def swap() -> None:
        nonlocal swaps
        here, aside, link = work / "out/d", tmp_path / "aside", tmp_path / "link"
        while not done.is_set():
            link.symlink_to(outside)
            try:
                here.rename(aside)
                link.rename(here)
                here.unlink()
                aside.rename(here)
            except OSError:
                shutil.rmtree(aside, ignore_errors=True)
            link.unlink(missing_ok=True)
            swaps += 1

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(150):
            shutil.rmtree(work / "out/d", ignore_errors=True)
            try:
                bring_back(work, items, OUT, store)
            except OSError:
                # To compare says so when the ground moves.
                continue
    finally:
        done.set()
        swapper.join()
    assert swaps > 50
    assert os.listdir(outside) == []
