"""Keeps a loaded workflow, and finds it again if a new load would give the same.

With the workflow stand the questions that its load asked: which files, paths and variables it looked at.
The answers are kept as one keyed digest, in which the options of the load and its program have a part, too:
values of variables and params, and the files with them, may be secrets that nobody must be able to try out.
"""

from __future__ import annotations

import hmac
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, LoadError
from wfopt.formats.outside import FILE, KINDS, Answer, Outside, Question
from wfopt.formats.parsed.decoding import decode
from wfopt.formats.parsed.folder import ParsedFolder
from wfopt.formats.reading import decode as decode_source
from wfopt.model.workflow import Workflow
from wfopt.version import __version__

_FORMAT = 1
_DIGEST = "sha256"
_PROGRAM = ("", "formats", "formats/native", "formats/parsed", "model")
_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a workflow is loaded with; another request is answered by another file.

    Attributes:
        file: the workflow file, as the user wrote it.
        workspace: the absolute path of the workspace.
        params: values given on the command line.
        param_twins: whether variables give params, too.
    """

    file: str
    workspace: str
    params: Mapping[str, str]
    param_twins: bool

    @property
    def text(self) -> bytes:
        """All of it as text, in which equal requests are equal."""
        params = sorted(self.params.items())
        return json.dumps([self.file, self.workspace, params, self.param_twins]).encode()


def find(
    folder: ParsedFolder, request: Request, environ: Mapping[str, str]
) -> tuple[Workflow, tuple[Diagnostic, ...], str] | None:
    """Return the workflow and the remarks that loading would give, or None if that is not known.

    With them comes a digest of all that they depend on.
    """
    body = folder.read(_name(folder, request))
    if body is None:
        return None
    head, _, text = body.partition(b"\n")
    try:
        questions, digest = json.loads(head)
        outside = Outside(environ)
        for kind, name in questions:
            outside.ask((kind, name))
        if digest != _digest(folder, request, outside.seen):
            return None
        decoded = decode(text.decode("ascii"), texts_of(outside.seen))
    except (LoadError, OSError, ValueError, TypeError, LookupError, RecursionError):
        return None
    return None if decoded is None else (*decoded, digest)


def keep(folder: ParsedFolder, request: Request, seen: Mapping[Question, Answer], text: str) -> None:
    """Keep a workflow.

    Args:
        folder: where.
        request: what it was loaded with.
        seen: what its load looked at.
        text: the workflow and the remarks about it as text; the texts of the files, as `texts_of` returns
            them, need not be in it.

    Raises:
        OSError: it cannot be written, or the program cannot be told from another.
    """
    head = json.dumps([list(seen), _digest(folder, request, seen)])
    folder.write(_name(folder, request), f"{head}\n{text}".encode("ascii"))


def _name(folder: ParsedFolder, request: Request) -> str:
    return hmac.digest(folder.key, b"name " + request.text, _DIGEST).hex()


def texts_of(seen: Mapping[Question, Answer]) -> list[str]:
    """Return the texts of all files that a load has read, in their order.

    Raises:
        LoadError: one of them is no text.
    """
    return [
        decode_source(answer, name).text
        for (kind, name), answer in seen.items()
        if kind == FILE and isinstance(answer, bytes)
    ]


def _digest(folder: ParsedFolder, request: Request, seen: Mapping[Question, Answer]) -> str:
    """Return the keyed digest of everything that the result of a load depends on.

    Raises:
        OSError: the program's files cannot be found.
    """
    digest = hmac.new(folder.key, digestmod=_DIGEST)

    def add(what: Any, data: bytes) -> None:
        digest.update(json.dumps([what, len(data)]).encode() + b"\n" + data)

    add("program", json.dumps(_program()).encode())
    add("request", request.text)
    for question, answer in seen.items():
        is_raw = isinstance(answer, bytes)
        add([question, is_raw], answer if isinstance(answer, bytes) else json.dumps(answer).encode())
    return digest.hexdigest()


def _program() -> list[Any]:
    """Return what tells this program from others: versions, and when its files were written."""
    found: list[Any] = [_FORMAT, __version__, sys.version, sys.byteorder, KINDS]
    for inner in _PROGRAM:
        with os.scandir(os.path.join(_PACKAGE, inner)) as entries:
            files = [(each.name, each.stat()) for each in entries if each.name.endswith(".py")]
        found.append(sorted((name, status.st_size, status.st_mtime_ns) for name, status in files))
    return found
