"""What `wfopt run` does not keep, and caches that it does not trust: it says so, and the run succeeds."""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cached import ran, workspace

pytestmark = pytest.mark.slow

UNFIT = """steps:
  pipe: {run: mkfifo pipe, inputs: [], outputs: [pipe]}
  away: {run: ln -s .. away, inputs: [], outputs: [away]}
  root: {run: ln -s /etc/hostname root, inputs: [], outputs: [root]}
  behind: {run: 'sleep 60 & echo', inputs: [], outputs: []}
  nothing: {run: 'true', inputs: [], outputs: ["*.none"]}
  input: {run: echo more >> in.txt, inputs: [in.txt], outputs: []}
  undone: {run: echo x >> same.txt; printf 1 > same.txt, inputs: [same.txt], outputs: []}
  large: {run: head -c 3000 /dev/zero > large, inputs: [], outputs: [large]}
"""
NOT_KEPT = {
    "pipe": "output `pipe` is a named pipe; the cache keeps files, folders and links",
    "away": "output `away` is a link to `..`, which is not a normalized path in the workspace",
    "root": "output `root` is a link to the absolute path `/etc/hostname`",
    "behind": "it left processes behind",
    "nothing": "its output `*.none` matched nothing",
    "input": "input in.txt changed while the step ran",
    "undone": "input same.txt was written to while the step ran",
    "large": "output `large` makes the outputs larger than the cache may be, 2 KiB",
}


def test_what_cannot_be_kept_is_said_and_runs_again(tmp_path: Path) -> None:
    space = workspace(tmp_path, UNFIT, {"in.txt": "1", "same.txt": "1"})
    first, second = (ran(space, "-j1", "--cache-size", "2KiB") for _ in range(2))
    told = re.compile(r"note\[WF516\]: the result of step `(\w+)` is not kept, so it will run again: (.*)")
    assert dict(told.findall(first.err)) == NOT_KEPT
    assert dict(told.findall(second.err)) == NOT_KEPT
    assert first.code == second.code == 0
    assert second.executed == list(NOT_KEPT)


FAILS = """steps:
  fails: {run: test -e good, inputs: [], outputs: [], allow-failure: true}
  killed: {run: 'test -e good || kill -9 $$', inputs: [], outputs: [], allow-failure: true}
  again: {run: 'echo try; test -e twice || { touch twice; exit 1; }', inputs: [], outputs: [], retries: 1}
  undone: {run: echo 1 > undone, inputs: [], outputs: [undone], rollback: rm undone}
  last: {run: test -e good, needs: [undone]}
"""


def test_failures_and_what_was_rolled_back_are_not_kept(tmp_path: Path) -> None:
    space = workspace(tmp_path, FAILS)
    first = ran(space, "-k")
    assert first.code == 1
    assert not (space / "undone").exists()
    assert "WF516" not in first.err
    (space / "good").touch()
    second = ran(space)
    assert second.executed == ["fails", "killed", "undone", "last"]
    assert second.reasons["undone"] == "never ran"
    assert ran(space).executed == ["last"]


PLAIN = """steps:
  one: {run: cat in > one, inputs: [in], outputs: [one]}
  two: {run: cat one > two, inputs: [one], outputs: [two]}
"""


def others_may_write(cache: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o777)


def is_a_file(cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("no folder")


def is_a_link(cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    (cache.parent / "real").mkdir(mode=0o700)
    cache.symlink_to("real")


def has_a_file_for_records(cache: Path) -> None:
    (cache / "v1").mkdir(parents=True)
    for folder in (cache, cache / "v1"):
        folder.chmod(0o700)
    (cache / "v1/key").mkdir()


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (others_may_write, "others may write"),
        (is_a_file, "not a directory"),
        (is_a_link, "is a link"),
        (has_a_file_for_records, "is no private file"),
    ],
)
def test_a_cache_that_is_not_trusted_costs_one_warning(
    tmp_path: Path, spoil: Callable[[Path], None], word: str
) -> None:
    space = workspace(tmp_path, PLAIN, {"in": "1\n"})
    spoil(space / ".wfopt/cache")
    done = ran(space)
    assert done.code == 0
    assert done.executed == ["one", "two"]
    assert set(done.reasons.values()) == {"the cache cannot be used"}
    assert done.err.count("warning[WF515]") == 1
    assert word in done.err
    assert (space / "two").read_text() == "1\n"


def test_a_damaged_database_is_set_aside_with_a_word(tmp_path: Path) -> None:
    space = workspace(tmp_path, PLAIN, {"in": "1\n"})
    ran(space)
    database = space / ".wfopt/cache/v1/meta/cache.db"
    for path in database.parent.iterdir():
        path.write_bytes(b"no database at all, but long enough to be one" * 100)
    done = ran(space)
    assert (done.code, done.executed) == (0, ["one", "two"])
    assert done.err.count("warning[WF515]: a damaged part of the cache was set aside") == 1
    assert ran(space).executed == []


def test_files_beside_the_cache_may_hold_anything(tmp_path: Path) -> None:
    space = workspace(tmp_path, PLAIN, {"in": "1\n"})
    ran(space)
    for name in ("last", "memo", "stamps"):
        (space / ".wfopt" / name).write_bytes(os.urandom(5000))
    done = ran(space)
    assert (done.code, done.executed, done.err.count("WF5")) == (0, [], 0)
    for name in ("last", "memo", "stamps"):
        (space / ".wfopt" / name).unlink(missing_ok=True)
        os.mkfifo(space / ".wfopt" / name)
    done = ran(space)
    assert (done.code, done.executed) == (0, [])


def test_what_is_kept_is_for_its_user_alone(tmp_path: Path) -> None:
    space = workspace(tmp_path, PLAIN, {"in": "1\n"})
    ran(space)
    cache = space / ".wfopt/cache"
    for path in (cache, *cache.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, path
