"""An analysis as SARIF 2.1.0, which code hosts show beside the lines.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from wfopt.analyzer.base import Edit, Finding
from wfopt.analyzer.report import AnalysisReport, FileReport
from wfopt.analyzer.selecting import value_of
from wfopt.codes import Code
from wfopt.errors import Diagnostic, Severity
from wfopt.render.analysis.fingerprints import fingerprints
from wfopt.render.analysis.wording import saving_text
from wfopt.render.documents import Document
from wfopt.source import Span
from wfopt.version import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_FINGERPRINT = "wfopt/v1"


def sarif_document(report: AnalysisReport, help_of: Mapping[Code, str]) -> Document:
    """Return the log of one run of the tool.

    Args:
        report: what was found.
        help_of: what `--explain` says of codes, as far as that is more than their summary.
    """
    codes = sorted({each.code for each in report.findings}, key=lambda code: code.number)
    places = {code: place for place, code in enumerate(codes)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "wfopt",
                        "version": __version__,
                        "rules": [_rule(code, help_of.get(code, "")) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(report)],
                "artifacts": [{"location": {"uri": uri_of(each.file)}} for each in report.files],
                "results": list(_results(report.files, places)),
            }
        ],
    }


def uri_of(path: str) -> str:
    """Return a path as a relative reference, or as a `file` URI if it is absolute.

    >>> uri_of("a b/c.yml"), uri_of("/x:y.yml")
    ('a%20b/c.yml', 'file:///x%3Ay.yml')
    """
    quoted = quote(path.encode("utf-8", "surrogateescape"))
    return f"file://{quoted}" if path.startswith("/") else quoted


def _rule(code: Code, explained: str) -> Document:
    rule: Document = {
        "id": code.number,
        "name": code.name,
        "shortDescription": {"text": code.summary},
    }
    if explained:
        rule["help"] = {"text": explained}
    return rule


def _invocation(report: AnalysisReport) -> Document:
    return {
        "executionSuccessful": not report.troubles,
        "toolExecutionNotifications": [_notification(each) for each in report.troubles],
    }


def _notification(diagnostic: Diagnostic) -> Document:
    found: Document = {
        "descriptor": {"id": diagnostic.code.number},
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": diagnostic.message},
    }
    if diagnostic.primary is not None:
        found["locations"] = [_location(diagnostic.primary.span)]
    elif diagnostic.file:
        found["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": uri_of(diagnostic.file)}}}]
    return found


def _results(files: Iterable[FileReport], places: Mapping[Code, int]) -> Iterator[Document]:
    for file in files:
        for finding, mark in zip(file.findings, fingerprints(file), strict=True):
            result: Document = {
                "ruleId": finding.code.number,
                "ruleIndex": places[finding.code],
                "level": _LEVELS[finding.severity],
                "message": {"text": _message(finding, file)},
                "locations": [_location(finding.primary.span)],
                "partialFingerprints": {_FINGERPRINT: mark},
                "rank": round(100 * value_of(finding), 3),
                "properties": _properties(finding, file),
            }
            if finding.related:
                result["relatedLocations"] = [
                    {
                        "id": number,
                        **_location(each.span),
                        **({"message": {"text": each.text}} if each.text else {}),
                    }
                    for number, each in enumerate(finding.related, start=1)
                ]
            if finding.edits:
                result["fixes"] = [_fix(finding)]
            yield result


def _message(finding: Finding, file: FileReport) -> str:
    parts = [finding.message, *finding.causes, *finding.hints]
    if finding.saving is not None:
        parts.append(f"saves {saving_text(finding.saving, file.graph)}")
    return ". ".join(parts)


def _properties(finding: Finding, file: FileReport) -> Document:
    properties: Document = {
        "confidence": finding.confidence.value,
        "fix": finding.fix.value,
        "steps": list(finding.steps),
    }
    if finding.saving is not None:
        amounts = file.graph.amounts(finding.saving)
        properties["saving"] = {
            "share": round(finding.saving.expected, 6),
            "of": finding.saving.gain.value,
            "expected_s": None if amounts is None else round(amounts[1], 6),
            "basis": finding.saving.basis,
        }
    return properties


def _location(span: Span) -> Document:
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri_of(span.source.name)}, "region": _region(span)}
    }


def _region(span: Span) -> Document:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _fix(finding: Finding) -> Document:
    by_file: dict[str, list[Edit]] = {}
    for edit in finding.edits:
        by_file.setdefault(edit.span.source.name, []).append(edit)
    return {
        "description": {"text": finding.hints[0] if finding.hints else finding.code.summary},
        "artifactChanges": [
            {"artifactLocation": {"uri": uri_of(file)}, "replacements": _replacements(edits)}
            for file, edits in by_file.items()
        ],
    }


def _replacements(edits: Sequence[Edit]) -> list[Document]:
    return [
        {"deletedRegion": _region(each.span), "insertedContent": {"text": each.text}}
        for each in sorted(edits, key=lambda each: each.span[1:])
    ]
