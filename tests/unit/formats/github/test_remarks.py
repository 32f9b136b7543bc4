"""Notes with counts."""

from wfopt.codes import NOT_MAPPED
from wfopt.formats.github.remarks import Remarks
from wfopt.formats.problems import Problems
from wfopt.source import SourceFile, Span

FILE = SourceFile("ci.yml", "a\nb\n")


def test_a_place_counts_once() -> None:
    problems = Problems()
    remarks = Remarks(problems)
    for line in (1, 2, 2):
        remarks.add(NOT_MAPPED, "many", Span(FILE, line, 1, line, 2))
    remarks.add(NOT_MAPPED, "one", Span(FILE, 2, 1, 2, 2))
    assert problems.found == ()
    remarks.flush()
    assert [each.message for each in problems.found] == ["many (2 places)", "one"]


def test_what_was_seen_is_not_new() -> None:
    remarks = Remarks(Problems())
    assert [remarks.is_new("a"), remarks.is_new("a"), remarks.is_new("b")] == [True, False, True]
