"""Findings as annotations of GitHub Actions, next to the lines that they are about.

Workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from wfopt.analyzer.base import Finding
from wfopt.analyzer.report import AnalysisReport, FileReport
from wfopt.analyzer.selecting import value_of
from wfopt.errors import Severity
from wfopt.render.analysis.wording import closing_text, saving_text
from wfopt.render.github import annotate
from wfopt.render.harmless import harmless
from wfopt.render.words import counted

MOST_OF_A_LEVEL = 10
"""GitHub shows so many annotations of each level for a step of a job, and drops the others."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def annotation_lines(report: AnalysisReport) -> Iterator[str]:
    """Yield the annotations, the most valuable of each level, and then a line about all findings."""
    counts: Counter[Severity] = Counter()
    for each in report.troubles:
        counts[each.severity] += 1
        if counts[each.severity] <= MOST_OF_A_LEVEL:
            yield annotate(each)
    pairs = [(finding, file) for file in report.files for finding in file.findings]
    # Stable: of the same worth, they stay in the order of the files.
    pairs.sort(key=lambda pair: -round(value_of(pair[0]), 9))
    for finding, file in pairs:
        counts[finding.severity] += 1
        if counts[finding.severity] <= MOST_OF_A_LEVEL:
            yield _annotation(finding, file)
    hidden = sum(max(0, count - MOST_OF_A_LEVEL) for count in counts.values())
    more = f"; {counted(hidden, 'finding')} not annotated" if hidden else ""
    yield harmless(closing_text(report)) + more


def _annotation(finding: Finding, file: FileReport) -> str:
    span = finding.primary.span
    properties = {
        "file": span.source.name,
        "line": str(span.line),
        "col": str(span.column),
        "endLine": str(span.end_line),
        **({"endColumn": str(span.end_column)} if span.end_line == span.line else {}),
        "title": f"{finding.code.number} {finding.code.name}",
    }
    parts = [finding.message, *finding.causes, *(f"hint: {each}" for each in finding.hints)]
    if finding.saving is not None:
        parts.append(f"saves: {saving_text(finding.saving, file.graph)}")
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(parts)}"


def _data(lines: list[str]) -> str:
    return "%0A".join(harmless(each).replace("%", "%25") for each in lines)


def _property(text: str) -> str:
    return harmless(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
