"""Loads a workflow, or finds it as an earlier load has left it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from wfopt.api.secrets import masker_of
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, LoadError
from wfopt.formats.outside import FILE, Outside
from wfopt.formats.parsed import folder, stored
from wfopt.formats.recognizing import is_named_native, says_native
from wfopt.model.workflow import Workflow
from wfopt.source import SourceFile

NATIVE = "native"

FOLDER = "parsed"
"""Where loaded workflows are kept, in the state folder."""


class LoadRequest(Protocol):
    """The options of a run that a load needs; `RunOptions` says what they mean."""

    @property
    def file(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def actions(self) -> Mapping[str, str]: ...
    @property
    def steps(self) -> tuple[str, ...]: ...
    @property
    def workspace(self) -> str: ...
    @property
    def state_folder(self) -> str: ...
    @property
    def params(self) -> Mapping[str, str]: ...
    @property
    def environ(self) -> Mapping[str, str]: ...
    @property
    def param_twins(self) -> bool: ...
    @property
    def lenient(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """A workflow, and warnings and notes about it.

    Attributes:
        workflow: the whole workflow.
        remarks: what was found.
        fresh: what its load looked at, or None if it was found as kept.
        identity: a digest of all that the workflow depends on, or "" if it was not kept.
        format: the name of its format.
    """

    workflow: Workflow
    remarks: tuple[Diagnostic, ...]
    fresh: Outside | None = None
    identity: str = ""
    format: str = NATIVE

    def keep(self, options: LoadRequest) -> None:
        """Keep the workflow for later loads, if it is new and can be kept; the state folder must exist.

        It is not kept if it holds the value of a secret, or was loaded leniently. That a folder cannot be
        written is no error.

        Args:
            options: those that it was loaded with.
        """
        if self.fresh is not None and not options.lenient:
            with suppress(OSError, LoadError):
                _keep(self.workflow, self.remarks, self.fresh, options)


def load_workflow(options: LoadRequest) -> Loaded:
    """Return the workflow of a file; nothing is written.

    Raises:
        LoadError: the file cannot be used.
    """
    if not options.lenient and options.format in ("", NATIVE):
        with folder.opened(os.path.join(options.state_folder, FOLDER)) as kept:
            found = stored.find(kept, _request(options), options.environ) if kept is not None else None
        if found is not None:
            workflow, remarks, identity = found
            return Loaded(workflow, remarks, identity=identity)
    return _fresh(options)


def _fresh(options: LoadRequest) -> Loaded:
    outside = Outside(options.environ)
    source = outside.read(options.file, options.file)
    if options.format != NATIVE and (options.format or not _is_native(options.file, source)):
        # What other formats need takes long to import.
        from wfopt.api.foreign import read_foreign  # noqa: PLC0415 - see above

        found = read_foreign(source, options, outside)
        if found is not None:
            return Loaded(found.workflow, found.remarks, format=found.format)
    # Importing these costs as much as reading 400 kept steps.
    from wfopt.formats.load_options import LoadOptions  # noqa: PLC0415 - see above
    from wfopt.formats.native.loader import load  # noqa: PLC0415 - see above

    load_options = LoadOptions(
        path=options.file,
        workspace=options.workspace,
        params=options.params,
        environ=outside.environ,
        param_twins=options.param_twins,
        lenient=options.lenient,
        outside=outside,
    )
    return Loaded(*load(source, load_options), outside)


def _is_native(file: str, source: SourceFile) -> bool:
    return is_named_native(file) or says_native(source.text)


def _request(options: LoadRequest) -> stored.Request:
    return stored.Request(
        file=options.file,
        workspace=options.workspace,
        params=options.params,
        param_twins=options.param_twins,
    )


def _keep(
    workflow: Workflow, remarks: tuple[Diagnostic, ...], outside: Outside, options: LoadRequest
) -> None:
    from wfopt.formats.parsed.encoding import NotStorableError, encode  # noqa: PLC0415 - only here
    from wfopt.formats.positions import PARSER_FILE  # noqa: PLC0415 - it was imported for the load

    outside.ask((FILE, PARSER_FILE))
    if not outside.is_repeatable:
        return
    try:
        encoded = encode(workflow, remarks, stored.texts_of(outside.seen))
    except NotStorableError:
        return
    masker = masker_of(workflow, options.environ)
    # No secret has a NUL character in it, so none is made or hidden by joining.
    shown = "\0".join((*encoded.atoms, *(name for _, name in outside.seen)))
    if masker.text(shown) != shown:
        return
    with folder.made(os.path.join(options.state_folder, FOLDER)) as kept:
        stored.keep(kept, _request(options), outside.seen, encoded.text)
