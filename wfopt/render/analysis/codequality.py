"""Findings as a code quality report of GitLab.

The format: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib

from wfopt.analyzer.report import AnalysisReport
from wfopt.errors import Severity
from wfopt.render.analysis.fingerprints import fingerprints
from wfopt.render.analysis.wording import saving_text
from wfopt.render.documents import Document

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


def codequality_list(report: AnalysisReport) -> list[Document]:
    """Return the findings of all files, and what is wrong with files that cannot be used."""
    found: list[Document] = []
    for file in report.files:
        for finding, mark in zip(file.findings, fingerprints(file), strict=True):
            saving = f"; saves {saving_text(finding.saving, file.graph)}" if finding.saving else ""
            found.append(
                {
                    "description": f"{finding.message}{saving}",
                    "check_name": f"{finding.code.number} {finding.code.name}",
                    "fingerprint": mark,
                    "severity": _SEVERITIES[finding.severity],
                    "location": {
                        "path": finding.primary.span.source.name,
                        "lines": {
                            "begin": finding.primary.span.line,
                            "end": finding.primary.span.end_line,
                        },
                    },
                }
            )
    for each in report.troubles:
        span = each.primary.span if each.primary else None
        path = span.source.name if span else each.file or ""
        key = f"{path}\0{each.code.number}\0{each.message}"
        found.append(
            {
                "description": each.message,
                "check_name": f"{each.code.number} {each.code.name}",
                "fingerprint": hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32],
                "severity": "blocker",
                "location": {"path": path, "lines": {"begin": span.line if span else 1}},
            }
        )
    return found
