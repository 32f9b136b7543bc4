"""Analyses for tests: findings that are made up, and reports of workflows with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from wfopt.analyzer.base import Case, Check, Confidence, Edit, Finding, Fix, Gain, Saving
from wfopt.analyzer.case import UNIT_BASIS
from wfopt.analyzer.checks.duplicate_step import DuplicateStep
from wfopt.analyzer.checks.no_timeout import NoTimeout
from wfopt.analyzer.report import AnalysisReport
from wfopt.api.analyze import AnalyzeOptions, analyze
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity
from wfopt.scheduler.registry import STRATEGIES
from wfopt.source import SourceFile, Span

NO_TIMEOUT = NoTimeout.code
DUPLICATE_STEP = DuplicateStep.code

TEXT = """\
wfopt: 1
name: shop
steps:
  build:
    run: make build
    x-duration: 60s
  lint:
    run: make lint
    x-duration: 30s
  test:
    needs: [build]
    run: make test
    x-duration: 120s
"""

UNTIMED = "".join(line for line in TEXT.splitlines(keepends=True) if "x-duration" not in line)

TWO_CPUS = Capacity(slots=2, cpu_milli=2000)


class FakeCheck:
    """Finds what it is told to.

    Attributes:
        code: of its findings.
        found: returns them.
    """

    def __init__(self, code: Code, found: Callable[[Case], Iterable[Finding]]) -> None:
        self.code = code
        self.found = found

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield what it is told to find."""
        return self.found(case)


def span_of(source: SourceFile, text: str) -> Span:
    """Return where a text without line ends stands first."""
    before = source.text[: source.text.index(text)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Span(source, line, column, line, column + len(text))


def saving(expected: float, gain: Gain = Gain.TIME, basis: str = UNIT_BASIS) -> Saving:
    """Return a saving between half of it and all of it."""
    return Saving(low=expected / 2, expected=expected, high=expected, gain=gain, basis=basis)


def finding(source: SourceFile, text: str = "build", **changes: Any) -> Finding:
    """Return a finding at the first place of a text in a file."""
    fields: dict[str, Any] = {
        "code": NO_TIMEOUT,
        "message": f"`{text}` has no `timeout`",
        "severity": Severity.WARNING,
        "confidence": Confidence.HIGH,
        "primary": Label(span_of(source, text), "here"),
        "identity": text,
    }
    return Finding(**(fields | changes))


def slow_and_twice(case: Case) -> Iterable[Finding]:
    """Yield a finding with all that there may be, and a plain one."""
    source = case.workflow.source or SourceFile("none", "")
    place = span_of(source, "    run: make test")
    start = Span(source, place.line, 1, place.line, 1)
    yield finding(
        source,
        "test",
        severity=Severity.ERROR,
        related=(Label(span_of(source, "lint"), "as here"),),
        steps=(StepId("test"),),
        saving=saving(0.4, basis=case.basis),
        fix=Fix.SAFE,
        edits=(Edit(span=start, text="    timeout: 5m\n"),),
        causes=("a step that hangs is not ended",),
        hints=("add `timeout: 5m`",),
    )
    yield finding(
        source, "lint", code=DUPLICATE_STEP, message="`lint` is done twice", confidence=Confidence.LOW
    )


CHECKS: tuple[Check, ...] = (FakeCheck(NO_TIMEOUT, slow_and_twice),)


def options(*paths: str, **changes: Any) -> AnalyzeOptions:
    """Return the options of an analysis on two cpus."""
    fields: dict[str, Any] = {"capacity": TWO_CPUS, "strategy": STRATEGIES[0]}
    return AnalyzeOptions(paths=paths, **(fields | changes))


def analyzed(
    folder: Path, text: str = TEXT, checks: Sequence[Check] = CHECKS, **changes: Any
) -> AnalysisReport:
    """Write a workflow into a folder, which must be the current one, and analyze it."""
    (folder / "wfopt.yml").write_text(text)
    return analyze(options("wfopt.yml", **changes), checks)
