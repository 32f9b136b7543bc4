"""Findings as messages for a terminal: what, where, why, what to do, and what that saves."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.analyzer.base import Finding
from wfopt.analyzer.report import FileReport, Graph
from wfopt.render.analysis.wording import fix_text, saving_text
from wfopt.render.diagnostics import DEFAULT_WIDTH, render
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint, Style


def finding_text(finding: Finding, graph: Graph, paint: Paint, width: int = DEFAULT_WIDTH) -> str:
    """Return a finding as lines of text, without a line end behind the last."""
    diagnostic = finding.diagnostic
    labels = [finding.primary, *finding.related]
    margin = " " * max(len(str(label.span.line)) for label in labels)
    lines = [render(diagnostic, paint, width=width)]
    if not (diagnostic.causes or diagnostic.hints):
        lines.append(paint(f"{margin} |", Style.DIM))
    lines += [
        f"{margin} {paint(f'= {word}:', Style.BOLD)} {harmless(text)}"
        for word, text in _notes(finding, graph)
    ]
    return "\n".join(lines)


def findings_text(report: FileReport, paint: Paint, width: int, limit: int | None) -> Iterator[str]:
    """Yield the findings of a file as blocks of text, `limit` at most, and how many more there are."""
    shown = report.findings if limit is None else report.findings[:limit]
    for finding in shown:
        yield finding_text(finding, report.graph, paint, width)
    hidden = len(report.findings) - len(shown)
    if hidden:
        yield paint(f"… and {hidden} more, each worth no more (`--limit`, `-v`)", Style.DIM)


def _notes(finding: Finding, graph: Graph) -> Iterator[tuple[str, str]]:
    if finding.saving is not None:
        yield "saves", saving_text(finding.saving, graph)
    fix = fix_text(finding)
    yield "confidence", f"{finding.confidence.value}{f'; fix: {fix}' if fix else ''}"
