"""The hash of what a workflow does, remembered for workflows that are found as an earlier load left them."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from hashlib import sha256

from wfopt.api.prepare import Prepared, RunOptions
from wfopt.cache.sealed_file import read_sealed, seal, write_sealed
from wfopt.engine.masking import Masker

FILE = "contents"
"""The file with hashes that are known, in the state folder."""

_MAGIC = b"wfopt-contents-1\n"
_MOST_BYTES = 1 << 16
_MOST_KNOWN = 50
_DIGITS = 32


def content_of(prepared: Prepared, options: RunOptions, masker: Masker) -> str:
    """Return the hash of the whole workflow, of which only some steps may be wanted.

    Secrets have no part in it. The file with known hashes is written if this one is not in it; that it
    cannot be read or written is no error.
    """
    if prepared.content:
        return prepared.content
    loaded = prepared.loaded
    identity = loaded.identity if loaded is not None else ""
    path = os.path.join(options.state_folder, FILE)
    known = _known(path) if identity else {}
    content = known.get(identity)
    if content is None:
        from wfopt.model.contents import canonical  # noqa: PLC0415 - a workflow that is known needs it not

        workflow = loaded.workflow if loaded is not None else prepared.workflow
        text = masker.text(canonical(workflow))
        content = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        if identity:
            _remember(path, known, identity, content)
    return content


def _known(path: str) -> dict[str, str]:
    body = read_sealed(path, _MAGIC, _MOST_BYTES)
    known: dict[str, str] = {} if body is None else json.loads(body)
    return known


def _remember(path: str, known: dict[str, str], identity: str, content: str) -> None:
    known[identity] = content
    newest = dict(list(known.items())[-_MOST_KNOWN:])
    with suppress(OSError):
        write_sealed(path, seal(_MAGIC, json.dumps(newest).encode()))
