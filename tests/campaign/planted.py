"""What somebody may plant in a state folder: in the database, among the contents, and beside both."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.record_files import bomb, change
from tests.support.workbench import Bench
from wfopt.cache.entry import Entry, Item, Kind, Log
from wfopt.cache.sealing import unseal
from wfopt.cache.temporary import temporary_name

HUGE = 100 << 30
"""Bytes of a file that is one hole."""

SMALL_DEVICE = "/dev/zero"
ROOT = os.geteuid() == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A workspace whose steps have stored their results.

    Attributes:
        bench: the workspace.
        outside: a folder beside it, which nobody may touch.
        trace: a path that exists only if planted code has run.
    """

    bench: Bench
    outside: Path
    trace: Path

    @property
    def store(self) -> Path:
        """Where results are."""
        return self.bench.store

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.bench.state_folder

    @property
    def meta(self) -> Path:
        """Where the database is."""
        return self.store / "meta"

    @property
    def database(self) -> Path:
        """The database of records."""
        return self.meta / "cache.db"

    @property
    def blob(self) -> Path:
        """The content of an output: what `pack` has written."""
        found = [
            path for path in (self.store / "cas").glob("*/*") if path.read_bytes().endswith(b"#!/bin/sh\n")
        ]
        return max(found, key=lambda path: path.stat().st_size)


Attack = Callable[[Scene], None]


def rows(statement: str, *values: object) -> Attack:
    """Return the attack that changes rows."""

    def attack(scene: Scene) -> None:
        filled = tuple(value(scene) if callable(value) else value for value in values)
        change(scene.database, statement, values=filled)

    return attack


def script(*statements: str) -> Attack:
    """Return the attack that runs statements."""

    def attack(scene: Scene) -> None:
        change(scene.database, *(each.replace("OUTSIDE", str(scene.outside)) for each in statements))

    return attack


def _bomb(scene: Scene) -> bytes:
    return bomb(scene.trace)


def _pickle_file(scene: Scene) -> None:
    (scene.meta / "x.val").write_bytes(bomb(scene.trace))
    change(scene.database, "UPDATE Cache SET mode = 4, value = NULL, filename = 'x.val'")


def _many_rows(scene: Scene) -> None:
    connection = sqlite3.connect(scene.database)
    connection.executemany(
        "INSERT INTO Cache (key, raw, store_time, mode, value, size) VALUES (?, 1, 0, 1, ?, 9)",
        ((f"key {number}", b"x" * 9) for number in range(1_000)),
    )
    connection.commit()
    connection.close()


def _huge_rows(scene: Scene) -> None:
    connection = sqlite3.connect(scene.database, isolation_level=None)
    connection.execute("UPDATE Cache SET value = zeroblob(30000000)")
    connection.close()


DATABASE: dict[str, Attack] = {
    "pickle as value": rows("UPDATE Cache SET mode = 4, value = ?", _bomb),
    "pickle as key": rows("UPDATE Cache SET raw = 0, key = ? WHERE rowid = 1", _bomb),
    "pickle in a file": _pickle_file,
    "file name that climbs": rows("UPDATE Cache SET mode = 2, filename = '../../../../../outside/canary'"),
    "absolute file name": rows(
        "UPDATE Cache SET mode = 2, filename = ?", lambda scene: str(scene.outside / "canary")
    ),
    "file name of a raw value": rows(
        "UPDATE Cache SET filename = ?", lambda scene: str(scene.outside / "canary")
    ),
    "sql as setting": rows(
        "UPDATE Settings SET value = ? WHERE key = 'sqlite_cache_size'",
        lambda scene: f"1; ATTACH '{scene.outside}/new.db' AS x",
    ),
    "unknown setting": rows("INSERT INTO Settings VALUES ('_directory', '/')"),
    "setting of the disk": rows("INSERT INTO Settings VALUES ('disk_pickle_protocol2', ?)", _bomb),
    "eviction as setting": script(
        "UPDATE Settings SET value = 'least-recently-used' WHERE key = 'eviction_policy'",
        "UPDATE Settings SET value = 1 WHERE key = 'size_limit'",
        "UPDATE Settings SET value = 1000 WHERE key = 'cull_limit'",
    ),
    "counter as text": rows("INSERT INTO Settings VALUES ('count', 'x')"),
    "trigger": script("CREATE TRIGGER planted AFTER INSERT ON Cache BEGIN DELETE FROM Cache; END"),
    "changed index": script(
        "UPDATE sqlite_master SET sql = replace(sql, 'UNIQUE ', '') WHERE name = 'Cache_key_raw'"
    ),
    "view in place of the table": script(
        "ALTER TABLE Cache RENAME TO Hidden", "CREATE VIEW Cache AS SELECT * FROM Hidden"
    ),
    "extra table": script("CREATE TABLE planted (x)"),
    "extra index that calls": script("CREATE INDEX planted ON Cache (abs(size))"),
    "virtual table": script("CREATE VIRTUAL TABLE planted USING fts5(x)"),
    "no table": script("DROP TABLE Cache"),
    "no settings": script("DELETE FROM Settings"),
    "schema of garbage": script("UPDATE sqlite_master SET sql = 'CREATE TABLE nonsense'"),
    "endless view": script(
        "CREATE VIEW planted AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x FROM r) SELECT x FROM r"
    ),
    "huge rows": _huge_rows,
    "very many rows": _many_rows,
    "huge key": rows("UPDATE Cache SET key = ? WHERE rowid = 1", "k" * 5_000_000),
    "null as key": rows("UPDATE Cache SET key = NULL"),
    "number as key": rows("UPDATE Cache SET key = rowid"),
    "key that is no utf-8": rows("UPDATE Cache SET key = CAST(x'80ff' || rowid AS TEXT)"),
    "text as value": rows("UPDATE Cache SET value = CAST(value AS TEXT)"),
    "null as value": rows("UPDATE Cache SET value = NULL"),
    "text as time": rows("UPDATE Cache SET store_time = 'never', access_time = 'x'"),
    "expired rows": rows("UPDATE Cache SET expire_time = 1"),
    "rows for another key": rows(
        "UPDATE Cache SET value = (SELECT value FROM Cache AS other WHERE other.rowid != Cache.rowid)"
    ),
    "other pages": script("PRAGMA journal_mode = delete", "PRAGMA page_size = 512", "VACUUM"),
    "no write-ahead log": script("PRAGMA journal_mode = delete"),
    "other version": script("PRAGMA user_version = 7", "PRAGMA application_id = 7"),
}


def replaced(place: str, maker: Callable[[Path, Scene], object]) -> Attack:
    """Return the attack that puts something in the place of a path in the state folder, or of the blob."""

    def attack(scene: Scene) -> None:
        path = scene.blob if place == "blob" else scene.state / place
        _clear(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        maker(path, scene)

    return attack


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def link_to(name: str) -> Callable[[Path, Scene], None]:
    """Return what makes a link to something outside."""
    return lambda path, scene: path.symlink_to(scene.outside / name)


def twin_of(name: str) -> Callable[[Path, Scene], None]:
    """Return what makes a hard link to a file outside."""
    return lambda path, scene: os.link(scene.outside / name, path)


def pipe(path: Path, _scene: Scene) -> None:
    os.mkfifo(path)


def folder(path: Path, _scene: Scene) -> None:
    path.mkdir()
    (path / "inner").write_bytes(b"x")


def sock(path: Path, scene: Scene) -> None:
    short = scene.outside.parent / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(short))
    short.rename(path)


def device(path: Path, _scene: Scene) -> None:
    if ROOT:
        try:
            os.mknod(path, 0o20666, os.makedev(1, 5))
        except OSError:
            path.symlink_to(SMALL_DEVICE)
    else:
        path.symlink_to(SMALL_DEVICE)


def hole(path: Path, _scene: Scene) -> None:
    path.touch(0o600)
    os.truncate(path, HUGE)


def garbage(path: Path, _scene: Scene) -> None:
    path.write_bytes(b"\n\0\xff garbage \n" * 1000)
    path.chmod(0o600)


def short(path: Path, _scene: Scene) -> None:
    path.write_bytes(b"k")
    path.chmod(0o600)


def nothing(path: Path, _scene: Scene) -> None:
    """Leave the place empty."""


def moved_out(place: str) -> Attack:
    """Return the attack that moves something outside, and leaves a link to it."""

    def attack(scene: Scene) -> None:
        path = scene.state / place
        target = scene.outside / "moved"
        shutil.move(path, target)
        path.symlink_to(target)

    return attack


def with_mode(place: str, mode: int) -> Attack:
    """Return the attack that changes the mode of something."""
    return lambda scene: (scene.blob if place == "blob" else scene.state / place).chmod(mode)


def of_other(place: str) -> Attack:
    """Return the attack that gives something to another user, if that is possible."""

    def attack(scene: Scene) -> None:
        if ROOT:
            path = scene.blob if place == "blob" else scene.state / place
            for each in (path, *path.rglob("*")) if path.is_dir() else (path,):
                os.chown(each, 65534, 65534, follow_symlinks=False)

    return attack


_META, _V1, _CAS = "cache/v1/meta", "cache/v1", "cache/v1/cas"
_MAKERS = {"link": link_to("canary"), "pipe": pipe, "folder": folder, "device": device, "hole": hole}
_WHERE = {
    "database": f"{_META}/cache.db",
    "blob": "blob",
    "key": f"{_V1}/key",
    "last": "last",
    "memo": "memo",
    "cleaned": f"{_V1}/cleaned",
    "gc.lock": f"{_V1}/gc.lock",
    "parsed key": "parsed/key",
}


def _extra_wal(scene: Scene) -> None:
    """Put the log of another database beside this one."""
    other = sqlite3.connect(scene.outside.parent / "other.db", isolation_level=None)
    other.execute("PRAGMA journal_mode = wal")
    other.execute("CREATE TABLE planted (x)")
    for suffix in ("-wal", "-shm"):
        shutil.copy(f"{scene.outside.parent}/other.db{suffix}", f"{scene.database}{suffix}")
        Path(f"{scene.database}{suffix}").chmod(0o600)
    other.close()


def _old_twin(scene: Scene) -> None:
    """Make the database one with a sound one outside."""
    shutil.copy(scene.database, scene.outside / "twin.db")
    scene.database.unlink()
    os.link(scene.outside / "twin.db", scene.database)


def _same_link(scene: Scene) -> None:
    """Put a link to the same content in the place of a blob."""
    blob = scene.blob
    shutil.copy(blob, scene.outside / "same")
    blob.unlink()
    blob.symlink_to(scene.outside / "same")


def _other_content(scene: Scene) -> None:
    blob = scene.blob
    size = blob.stat().st_size
    blob.chmod(0o600)
    blob.write_bytes(b"!" * size)


def _damage_as_link(scene: Scene) -> None:
    replaced(f"{_V1}/bad", link_to("many"))(scene)
    _other_content(scene)


def _all_swapped(scene: Scene) -> None:
    blobs = sorted((scene.store / "cas").glob("*/*"))
    contents = [blob.read_bytes() for blob in blobs]
    for blob, content in zip(blobs, contents[1:] + contents[:1], strict=True):
        blob.chmod(0o600)
        blob.write_bytes(content)


def _orphans(scene: Scene) -> None:
    """Plant links that look like the temporary files of a process that is gone."""
    _, _, rest = temporary_name().partition("-")
    for number, place in enumerate([scene.store / "tmp", scene.store, scene.state / "tmp"]):
        place.mkdir(exist_ok=True)
        (place / f"4194{number:03}-1-0123456789abcdef").symlink_to(scene.outside)
        inner = place / f"4195{number:03}-{rest}"
        inner.mkdir()
        (inner / "l").symlink_to(scene.outside)
    (scene.store / "meta.bad-x").symlink_to(scene.outside)
    (scene.store / "meta.new-4194001-ab").symlink_to(scene.outside)


def _odd_names(scene: Scene) -> None:
    shard = scene.store / "cas" / "ab"
    shard.mkdir(exist_ok=True)
    for name in ("x" * 255, "new\nline", "\udcff", "..a", "0" * 62 + ".tmp"):
        Path(os.fsdecode(os.fsencode(shard) + b"/" + os.fsencode(name))).touch()
    (scene.store / "cas" / "zz").mkdir()


def _many_runs_outside(scene: Scene) -> None:
    """Make the folder of runs a link to a folder with many others."""
    shutil.rmtree(scene.state / "runs")
    (scene.state / "runs").symlink_to(scene.outside / "many")


def _dangling(scene: Scene) -> None:
    (scene.state / ".gitignore").unlink(missing_ok=True)
    (scene.state / ".gitignore").symlink_to(scene.outside / "made.by.a.link")


def _parsed_file(maker: Callable[[Path, Scene], object]) -> Attack:
    def attack(scene: Scene) -> None:
        for path in (scene.state / "parsed").iterdir():
            if path.name != "key":
                path.unlink()
                maker(path, scene)

    return attack


BESIDE: dict[str, Attack] = {
    **{
        f"{what} as {kind}": replaced(place, maker)
        for what, place in _WHERE.items()
        for kind, maker in _MAKERS.items()
    },
    "database as socket": replaced(f"{_META}/cache.db", sock),
    "database as garbage": replaced(f"{_META}/cache.db", garbage),
    "database that is not there": replaced(f"{_META}/cache.db", nothing),
    "database that is a twin": _old_twin,
    "log of another database": _extra_wal,
    "log as link": replaced(f"{_META}/cache.db-wal", link_to("canary")),
    "log as pipe": replaced(f"{_META}/cache.db-wal", pipe),
    "log of garbage": replaced(f"{_META}/cache.db-wal", garbage),
    "index of the log as link": replaced(f"{_META}/cache.db-shm", link_to("canary")),
    "index of the log as pipe": replaced(f"{_META}/cache.db-shm", pipe),
    "index of garbage": replaced(f"{_META}/cache.db-shm", garbage),
    "journal": replaced(f"{_META}/cache.db-journal", garbage),
    "records as link": moved_out(_META),
    "records as pipe": replaced(_META, pipe),
    "records as file": replaced(_META, garbage),
    "records for all": with_mode(_META, 0o777),
    "database for all": with_mode(f"{_META}/cache.db", 0o666),
    "records of another": of_other(_META),
    "database of another": of_other(f"{_META}/cache.db"),
    "store of another": of_other(_V1),
    "cache of another": of_other("cache"),
    "cache as link": moved_out("cache"),
    "store as link": moved_out(_V1),
    "store as file": replaced(_V1, garbage),
    "store as pipe": replaced(_V1, pipe),
    "cache as file": replaced("cache", garbage),
    "store for all": with_mode(_V1, 0o777),
    "cache for all": with_mode("cache", 0o775),
    "contents as link": moved_out(_CAS),
    "contents as pipe": replaced(_CAS, pipe),
    "contents for all": with_mode(_CAS, 0o777),
    "shard as file": lambda scene: replaced(scene.blob.parent.relative_to(scene.state).as_posix(), garbage)(
        scene
    ),
    "shard as link": lambda scene: moved_out(scene.blob.parent.relative_to(scene.state).as_posix())(scene),
    "blob as twin": replaced("blob", twin_of("canary")),
    "blob as link to the same": _same_link,
    "blob with other content": _other_content,
    "blobs swapped": _all_swapped,
    "blob of another": of_other("blob"),
    "blob for all": with_mode("blob", 0o4777),
    "blob for nobody": with_mode("blob", 0),
    "temporary folder as link": replaced(f"{_V1}/tmp", link_to("many")),
    "temporary folder as pipe": replaced(f"{_V1}/tmp", pipe),
    "folder of damage as link": _damage_as_link,
    "links as orphans": _orphans,
    "odd names": _odd_names,
    "key for all": with_mode(f"{_V1}/key", 0o644),
    "short key": replaced(f"{_V1}/key", short),
    "key of another": of_other(f"{_V1}/key"),
    "lock of another": of_other(f"{_V1}/gc.lock"),
    "last as twin": replaced("last", twin_of("canary")),
    "cleaned as twin": replaced(f"{_V1}/cleaned", twin_of("canary")),
    "reserve as link": replaced(f"{_V1}/reserve.bin", link_to("canary")),
    "reserve as folder": replaced(f"{_V1}/reserve.bin", folder),
    "last of garbage": replaced("last", garbage),
    "memo of garbage": replaced("memo", garbage),
    "parsed as link": replaced("parsed", link_to("many")),
    "parsed as pipe": replaced("parsed", pipe),
    "parsed file as link": _parsed_file(link_to("canary")),
    "parsed file as pipe": _parsed_file(pipe),
    "parsed file as hole": _parsed_file(hole),
    "copies on their way as link": replaced("tmp", link_to("many")),
    "copies on their way as pipe": replaced("tmp", pipe),
    "runs as link": _many_runs_outside,
    "trash as link": replaced("trash", link_to("many")),
    "ignored files as link to nothing": _dangling,
    "owner as link": replaced("owner.json", link_to("canary")),
    "owner as pipe": replaced("owner.json", pipe),
    "new owner as link": replaced("owner.json.new", link_to("canary")),
    "new owner as pipe": replaced("owner.json.new", pipe),
}


def forged(step: str, forge: Callable[[Scene, Entry], bytes | Entry]) -> Attack:
    """Return the attack that replaces the record of a step; what is forged is sealed like a genuine one."""

    def attack(scene: Scene) -> None:
        connection = sqlite3.connect(scene.database, isolation_level=None)
        for key, value in connection.execute("SELECT key, value FROM Cache").fetchall():
            entry = unseal(key, value)
            if entry is not None and entry.step == step:
                made = forge(scene, entry)
                sealed = made if isinstance(made, bytes) else sealed_by_hand(made)
                connection.execute("UPDATE Cache SET value = ? WHERE key = ?", (sealed, key))
        connection.close()

    return attack


def sealed_by_hand(entry: Entry) -> bytes:
    """Return a record with a sound seal, whatever is in it."""
    from wfopt.cache import sealing as module  # noqa: PLC0415 - its inner parts are what a forger knows

    body = module._body(entry)
    return module._checksum(entry.key, body) + body


def _sealed_body(entry: Entry, body: bytes) -> bytes:
    from wfopt.cache import sealing as module  # noqa: PLC0415 - its inner parts are what a forger knows

    return module._checksum(entry.key, body) + body


def _with_item(path: str, *, target: str = "", folder_mode: int = 0) -> Callable[[Scene, Entry], Entry]:
    """Return what adds an output to a record: a copy of one of its files, a link, or a folder."""

    def forge(_scene: Scene, entry: Entry) -> Entry:
        model = next(item for item in entry.outputs if item.kind is Kind.FILE)
        item = replace(model, path=path, mode=0o755)
        if target:
            item = Item(path, Kind.LINK, content=target)
        elif folder_mode:
            item = Item(path, Kind.FOLDER, folder_mode)
        others = [each for each in entry.outputs if each.path != path]
        return replace(entry, outputs=tuple(sorted((*others, item), key=lambda each: each.path.split("/"))))

    return forge


def _mode(mode: int) -> Callable[[Scene, Entry], Entry]:
    return lambda _, entry: replace(
        entry,
        outputs=tuple(replace(item, mode=mode) if item.kind is Kind.FILE else item for item in entry.outputs),
    )


def _parts_bomb(_scene: Scene, entry: Entry) -> bytes:
    import zlib  # noqa: PLC0415 - for this one alone

    packer = zlib.compressobj(9)
    bomb_bytes = b"".join(packer.compress(bytes(1 << 20)) for _ in range(600)) + packer.flush()
    return sealed_by_hand(replace(entry, parts=bomb_bytes))


def _json(text: bytes) -> Callable[[Scene, Entry], bytes]:
    return lambda _, entry: _sealed_body(entry, bytes(8) + b"w\0s\0" + text + b"\0\0")


PLACES = (
    *("../x", "/etc/wfopt-planted", ".wfopt/x", ".wfopt/last", ".git/hooks/pre-commit", "src/a.txt"),
    *("src/planted", "wfopt.yml", "pack.txt/../../x", "new/x", "out/../../x", "./x", "outside", "talk.txt"),
)
"""Where forged outputs want to go."""

RECORDS: dict[str, Attack] = {
    **{f"record of {path}": forged("pack", _with_item(path)) for path in PLACES},
    "record of a folder": forged("pack", _with_item("planted", folder_mode=0o777)),
    "record of the mode of a folder": forged("pack", _with_item("src", folder_mode=0o777)),
    "record of a link to an absolute path": forged("make", _with_item("out/l", target="/etc")),
    "record of a link that climbs": forged("make", _with_item("out/l", target="../../outside")),
    "record of a link, and a file in it": forged(
        "make",
        lambda scene, entry: _with_item("out/l/x")(scene, _with_item("out/l", target="../src")(scene, entry)),
    ),
    "record of a link elsewhere": forged("pack", _with_item("elsewhere", target="src")),
    "record of a state folder": forged("make", _with_item("out/.wfopt/x")),
    "record with a long name": forged("make", _with_item("out/" + "x" * 300)),
    "record with a bomb of parts": forged("pack", _parts_bomb),
    "record that is nested": forged("pack", _json(b"[" * 400_000)),
    "record with huge numbers": forged("pack", _json(b"[" + b"9" * 400_000 + b",{}]")),
    "record with nan": forged("pack", _json(b"[NaN,{}]")),
    "record of nothing": forged("pack", lambda _, entry: b""),
    "record in a huge blob": forged("pack", lambda _, entry: b"blob:" + b"a" * 64 + b":999999999"),
    "record with a missing log": forged(
        "pack", lambda _, entry: replace(entry, log=Log(digest="ab" * 32, size=5))
    ),
    "record from the future": forged("pack", lambda _, entry: replace(entry, created_at=4_000_000_000)),
    "record of a huge file": forged(
        "pack",
        lambda _, entry: replace(entry, outputs=tuple(replace(item, size=2**62) for item in entry.outputs)),
    ),
}

REFUSED = {
    *("records as link", "records for all", "database for all", "cache as link", "store as link"),
    *("store for all", "cache for all", "database that is a twin"),
    *(f"{what} of another" for what in (("records", "database", "store", "cache") if ROOT else ())),
}
"""What nobody may use results of, sound as they look."""

ATTACKS: dict[str, Attack] = {**DATABASE, **BESIDE, **RECORDS}
