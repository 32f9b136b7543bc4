"""Notes of importers."""

from __future__ import annotations

from wfopt.codes import IGNORED_KEY, NOT_MAPPED
from wfopt.errors import Diagnostic, Severity
from wfopt.formats.remarks import Remarks
from wfopt.source import SourceFile, Span

SOURCE = SourceFile("a.yml", "a\nb\nc\n")


def at(line: int) -> Span:
    return Span(SOURCE, line, 1, line, 2)


def test_what_is_said_of_several_places_is_told_once() -> None:
    remarks = Remarks()
    remarks.note(NOT_MAPPED, "later", at(3))
    for line in (1, 2, 2):
        remarks.warn(IGNORED_KEY, "often", at(line), hint="do not")
    other = Diagnostic(code=NOT_MAPPED, message="from elsewhere", file="a.yml")
    remarks.add((other, other))
    assert [each.message for each in remarks.found] == ["from elsewhere", "often (2 times)", "later"]
    assert remarks.found[1].severity is Severity.WARNING
    assert remarks.found[1].hints == ("do not",)
