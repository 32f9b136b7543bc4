"""What findings are told apart by from one analysis to the next."""

from __future__ import annotations

import hashlib
from collections import Counter

from wfopt.analyzer.report import FileReport


def fingerprints(report: FileReport) -> list[str]:
    """Return a text for each finding of a file that does not change when lines above it are added.

    It comes from the file, the code and what the finding is about; of several with all of these the same,
    also from their order.
    """
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for finding in report.findings:
        key = (finding.code.number, finding.identity or finding.message)
        text = "\0".join((report.file, *key, str(seen[key])))
        seen[key] += 1
        found.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return found
