"""Reads one file for an analysis: its text, its format, and where its history is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Protocol

from wfopt.api.analyze_files import Found, format_of
from wfopt.api.places import NATIVE, workspace_of
from wfopt.dataclass import dataclass
from wfopt.formats.imported import Format, Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.outside import Outside
from wfopt.formats.reading import read_source
from wfopt.formats.registry import format_named, read_any
from wfopt.model.globs import WILDCARD
from wfopt.model.workflow import Workflow
from wfopt.source import SourceFile

__all__ = ["NATIVE", "missing_inputs", "read_file", "read_text", "workspace_of"]


class ReadRequest(Protocol):
    """The options that reading a file needs; `AnalyzeOptions` says what they mean."""

    @property
    def format(self) -> str: ...
    @property
    def workspace(self) -> str | None: ...
    @property
    def state_folder(self) -> str | None: ...
    @property
    def params(self) -> Mapping[str, str]: ...
    @property
    def environ(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A file that was read.

    Attributes:
        source: its text.
        path: its absolute path.
        imported: what it says.
        state_folder: the absolute path of the folder with its history.
        place: its path in the workspace, by which the history knows it.
        missing: the inputs that do not exist, as `missing_inputs` says.
    """

    source: SourceFile
    path: str
    imported: Imported
    state_folder: str
    place: str
    missing: frozenset[str]


def read_file(found: Found, request: ReadRequest) -> Read:
    """Return a file with what it says.

    Raises:
        LoadError: it cannot be used, or is of no known format.
    """
    path = os.path.abspath(found.file)
    source = found.source or read_source(found.file)
    chosen = format_named(request.format) if request.format else found.format or format_of(source, path)
    workspace = request.workspace or workspace_of(path, chosen)
    imported = read_text(source, path, chosen, workspace, request)
    return Read(
        source=source,
        path=path,
        imported=imported,
        state_folder=request.state_folder or os.path.join(workspace, ".wfopt"),
        place=os.path.relpath(path, workspace),
        missing=missing_inputs(imported.workflow, workspace),
    )


def read_text(
    source: SourceFile, path: str, chosen: Format | None, workspace: str, request: ReadRequest
) -> Imported:
    """Return what a text says as the file at a path.

    Raises:
        LoadError: it cannot be used, or is of no known format.
    """
    outside = Outside(request.environ)
    options = LoadOptions(
        workspace=workspace,
        path=path,
        params=request.params,
        environ=outside.environ,
        lenient=True,
        outside=outside,
    )
    return chosen.read(source, options) if chosen else read_any(source, options)


def missing_inputs(workflow: Workflow, workspace: str) -> frozenset[str]:
    """Return the declared inputs without wildcards that do not exist, whether or not a step makes them.

    If none at all exists, the file was taken out of its workspace, and nothing is known.

    Args:
        workflow: the steps.
        workspace: the absolute path of the folder in which the inputs start.
    """
    declared = {
        each.text
        for step in workflow.steps
        for each in step.inputs or ()
        if not (each.negated or each.optional or WILDCARD.search(each.text))
    }
    # A file that DVC keeps elsewhere leaves a note in its place.
    missing = {
        text
        for text in declared
        if not any(os.path.lexists(os.path.join(workspace, text + end)) for end in ("", ".dvc"))
    }
    return frozenset(missing) if len(missing) < len(declared) else frozenset()
