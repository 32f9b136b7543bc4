"""The sealed record of a step's result: what is known about it, in few bytes that cannot change unnoticed.

A record is a checksum over the step key and a body. The checksum finds damage. Whoever forges it gets no
further than an honest writer: what `seal` would not write, such as a path out of the workspace, is read as
nothing. The body consists of

- when the step ended, in seconds, and how long it ran, in milliseconds: four bytes each;
- texts with a NUL between each two, and two at the end: the workflow, the step, a path and a look for each
  output, and what is left in JSON if there is anything left: the log, or the size of its blob, and captures;
- the sha256 of each file in the order of the outputs, and of the log's blob: 32 bytes each;
- the packed parts of the key.

A look is `f644 17`, a file with its mode and size, `t` for one without a copy, `d755`, a folder, or `l` and
the target of a link.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from struct import Struct

from wfopt.cache.entry import LATEST_S, LONGEST_INLINE_LOG, LONGEST_S, NO_LOG, Entry, Item, Kind, Log
from wfopt.cache.paths import in_order, link_problem, path_problem, to_bytes

LARGEST_RECORD = 64 * 1024 * 1024
"""Bytes of a sealed record: room for about 500,000 outputs."""

_FORM = b"wfopt-record-2"
"""Part of the checksum; changes with the form of the body, so that a record of another form is a miss."""

_SEAL_BYTES = 12
_DIGEST_BYTES = 32
_TIMES = Struct("<II")
_END = b"\0\0"
_LARGEST_SIZE = 2**63 - 1
_MODES = 0o7777
_PLAIN_DIGEST = re.compile("[0-9a-f]{64}")
_MODE = r"(0|[1-7][0-7]{0,3})"
_FILE_LOOK = re.compile(rf"([ft]){_MODE} (0|[1-9][0-9]{{0,18}})")
_FOLDER_LOOK = re.compile(rf"d{_MODE}")


class _OddError(ValueError):
    """Something in a record is not what `seal` writes; says what."""


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
    if not _is_simple(entry) and _parse(entry.key, body) != entry:
        raise ValueError("the entry is not in its plain form")
    return sealed


def _is_simple(entry: Entry) -> bool:
    """Return whether an entry is in its plain form at first sight, as that of most steps is; in doubt not."""
    if len(entry.outputs) != 1 or entry.captured or entry.log != NO_LOG:
        return False
    (item,) = entry.outputs
    texts = f"{entry.workflow}{entry.step}{item.path}"
    return (
        item.kind is Kind.FILE
        and _PLAIN_DIGEST.fullmatch(item.content) is not None
        and 0 <= item.mode <= _MODES
        and 0 <= item.size <= _LARGEST_SIZE
        and _is_plain(item.path)
        and all((entry.workflow, entry.step, item.path))
        and texts.isascii()
        and "\0" not in texts
        and round(entry.wall_s * 1000) / 1000 == entry.wall_s
        and isinstance(entry.created_at, int)
    )


def unseal(key: str, data: bytes) -> Entry | None:
    """Return the result that was sealed under a key, or None if the data is anything else."""
    if not _SEAL_BYTES + _TIMES.size < len(data) <= LARGEST_RECORD:
        return None
    body = data[_SEAL_BYTES:]
    if _checksum(key, body) != data[:_SEAL_BYTES]:
        return None
    try:
        return _parse(key, body)
    except (ValueError, RecursionError):
        return None


def _checksum(key: str, body: bytes) -> bytes:
    name = key.encode("utf-8", "surrogatepass")
    hashed = blake2b(b"%d:%b" % (len(name), name), digest_size=_SEAL_BYTES, person=_FORM)
    hashed.update(body)
    return hashed.digest()


def _body(entry: Entry) -> bytes:
    milliseconds = round(entry.wall_s * 1000) if 0 <= entry.wall_s <= LONGEST_S else -1
    if milliseconds < 0 or not 0 <= entry.created_at <= LATEST_S:
        raise ValueError("a time is out of range")
    texts = [entry.workflow, entry.step]
    for item in entry.outputs:
        texts += (item.path, _look(item))
    rest = _rest(entry.log, entry.captured)
    if rest:
        texts.append(rest)
    digests = [item.content for item in entry.outputs if item.is_file]
    if entry.log.digest:
        digests.append(entry.log.digest)
    return b"".join(
        (
            _TIMES.pack(int(entry.created_at), milliseconds),
            "\0".join(texts).encode("utf-8", "surrogateescape"),
            _END,
            *map(bytes.fromhex, digests),
            entry.parts,
        )
    )


def _look(item: Item) -> str:
    match item.kind:
        case Kind.FILE | Kind.TRACKED:
            return f"{item.kind.value}{item.mode:o} {item.size}"
        case Kind.FOLDER:
            return f"d{item.mode:o}"
        case Kind.LINK:
            return f"l{item.content}"


def _rest(log: Log, captured: Mapping[str, str]) -> str:
    """Return the log and the captures in JSON; "" for most steps, which have neither."""
    if log == NO_LOG and not captured:
        return ""
    printed = log.size if log.digest else log.text.decode("latin-1")
    return json.dumps([printed, dict(captured)], separators=(",", ":"), sort_keys=True)


def _parse(key: str, body: bytes) -> Entry:
    """Read a body that is at least as long as its times.

    Raises:
        ValueError: it is not what `seal` writes.
        RecursionError: it is nested more deeply than Python reads.
    """
    created_at, milliseconds = _TIMES.unpack_from(body)
    data, end, behind = body[_TIMES.size :].partition(_END)
    # Bytes that are not UTF-8 become lone surrogates, so that no two bodies have the same texts.
    texts = data.decode("utf-8", "surrogateescape").split("\0")
    if not end or not texts[0] or len(texts) < 2:
        raise _OddError("texts are missing")
    digests = _Digests(behind)
    outputs = _items(texts, digests)
    log, captured = (NO_LOG, {}) if len(texts) % 2 == 0 else _logged(texts[-1], digests)
    return Entry(
        key=key,
        workflow=texts[0],
        step=texts[1],
        created_at=created_at,
        wall_s=milliseconds / 1000,
        outputs=outputs,
        log=log,
        captured=captured,
        parts=digests.behind(),
    )


class _Digests:
    """The digests in front of something else, taken one by one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self) -> str:
        """Return the next one in hexadecimal digits."""
        start = self._place
        self._place = start + _DIGEST_BYTES
        return self._data[start : self._place].hex()

    def behind(self) -> bytes:
        """Return what is behind those that were taken.

        Raises:
            _OddError: there were not so many.
        """
        if self._place > len(self._data):
            raise _OddError("digests are missing")
        return self._data[self._place :]


def _items(texts: list[str], digests: _Digests) -> tuple[Item, ...]:
    pairs = zip(texts[2::2], texts[3::2], strict=False)
    items = tuple(_item(path, look, digests) for path, look in pairs)
    _check_order(items)
    return items


def _item(path: str, look: str, digests: _Digests) -> Item:
    if not _is_plain(path) and (problem := path_problem(path)):
        raise _OddError(f"an output {problem}")
    if found := _FILE_LOOK.fullmatch(look):
        kind, mode, size = found.groups()
        return Item(path, _KINDS[kind], int(mode, 8), _size(int(size)), digests.take())
    if found := _FOLDER_LOOK.fullmatch(look):
        return Item(path, Kind.FOLDER, int(found[1], 8))
    if not look.startswith("l"):
        raise _OddError("not a look")
    if problem := link_problem(path, look[1:]):
        raise _OddError(f"an output {problem}")
    return Item(path, Kind.LINK, content=look[1:])


_KINDS = {"f": Kind.FILE, "t": Kind.TRACKED}


def _is_plain(path: str) -> bool:
    """Return whether a path can be an output at first sight; in doubt not."""
    return (
        path.isascii()
        and len(path) < _LONG
        and not path.startswith((".", "/"))
        and not path.endswith("/")
        and "/." not in path
        and "//" not in path
    )


_LONG = 256
"""Characters of a path in which a name may be too long."""


def _size(size: int, least: int = 0) -> int:
    if not least <= size <= _LARGEST_SIZE:
        raise _OddError("not a size")
    return size


def _logged(text: str, digests: _Digests) -> tuple[Log, Mapping[str, str]]:
    value = json.loads(text)
    if not isinstance(value, list) or len(value) != 2:
        raise _OddError("not a log and captures")
    log, captured = _log(value[0], digests), _captured(value[1])
    # This refuses all else that JSON could say in another way, or that need not be said.
    if _rest(log, captured) != text:
        raise _OddError("not the plain form")
    return log, captured


def _log(value: object, digests: _Digests) -> Log:
    if type(value) is int:
        return Log(digest=digests.take(), size=_size(value, 1))
    if not isinstance(value, str) or len(value) > LONGEST_INLINE_LOG:
        raise _OddError("not a log")
    return Log(value.encode("latin-1")) if value else NO_LOG


def _captured(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise _OddError("not captures")
    for text in (*value, *value.values()):
        to_bytes(text)
    return value


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
