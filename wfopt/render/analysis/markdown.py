"""An analysis as Markdown, for a comment on a pull request or the summary of a job."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.analyzer.base import Finding
from wfopt.analyzer.report import AnalysisReport, FileReport
from wfopt.render.analysis.sheets import file_sheet
from wfopt.render.analysis.wording import amount_text, closing_text, saving_text
from wfopt.render.github_summary import markdown
from wfopt.render.stats_markdown import sheet_markdown

FINDINGS = 30
"""So many findings of a file are listed, the most valuable first."""

FILES = 100
"""So many files are listed: a comment has its limits."""


def analysis_markdown(report: AnalysisReport) -> str:
    """Return an analysis; what files say stands there as text only."""
    parts = [f"## wfopt analyze\n\n{markdown(closing_text(report))}"]
    if len(report.files) == 1:
        parts += _single(report.files[0])
    else:
        parts += _several(report)
    for each in report.troubles:
        place = str(each.primary.span) if each.primary else each.file or ""
        parts.append(
            f"**{each.severity.value} {each.code.number}** {markdown(place)}: {markdown(each.message)}"
        )
    return "\n\n".join(parts) + "\n"


def _single(report: FileReport) -> Iterator[str]:
    yield sheet_markdown(file_sheet(report, detailed=False)).rstrip("\n")
    if report.findings:
        yield _findings(report)


def _several(report: AnalysisReport) -> Iterator[str]:
    shown = report.files[:FILES]
    if shown:
        rows = ["| file | steps | critical path | score | findings |", "| --- | ---: | ---: | ---: | ---: |"]
        rows += [
            f"| {markdown(each.file)} | {each.graph.steps} | {amount_text(each.graph.critical, each.graph)} "
            f"| {each.optimization.value} | {len(each.findings)} |"
            for each in shown
        ]
        yield "\n".join(rows)
    for file in shown:
        if file.findings:
            yield f"### {markdown(file.file)}"
            yield _findings(file)
    if len(report.files) > len(shown):
        yield f"… and {len(report.files) - len(shown)} more files"


def _findings(report: FileReport) -> str:
    rows = ["| finding | line | saves | |", "| --- | ---: | --- | --- |"]
    rows += [_row(each, report) for each in report.findings[:FINDINGS]]
    hidden = len(report.findings) - FINDINGS
    return "\n".join(rows) + (f"\n\n… and {hidden} more" if hidden > 0 else "")


def _row(finding: Finding, report: FileReport) -> str:
    what = f"**{finding.severity.value} {finding.code.number}** {markdown(finding.message)}"
    saves = markdown(saving_text(finding.saving, report.graph)) if finding.saving else ""
    hint = markdown(finding.hints[0]) if finding.hints else ""
    return f"| {what} | {finding.primary.span.line} | {saves} | {hint} |"
