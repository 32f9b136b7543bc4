"""The store of records under damage, kills and a full disk: it may forget, but it says nothing wrong."""

import hashlib
import os
import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.record_files import RECORDS, filled, opened
from wfopt.cache.record_store import StoreError

ROOT = Path(__file__).parents[3]
WORKER = """
import hashlib, random, sys
from wfopt.cache.records import open_records

folder, seed = sys.argv[1:]
luck = random.Random(seed)
store = open_records(folder, wall=lambda: 0.0, patience_s=30)
record_of = lambda key: hashlib.sha256(key.encode()).digest() * luck.randrange(1, 40)
for turn in range(1_000_000):
    keys = [f"{luck.randrange(500)}" for _ in range(5)]
    for key, record in store.get_many(keys).items():
        assert record == hashlib.sha256(key.encode()).digest() * (len(record) // 32)
    new = [f"{seed}-{turn}", *keys]
    store.put_many({key: record_of(key) for key in new})
    if turn % 7 == 0:
        store.delete_many(keys)
    assert not store.set_aside, store.set_aside
    print(new[0], flush=True)
"""


def looked_at(folder: Path) -> tuple[dict[str, bytes], str]:
    """Return what a new store finds and what it complains of; any error but `StoreError` is a defect."""
    store = opened(folder)
    found: dict[str, bytes] = {}
    try:
        found = store.get_many(RECORDS)
        listed = {each.key: each.size for each in store.keys()}  # noqa: SIM118
        problems = store.check() + [key for key in listed if key not in RECORDS]
        store.put_many({"key-000": RECORDS["key-000"]})
    except StoreError as error:
        return found, str(error)
    finally:
        store.close()
    return found, store.set_aside or ", ".join(problems)


def put_back(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder consist of these files."""
    if folder.exists():
        for path in folder.iterdir():
            path.unlink()
    else:
        folder.mkdir(mode=0o700)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o600)


def lengths(size: int) -> Iterator[int]:
    """Yield every length in the header, around each page, and some between."""
    near_pages = (page + offset for page in range(0, size, 4096) for offset in (-1, 0, 1, 100))
    yield from sorted(
        {length for length in (*range(0, 101, 20), *near_pages, *range(0, size, 3001)) if 0 <= length < size}
    )


@pytest.mark.slow
def test_every_truncation_is_noticed(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    whole = database.read_bytes()
    for length in lengths(len(whole)):
        put_back(database.parent, {"cache.db": whole[:length]})
        found, trouble = looked_at(database.parent)
        assert found.items() <= RECORDS.items(), length
        assert trouble, length


@pytest.mark.slow
def test_a_truncated_log_gives_what_was_committed_before(tmp_path: Path) -> None:
    filled(tmp_path / "live")
    live = opened(tmp_path / "live")
    for key in list(RECORDS)[:5]:
        live.delete_many([key])
    files = {path.name: path.read_bytes() for path in (tmp_path / "live").iterdir()}
    live.close()
    log = files["cache.db-wal"]
    remaining = set()
    for length in (*lengths(len(log)), len(log)):
        put_back(tmp_path / "copy", {**files, "cache.db-wal": log[:length]})
        found, trouble = looked_at(tmp_path / "copy")
        assert found.items() <= RECORDS.items(), length
        assert trouble == "", length
        remaining.add(len(found))
    assert remaining == set(range(55, 61))


@pytest.mark.slow
def test_damage_of_any_page_stops_nothing(tmp_path: Path) -> None:
    database = filled(tmp_path / "meta")
    whole = database.read_bytes()
    luck = random.Random(5)  # noqa: S311  # repeatable damage
    troubles = 0
    for page in range(0, len(whole), 4096):
        for kind in ("zeros", "noise", "bits", "swap"):
            data = bytearray(whole)
            other = luck.randrange(0, len(whole), 4096)
            if kind == "bits":
                for _ in range(20):
                    data[page + luck.randrange(4096)] ^= 1 << luck.randrange(8)
            else:
                new = {
                    "zeros": bytes(4096),
                    "noise": luck.randbytes(4096),
                    "swap": whole[other : other + 4096],
                }
                data[page : page + 4096] = new[kind]
            put_back(database.parent, {"cache.db": bytes(data)})
            troubles += bool(looked_at(database.parent)[1])
    assert troubles > len(whole) // 4096


@pytest.mark.slow
def test_kills_lose_nothing_that_was_stored(tmp_path: Path) -> None:
    folder = tmp_path / "v1" / "meta"
    luck = random.Random(3)  # noqa: S311  # repeatable kills
    stored: list[str] = []

    def start(seed: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder), str(seed)],
            cwd=ROOT,
            env={"PATH": os.defpath},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    workers = [start(seed) for seed in range(8)]
    for seed in range(8, 24):
        number = luck.randrange(8)
        acknowledge(workers[number], stored, luck.randrange(0, 12))
        kill(workers[number], stored)
        workers[number] = start(seed)
    for worker in workers:
        acknowledge(worker, stored, 3)
        kill(worker, stored)
    store = opened(folder)
    found = store.get_many(stored)
    assert store.check() == []
    assert store.set_aside == ""
    store.put_many({"last": b""})
    store.close()
    assert len(stored) > 60
    assert sorted(found) == sorted(stored)
    for key, record in found.items():
        assert record == hashlib.sha256(key.encode()).digest() * (len(record) // 32)
    assert os.listdir(folder) == ["cache.db"]


def acknowledge(worker: "subprocess.Popen[str]", stored: list[str], lines: int) -> None:
    """Read what a worker says it has stored."""
    assert worker.stdout is not None
    for _ in range(lines):
        line = worker.stdout.readline()
        assert line, worker.communicate()[1]
        stored.append(line.strip())


def kill(worker: "subprocess.Popen[str]", stored: list[str]) -> None:
    """Kill a worker wherever it is; what it still managed to say counts."""
    worker.kill()
    assert worker.stdout is not None
    assert worker.stderr is not None
    # Not `communicate`, which knows nothing of what is left of the line that was read last.
    said, complaint = worker.stdout.read(), worker.stderr.read()
    worker.wait()
    worker.stdout.close()
    worker.stderr.close()
    assert complaint == ""
    stored += [line.strip() for line in said.splitlines(keepends=True) if line.endswith("\n")]


@pytest.mark.parametrize("bytes_each", [10_000, 500_000])
def test_a_limit_on_the_size_of_files(tmp_path: Path, bytes_each: int) -> None:
    filled(tmp_path / "meta")
    store = opened(tmp_path / "meta")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, before[1]))
    try:
        with pytest.raises(StoreError, match="disk I/O error"):
            store.put_many({f"large-{number}": bytes(bytes_each) for number in range(20)})
        assert store.get_many(["large-0", *RECORDS]) == RECORDS
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    store.put_many({"large-0": b"1"})
    assert store.get_many(["large-0", *RECORDS]) == {"large-0": b"1", **RECORDS}
    assert store.set_aside == ""
    store.close()
