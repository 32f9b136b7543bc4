"""An analysis as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.analyzer.report import MAPPING, AnalysisReport, FileReport
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, Severity
from wfopt.render.analysis.findings import findings_text
from wfopt.render.analysis.sheets import file_line, file_sheet
from wfopt.render.analysis.wording import closing_text
from wfopt.render.diagnostics import render
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint, Style
from wfopt.render.stats_sheet import sheet_text
from wfopt.render.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How an analysis is shown.

    Attributes:
        width: how many columns a line should take.
        cut: whether texts in tables are cut where a line would be longer.
        limit: how many findings of a file are shown at most, or None for all.
        quiet: whether findings alone are shown.
        verbose: whether everything is.
    """

    width: int
    cut: bool = False
    limit: int | None = 30
    quiet: bool = False
    verbose: bool = False


def analysis_text(report: AnalysisReport, paint: Paint, look: Look) -> Iterator[str]:
    """Yield the blocks of text that tell an analysis, each with a line end; the last is about all files.

    Of one file there is a sheet; of several a line each, and sheets if `look` is verbose.
    """
    for file in report.files:
        blocks = list(_file(file, paint, look, whole=len(report.files) == 1 or look.verbose))
        if blocks:
            yield "\n\n".join(blocks) + "\n\n"
    if not look.quiet or report.findings:
        yield paint(harmless(closing_text(report)), Style.BOLD) + "\n"


def _file(report: FileReport, paint: Paint, look: Look, *, whole: bool) -> Iterator[str]:
    if not look.quiet:
        if whole:
            sheet = file_sheet(report, detailed=look.verbose)
            yield sheet_text(sheet, paint, look.width, cut=look.cut).rstrip("\n")
        else:
            yield paint(file_line(report), Style.BOLD)
    yield from findings_text(report, paint, max(look.width, 40), None if look.verbose else look.limit)
    if not look.quiet:
        yield from _remarks(report, paint, look)


def _remarks(report: FileReport, paint: Paint, look: Look) -> Iterator[str]:
    notes = [each for each in report.remarks if _is_note(each)]
    shown = report.remarks if look.verbose else [each for each in report.remarks if not _is_note(each)]
    for each in shown:
        yield render(each, paint, width=max(look.width, 40))
    if notes and not look.verbose:
        yield paint(
            f"{counted(len(notes), 'note')} about what could not be mapped (`-v` shows them)", Style.DIM
        )


def _is_note(remark: Diagnostic) -> bool:
    return remark.severity is Severity.NOTE or remark.code.number.startswith(MAPPING)
