"""The parts of a key, kept with a result so that a later difference can be explained.

Parts are texts by name: `env CFLAGS`, `input src/a.c`. A value is a JSON string if people may read it, else
digests that start with `#`. All digests are made with the store's key, so they say nothing to others. They
are short, for they only explain: two values of which one digest is the same look unchanged here, and the key
is different all the same.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from json.encoder import encode_basestring_ascii

from wfopt.cache.files import Entry, Kind
from wfopt.cache.framing import framed
from wfopt.cache.key import (
    FORMAT,
    PARAM_PREFIX,
    Extra,
    Sealer,
    StepFields,
    outputs_row,
    sealed_extra,
    sealer_of,
    used_env,
    variable_of,
)

MOST_INPUTS = 1000
"""Up to how many inputs are parts of their own; more are one part together."""

MOST_LINES = 500
"""Up to how many lines of a script have a digest of their own; the rest has one together."""

LONGEST_READABLE = 200
"""Characters of a value that is kept as it is."""

UNSET = "unset"

MOST_BYTES = 4 * 1024 * 1024
"""The largest parts that are kept or read, unpacked."""

_DIGEST_BYTES = 3
"""Four characters; with one change in 16 million nobody can say what has changed."""

_SHORT = 1024
"""Bytes of parts up to which a small window packs as well as a large one."""

_EXPECTED = (
    b'"program #"link #" to file #"absent"dir"namespace":"inputs":"#","param ":"unset","env ":"\\"'
    b'"key 1":"command #","key 2":"file #text #env #"},"command":"#aarch64 arm64 Darwin","platform":'
    b'"shell":"\\"bash -euo pipefail -c\\"","cwd":"\\"\\"","capture":"\\"\\"",'
    b'.json.yml.csv.py.sh.c.h.o build/ src/ {"input out/.txt":"file #","input out/","script":"#"'
    b',"outputs":"#","shell":"\\"sh -eu -c\\"","cwd":"\\"\\"","capture":"\\"\\""'
    b',"platform":"\\"Linux x86_64\\"","format":"1"}'
)
"""What parts often consist of, the usual end as a whole: what stands here takes hardly any room."""


def parts_of(fields: StepFields, store_key: bytes) -> dict[str, str]:
    """Return the parts of a key, in the order in which differences are told.

    Args:
        fields: what the key is made of.
        store_key: random bytes that only the store knows.
    """
    sealer = sealer_of(fields, store_key)
    parts: dict[str, str] = {}
    if fields.namespace:
        parts["namespace"] = json.dumps(fields.namespace)
    parts.update(_inputs(fields, sealer))
    mentioned = (each for each in fields.references if each.startswith("params."))
    params = {**fields.params, **{variable_of(each): each.removeprefix("params.") for each in mentioned}}
    for name, value in sorted(used_env(fields).items()):
        parts[_env_name(name, params)] = _env_value(name, value, sealer)
    if isinstance(fields.run, str):
        parts["script"] = _lines(fields.run.split("\n"), sealer.key)
    else:
        parts["command"] = _lines(list(fields.run), sealer.key)
    parts["outputs"] = _digest(framed(outputs_row(fields.outputs)), sealer.key)
    for number, extra in enumerate(fields.extras, 1):
        parts[f"key {number}"] = _extra(extra, sealer)
    parts["shell"] = _shell(fields.shell, sealer)
    parts["cwd"] = _readable(fields.cwd, sealer)
    parts["capture"] = _readable(fields.capture, sealer)
    parts["platform"] = encode_basestring_ascii(" ".join(fields.platform))
    parts["format"] = FORMAT
    return parts


def packed(parts: Mapping[str, str]) -> bytes:
    """Return parts in few bytes; none if they are too many to be kept."""
    quoted = encode_basestring_ascii
    pairs = [f"{quoted(name)}:{quoted(value)}" for name, value in parts.items()]
    text = f"{{{','.join(pairs)}}}".encode("ascii")
    if len(text) > MOST_BYTES:
        return b""
    # To get memory for a large window ready takes longer than to pack a short text.
    window, memory = (-12, 5) if len(text) < _SHORT else (-15, 9)
    packer = zlib.compressobj(9, zlib.DEFLATED, window, memory, zlib.Z_DEFAULT_STRATEGY, _EXPECTED)
    return packer.compress(text) + packer.flush()


def unpacked(data: bytes) -> dict[str, str] | None:
    """Return the parts that were packed, or None if the data is anything else."""
    try:
        opener = zlib.decompressobj(-15, _EXPECTED)
        parts = json.loads(opener.decompress(data, MOST_BYTES))
    except (zlib.error, ValueError, RecursionError):
        return None
    if not isinstance(parts, dict) or not all(isinstance(value, str) for value in parts.values()):
        return None
    return parts


def _inputs(fields: StepFields, sealer: Sealer) -> Iterator[tuple[str, str]]:
    entries, key = fields.inputs.entries, sealer.key
    count = len({entry.path for entry in entries})
    if count > MOST_INPUTS:
        yield "inputs", f"{_digest(fields.inputs.digest.encode(), key)} {count}"
        return
    found: dict[str, str] = {}
    for entry in entries:
        shown = _digest(framed((entry.path,)), key) if sealer.hides(entry.path) else entry.path or "."
        name, value = f"input {shown}", _entry(entry, key)
        found[name] = f"{value} to {found[name]}" if name in found else value
    yield from found.items()


def _entry(entry: Entry, key: bytes) -> str:
    match entry.kind:
        case Kind.FILE:
            kind = "program" if entry.executable else "file"
            return f"{kind} {_digest(entry.content.encode(), key)}"
        case Kind.LINK:
            return f"link {_digest(framed((entry.content,)), key)}"
        case _:
            return entry.kind.value


def _env_name(name: str, params: Mapping[str, str]) -> str:
    if not name.startswith(PARAM_PREFIX):
        return f"env {name}"
    # How an included file writes the name is known only if an expression of the step mentions it.
    return f"param {params.get(name, name)}"


def _env_value(name: str, value: str | None, sealer: Sealer) -> str:
    if value is None:
        return UNSET
    if name in sealer.names:
        return _digest(framed((sealer.sealed_value(name, value),)), sealer.key)
    return _readable(value, sealer)


def _readable(text: str, sealer: Sealer) -> str:
    """Return a text as it is, if it is short and holds no secret, else a digest."""
    if len(text) > LONGEST_READABLE or sealer.hides(text):
        return _digest(framed((text,)), sealer.key)
    return encode_basestring_ascii(text)


def _shell(argv: tuple[str, ...], sealer: Sealer) -> str:
    """Return the words of a shell as they are if a space between them says where each one ends."""
    text = " ".join(argv)
    return _readable(text, sealer) if tuple(text.split(" ")) == argv else _digest(framed(argv), sealer.key)


def _extra(extra: Extra, sealer: Sealer) -> str:
    row = (extra.what, sealed_extra(extra, sealer))
    return f"{extra.kind.value} {_digest(framed(row), sealer.key)}"


def _lines(lines: list[str], key: bytes) -> str:
    """Return a digest of each line, and one of what follows after `MOST_LINES`."""
    digests = [_digest(framed((line,)), key) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        digests.append(_digest(framed(lines[MOST_LINES:]), key))
    return " ".join(digests)


def _digest(data: bytes, key: bytes) -> str:
    digest = hashlib.blake2b(data, digest_size=_DIGEST_BYTES, key=key[:64]).digest()
    return "#" + urlsafe_b64encode(digest).decode("ascii")
