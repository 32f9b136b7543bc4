"""The parts of a key, kept with a result so that a later difference can be explained.

Parts are texts by name: `env CFLAGS`, `input src/a.c`. A value is a JSON string if people may read it, else
digests that start with `#`. All digests are made with the store's key, so they say nothing to others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from wfopt.cache.files import Entry, Kind
from wfopt.cache.framing import framed
from wfopt.cache.key import (
    FORMAT,
    PARAM_PREFIX,
    Extra,
    Sealer,
    StepFields,
    framed_outputs,
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


def parts_of(fields: StepFields, store_key: bytes) -> dict[str, str]:
    """Return the parts of a key, in the order in which differences are told.

    Args:
        fields: what the key is made of.
        store_key: random bytes that only the store knows.
    """
    sealer = sealer_of(fields, store_key)
    parts = {"format": FORMAT}
    parts.update(_inputs(fields, sealer.key))
    params = {variable_of(each): each for each in fields.references if each.startswith("params.")}
    for name, value in sorted(used_env(fields).items()):
        parts[_env_name(name, params)] = _env_value(name, value, sealer)
    if isinstance(fields.run, str):
        parts["script"] = _lines(fields.run.split("\n"), sealer.key)
    else:
        parts["command"] = _lines(list(fields.run), sealer.key)
    parts["shell"] = _digest(framed(fields.shell), sealer.key)
    parts["cwd"] = _readable(fields.cwd, sealer)
    parts["outputs"] = _digest(framed_outputs(fields.outputs), sealer.key)
    parts["capture"] = _readable(fields.capture, sealer)
    for number, extra in enumerate(fields.extras, 1):
        parts[f"key {number}"] = _extra(extra, sealer)
    parts["platform"] = json.dumps(" ".join(fields.platform))
    return parts


def _inputs(fields: StepFields, key: bytes) -> Iterator[tuple[str, str]]:
    entries = fields.inputs.entries
    count = len({entry.path for entry in entries})
    yield "inputs", f"{_digest(fields.inputs.digest.encode(), key)} {count}"
    if count <= MOST_INPUTS:
        found: dict[str, str] = {}
        for entry in entries:
            name, value = f"input {entry.path or '.'}", _entry(entry, key)
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
    # How the file writes the name is known only if an expression mentions it.
    mentioned = params.get(name)
    return f"param {mentioned.removeprefix('params.') if mentioned else name}"


def _env_value(name: str, value: str | None, sealer: Sealer) -> str:
    if value is None:
        return UNSET
    if name in sealer.names:
        return _digest(sealer.sealed_value(name, value), sealer.key)
    return _readable(value, sealer)


def _readable(text: str, sealer: Sealer) -> str:
    """Return a text as it is, if it is short and holds no secret, else a digest."""
    if len(text) > LONGEST_READABLE or sealer.hides(text):
        return _digest(framed((text,)), sealer.key)
    return json.dumps(text)


def _extra(extra: Extra, sealer: Sealer) -> str:
    row = (framed((extra.what,)), sealed_extra(extra, sealer))
    return f"{extra.kind.value} {_digest(framed(row), sealer.key)}"


def _lines(lines: list[str], key: bytes) -> str:
    """Return a digest of each line, and one of what follows after `MOST_LINES`."""
    digests = [_digest(framed((line,)), key) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        digests.append(_digest(framed(lines[MOST_LINES:]), key))
    return " ".join(digests)


def _digest(data: bytes, key: bytes) -> str:
    return "#" + hashlib.blake2b(data, digest_size=6, key=key[:64]).hexdigest()
