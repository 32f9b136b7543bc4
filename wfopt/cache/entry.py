"""The sealed record of a step's result: what is known about it, in few bytes that cannot change unnoticed.

A record is a checksum over the step key and a body, and the body: one JSON array without spaces. Whatever
is not exactly what `seal` writes is read as nothing, so a damaged or forged record is a miss.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from typing import NoReturn

from wfopt.cache.paths import in_order, link_problem, path_problem, to_bytes

FORMAT = 1
"""Rises with every change of the body's form; a record of another format is a miss."""

LARGEST_RECORD = 64 * 1024 * 1024
"""Bytes of a sealed record: room for about 500,000 outputs."""

_SEAL_BYTES = 16
_LARGEST_NUMBER = 2**63 - 1
_LATEST_S = 1e12
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Kind(Enum):
    """What an output is; the value stands in records."""

    FILE = "f"
    TRACKED = "t"
    FOLDER = "d"
    LINK = "l"


@dataclass(frozen=True, slots=True)
class Item:
    """One output of a step as it was when the step ended.

    Attributes:
        path: relative to the workspace, `/`-separated; bytes that are not UTF-8 as lone surrogates.
        kind: a file with a copy in the store, a file without one, a folder, or a link.
        mode: the permission bits, at most 0o7777; 0 for a link.
        size: bytes of a file; else 0.
        content: the sha256 of a file in hexadecimal digits, the target of a link, "" for a folder.
    """

    path: str
    kind: Kind
    mode: int = 0
    size: int = 0
    content: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it is a file, with or without a copy in the store."""
        return self.kind in {Kind.FILE, Kind.TRACKED}


@dataclass(frozen=True, slots=True)
class Log:
    """What a step wrote to one of its streams.

    Attributes:
        digest: the sha256 of the blob that holds it.
        size: bytes of the blob.
        truncated: whether the step wrote more than was kept.
    """

    digest: str
    size: int
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The result of a step that succeeded.

    Attributes:
        key: the key of the step; it is part of the seal, not of the body.
        step: the id of the step.
        exit_code: 0 to 255.
        created_at: when it ended, in seconds since 1970.
        wall_s: how long it ran.
        cpu_s: processor time, or None if unknown.
        peak_memory: bytes, or None if unknown.
        outputs: what it wrote, sorted by `in_order`.
        stdout: what it printed, or None if that was not kept.
        stderr: as `stdout`.
        captured: the values that it handed on, by name.
        details: facts for explanations, such as digests of inputs.
    """

    key: str
    step: str
    exit_code: int
    created_at: float
    wall_s: float
    cpu_s: float | None = None
    peak_memory: int | None = None
    outputs: tuple[Item, ...] = ()
    stdout: Log | None = None
    stderr: Log | None = None
    captured: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)

    def blobs(self) -> dict[str, int]:
        """Return the sizes of all blobs that this result needs, by digest."""
        needed = {item.content: item.size for item in self.outputs if item.kind is Kind.FILE}
        needed.update((log.digest, log.size) for log in (self.stdout, self.stderr) if log is not None)
        return needed


class _OddError(ValueError):
    """Something in a record is not what `seal` writes."""


def seal(entry: Entry) -> bytes:
    """Return the sealed record of a result.

    Raises:
        ValueError: `unseal` would not read it, for a path leads out of the workspace, outputs are not
            sorted, a number is out of range, or the record is too large.
    """
    body = _body(entry)
    sealed = _checksum(entry.key, body) + body
    if len(sealed) > LARGEST_RECORD:
        raise ValueError(f"a record of {len(sealed):,} bytes is too large")
    if _parse(entry.key, body) != entry:
        raise ValueError("the entry is not in its plain form")
    return sealed


def unseal(key: str, data: bytes) -> Entry | None:
    """Return the result that was sealed under a key, or None if the data is anything else."""
    if not _SEAL_BYTES < len(data) <= LARGEST_RECORD:
        return None
    body = data[_SEAL_BYTES:]
    if _checksum(key, body) != data[:_SEAL_BYTES]:
        return None
    try:
        entry = _parse(key, body)
        # Spaces, double keys and other spellings of a number do not survive this.
        return entry if _body(entry) == body else None
    except (ValueError, RecursionError):
        return None


def _checksum(key: str, body: bytes) -> bytes:
    name = key.encode("utf-8", "surrogatepass")
    hashed = blake2b(len(name).to_bytes(8, "big") + name, digest_size=_SEAL_BYTES)
    hashed.update(body)
    return hashed.digest()


def _body(entry: Entry) -> bytes:
    fields = [
        FORMAT,
        entry.step,
        entry.exit_code,
        entry.created_at,
        entry.wall_s,
        entry.cpu_s,
        entry.peak_memory,
        [_item_row(item) for item in entry.outputs],
        _log_row(entry.stdout),
        _log_row(entry.stderr),
        dict(entry.captured),
        dict(entry.details),
    ]
    return json.dumps(fields, separators=(",", ":"), sort_keys=True, allow_nan=False).encode("ascii")


def _item_row(item: Item) -> list[str | int]:
    match item.kind:
        case Kind.FILE | Kind.TRACKED:
            return [item.path, item.kind.value, item.mode, item.size, item.content]
        case Kind.FOLDER:
            return [item.path, item.kind.value, item.mode]
        case Kind.LINK:
            return [item.path, item.kind.value, item.content]


def _log_row(log: Log | None) -> list[str | int] | None:
    return None if log is None else [log.digest, log.size, int(log.truncated)]


def _parse(key: str, body: bytes) -> Entry:
    """Read a body.

    Raises:
        ValueError: it is not what `seal` writes.
        RecursionError: it is nested more deeply than Python reads.
    """
    row = _row(json.loads(body, parse_constant=_refuse_constant), 12)
    _number(row[0], FORMAT, FORMAT)
    return Entry(
        key=key,
        step=_text(row[1]),
        exit_code=_number(row[2], 0, 255),
        created_at=_seconds(row[3]),
        wall_s=_seconds(row[4]),
        cpu_s=None if row[5] is None else _seconds(row[5]),
        peak_memory=None if row[6] is None else _number(row[6]),
        outputs=_items(row[7]),
        stdout=_log(row[8]),
        stderr=_log(row[9]),
        captured=_texts(row[10]),
        details=_texts(row[11]),
    )


def _refuse_constant(name: str) -> NoReturn:
    raise _OddError(f"{name} is not a number")


def _row(value: object, length: int | None = None) -> list[object]:
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise _OddError("not a row of the right length")
    return value


def _number(value: object, low: int = 0, high: int = _LARGEST_NUMBER) -> int:
    if type(value) is not int or not low <= value <= high:
        raise _OddError("not a number in its range")
    return value


def _seconds(value: object) -> float:
    # Anything but `0 <= value` would let a NaN pass.
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= _LATEST_S:
        raise _OddError("not a number of seconds")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _OddError("not a text")
    to_bytes(value)
    return value


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _OddError("not a mapping")
    return {_text(name): _text(text) for name, text in value.items()}


def _digest(value: object) -> str:
    text = _text(value)
    if _DIGEST.fullmatch(text) is None:
        raise _OddError("not a digest")
    return text


def _log(value: object) -> Log | None:
    if value is None:
        return None
    row = _row(value, 3)
    return Log(_digest(row[0]), _number(row[1]), bool(_number(row[2], 0, 1)))


def _items(value: object) -> tuple[Item, ...]:
    items = tuple(map(_item, _row(value)))
    _check_order(items)
    return items


def _item(value: object) -> Item:
    row = _row(value)
    if len(row) < 3:
        raise _OddError("not an output")
    path = _text(row[0])
    if problem := path_problem(path):
        raise _OddError(f"an output {problem}")
    return _ITEM_PARSERS[Kind(_text(row[1]))](path, row)


def _file_item(path: str, row: list[object]) -> Item:
    _row(row, 5)
    return Item(path, Kind(row[1]), _number(row[2], 0, 0o7777), _number(row[3]), _digest(row[4]))


def _folder_item(path: str, row: list[object]) -> Item:
    _row(row, 3)
    return Item(path, Kind.FOLDER, _number(row[2], 0, 0o7777))


def _link_item(path: str, row: list[object]) -> Item:
    target = _text(_row(row, 3)[2])
    if problem := link_problem(path, target):
        raise _OddError(f"an output {problem}")
    return Item(path, Kind.LINK, content=target)


_ITEM_PARSERS: Mapping[Kind, Callable[[str, list[object]], Item]] = {
    Kind.FILE: _file_item,
    Kind.TRACKED: _file_item,
    Kind.FOLDER: _folder_item,
    Kind.LINK: _link_item,
}


def _check_order(items: Iterable[Item]) -> None:
    """Refuse items that are not strictly sorted, or that lie in what is not a folder."""
    last: list[str] = []
    no_folder = ""
    for item in items:
        names = in_order(item.path)
        if names <= last:
            raise _OddError("outputs are not sorted")
        if no_folder and item.path.startswith(no_folder):
            raise _OddError("an output lies in a file")
        last = names
        if item.kind is not Kind.FOLDER:
            no_folder = item.path + "/"
