"""What the edits of findings would make of a file; the file itself is never written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wfopt.analyzer.base import Finding
from wfopt.analyzer.edits import Edited, editable, edited
from wfopt.analyzer.report import FileReport
from wfopt.api.analyze_reading import ReadRequest, read_text, workspace_of
from wfopt.codes import DUPLICATE_KEY
from wfopt.dataclass import replace
from wfopt.errors import LoadError
from wfopt.formats.imported import Imported
from wfopt.formats.registry import format_named
from wfopt.source import SourceFile

Reader = Callable[[SourceFile], Imported]
"""Reads a text as the format of the file.

Raises:
    LoadError: it cannot be used.
"""


def edits_of(report: FileReport, request: ReadRequest, *, unsafe: bool) -> Edited:
    """Return a file with the edits of the findings that a report of it shows.

    Args:
        report: of the file.
        request: what it was read with.
        unsafe: whether to make edits that may change results, too.
    """
    chosen = format_named(report.format)
    workspace = request.workspace or workspace_of(report.path, chosen)

    def read(source: SourceFile) -> Imported:
        return read_text(source, report.path, chosen, workspace, request)

    return checked_edits(report.source, editable(report.findings, unsafe=unsafe), read)


def checked_edits(source: SourceFile, findings: Sequence[Finding], read: Reader) -> Edited:
    """Return a file with the edits of findings, none of which makes it a file that cannot be read.

    Args:
        source: the file.
        findings: those with edits, in the order of their precedence.
        read: reads the outcome.
    """
    whole = edited(source, findings)
    if not whole.done:
        return whole
    before = _doubled(read(source))
    if _is_sound(whole.text, source, read, before):
        return whole
    good: list[Finding] = []
    for finding in whole.done:
        if _is_sound(edited(source, [*good, finding]).text, source, read, before):
            good.append(finding)
    kept = set(map(id, good))
    left = tuple(each for each in findings if id(each) not in kept)
    return replace(edited(source, good), left=left)


def _is_sound(text: str, source: SourceFile, read: Reader, doubled: int) -> bool:
    try:
        return _doubled(read(replace(source, text=text))) <= doubled
    except LoadError:
        return False


def _doubled(imported: Imported) -> int:
    """Return how many keys stand twice: two edits may have added the same one."""
    return sum(each.code == DUPLICATE_KEY for each in imported.remarks)
