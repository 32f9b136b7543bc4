"""An analysis as the `wfopt.analyze/1` document.

Times are seconds and null where no durations are known; savings and slacks are told as shares, too. Numbers
are rounded to 6 decimals. Fields may be added; none is ever renamed.
"""

from __future__ import annotations

from wfopt.analyzer.base import Edit, Finding
from wfopt.analyzer.report import AnalysisReport, FileReport, Graph, Machine, Score
from wfopt.render.analysis.fingerprints import fingerprints
from wfopt.render.documents import Document, diagnostic_document

SCHEMA = "wfopt.analyze/1"


def analysis_document(report: AnalysisReport) -> Document:
    """Return the document: of the one file that was asked for, else with a list of files."""
    if report.single and report.files:
        return {"schema": SCHEMA, **file_document(report.files[0])}
    return {
        "schema": SCHEMA,
        "files": [file_document(each) for each in report.files],
        "errors": [diagnostic_document(each) for each in report.troubles],
        "left_out": {each.name.lower().replace("_", "-"): count for each, count in report.left.items()},
    }


def file_document(report: FileReport) -> Document:
    """Return what is told of a file."""
    prints = fingerprints(report)
    return {
        "file": report.file,
        "format": report.format,
        "workflow": report.workflow.name,
        "graph": _graph(report.graph),
        "bounds": [_machine(each, report.graph) for each in report.machines],
        "strategy": report.strategy,
        "score": report.optimization.value,
        "scores": {"optimization": _score(report.optimization), "complexity": _score(report.complexity)},
        "cost": {
            "reserved_cpu_s": _rounded(report.cost.reserved),
            "used_cpu_s": _rounded(report.cost.used),
            "told_steps": report.cost.told,
            "told_reserved_cpu_s": _rounded(report.cost.reserved_told),
        },
        "runnable": {"steps": report.runnable, "of": report.graph.steps},
        "findings": [
            {**_finding(each, report.graph), "fingerprint": mark}
            for each, mark in zip(report.findings, prints, strict=True)
        ],
        "ignored": report.ignored,
        "known": report.known,
        "remarks": [diagnostic_document(each) for each in report.remarks],
    }


def _graph(graph: Graph) -> Document:
    def seconds(amount: float) -> float | None:
        return _rounded(amount) if graph.timed else None

    def share(amount: float) -> float | None:
        return _rounded(amount / graph.critical) if graph.critical > 0 else None

    return {
        "steps": graph.steps,
        "edges": graph.edges,
        "depth": graph.depth,
        "width": graph.width,
        "work_s": seconds(graph.work),
        "critical_path": list(graph.path),
        "critical_path_s": seconds(graph.critical),
        "parallelism": _rounded(graph.parallelism),
        "basis": graph.basis,
        "slack": [
            {"step": step, "slack_s": seconds(slack), "share": share(slack)}
            for step, slack in graph.slacks.items()
        ],
        "profile": [{"steps": count, "share": _rounded(part)} for count, part in graph.profile],
    }


def _machine(machine: Machine, graph: Graph) -> Document:
    return {
        "cpus": round(machine.cpus, 3),
        "lower_bound_s": _rounded(machine.bound) if graph.timed else None,
        "speedup": _rounded(machine.ceiling),
        "makespan_s": _rounded(machine.makespan) if graph.timed else None,
        "makespan_speedup": _rounded(machine.speedup),
        "meant": machine.meant,
    }


def _score(score: Score) -> Document:
    return {
        "value": score.value,
        "parts": [
            {"name": each.name, "value": _rounded(each.value), "weight": each.weight, "why": each.why}
            for each in score.parts
        ],
    }


def _finding(finding: Finding, graph: Graph) -> Document:
    return {
        **diagnostic_document(finding.diagnostic),
        "end_line": finding.primary.span.end_line,
        "end_column": finding.primary.span.end_column,
        "label": finding.primary.text,
        "confidence": finding.confidence.value,
        "steps": list(finding.steps),
        "fix": finding.fix.value,
        "saving": _saving(finding, graph),
        "related": [
            {
                "file": each.span.source.name,
                "line": each.span.line,
                "column": each.span.column,
                "text": each.text,
            }
            for each in finding.related
        ],
        "edits": [_edit(each) for each in finding.edits],
        "identity": finding.identity,
    }


def _saving(finding: Finding, graph: Graph) -> Document | None:
    saving = finding.saving
    if saving is None:
        return None
    amounts = graph.amounts(saving) or (None, None, None)
    names = ("low_s", "expected_s", "high_s")
    return {
        **{name: _rounded(amount) for name, amount in zip(names, amounts, strict=True)},
        "share": _rounded(saving.expected),
        "low_share": _rounded(saving.low),
        "high_share": _rounded(saving.high),
        "of": saving.gain.value,
        "basis": saving.basis,
    }


def _edit(edit: Edit) -> Document:
    span = edit.span
    return {
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "text": edit.text,
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)
