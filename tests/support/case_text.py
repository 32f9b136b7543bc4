"""What a check finds in a file, as text, for comparing with expected files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wfopt.analyzer.base import Case, Check, Finding
from wfopt.analyzer.case import case_of
from wfopt.dataclass import replace
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.outside import Outside
from wfopt.formats.reading import read_source
from wfopt.formats.registry import read_any
from wfopt.model.estimates import Estimate, Knowledge, StepFacts
from wfopt.model.workflow import StepId


def case_of_file(path: Path) -> Case:
    """Return the case of a fixture; `NAME.facts.json` beside it is what the history tells.

    The format is the first word of the file's name if a format has that name, such as `github-plain.yml`.
    """
    options = LoadOptions(workspace=str(path.parent), path=str(path), outside=Outside({}))
    word = path.name.partition("-")[0]
    name = word if word in {"native", "github", "gitlab", "taskfile", "dvc", "wfformat"} else ""
    found = read_any(read_source(str(path), name=path.name), options, name)
    facts = path.with_suffix(".facts.json")
    told = json.loads(facts.read_text(encoding="utf-8")) if facts.exists() else {}
    case = case_of(found.format, found.workflow, found.pipeline, knowledge_of(told), found.durations)
    return replace(case, missing=frozenset(told.get("missing", ())))


def knowledge_of(told: Mapping[str, Any]) -> Knowledge:
    """Return what the history tells.

    `{"runs": 9, "cpus": 4, "steps": {"build": {"wall": 12.5, "low": 11, "high": 14, "samples": 9, "cpu": 3,
    "slowest": 20, "memory": 1000, "attempts": 9, "failures": 1, "hits": 0.5}}}`, and `"missing": [PATH]` for
    inputs that do not exist.
    """
    return Knowledge(
        steps={StepId(name): _facts(each) for name, each in told.get("steps", {}).items()},
        runs=told.get("runs", 0),
        source=f"{told.get('runs', 0)} runs",
        cpu_milli=int(1000 * told.get("cpus", 2)),
        slots=int(told.get("cpus", 2)),
    )


def _facts(each: Mapping[str, Any]) -> StepFacts:
    samples = each.get("samples", 9)
    return StepFacts(
        wall=_estimate(each["wall"], each, samples) if "wall" in each else None,
        cpu_s=each.get("cpu"),
        slowest_s=each.get("slowest"),
        memory=_estimate(each["memory"], {}, samples) if "memory" in each else None,
        attempts=each.get("attempts", samples),
        failures=each.get("failures", 0),
        hit_share=each.get("hits"),
    )


def _estimate(expected: float, each: Mapping[str, Any], samples: int) -> Estimate:
    low, high = each.get("low", expected), each.get("high", expected)
    return Estimate(expected=expected, low=low, high=high, samples=samples, model="median-5")


def findings_text(check: Check, case: Case) -> str:
    """Return the findings of a check, some lines each."""
    return "\n".join(line for finding in check.run(case) for line in _lines(finding)) + "\n"


def _lines(finding: Finding) -> Iterator[str]:
    at = finding.primary.span
    words = f"{finding.severity.value} {finding.confidence.value} fix={finding.fix.value}"
    yield f"{at.line}:{at.column}-{at.end_line}:{at.end_column} {finding.code.number} {words}"
    yield f"    {finding.message}"
    if finding.primary.text:
        yield f"    at: {finding.primary.text}"
    for label in finding.related:
        yield f"    see {label.span.line}:{label.span.column}: {label.text}"
    if finding.steps:
        yield f"    steps: {' '.join(finding.steps)}"
    if finding.saving is not None:
        shares = f"{finding.saving.low:.3f} {finding.saving.expected:.3f} {finding.saving.high:.3f}"
        yield f"    saves: {shares} of {finding.saving.gain.value}, by {finding.saving.basis}"
    for cause in finding.causes:
        yield f"    cause: {cause}"
    for hint in finding.hints:
        yield f"    hint: {hint}"
    yield f"    identity: {finding.identity}"
    for edit in finding.edits:
        place = f"{edit.span.line}:{edit.span.column}-{edit.span.end_line}:{edit.span.end_column}"
        yield f"    edit {place}: {edit.text!r}"
