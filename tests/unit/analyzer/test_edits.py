"""Edits end up where they belong, whole findings at a time, and never over one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.analyses import finding, span_of
from wfopt.analyzer.base import Edit, Finding, Fix
from wfopt.analyzer.edits import editable, edited
from wfopt.source import SourceFile, Span

SOURCE = SourceFile("a.yml", "build: 1\ntest: 2\nend: 3")


def edit(line: int, column: int, end_line: int, end_column: int, text: str) -> Edit:
    return Edit(span=Span(SOURCE, line, column, end_line, end_column), text=text)


def fixing(*edits: Edit, fix: Fix = Fix.SAFE) -> Finding:
    return finding(SOURCE, "build", fix=fix, edits=edits)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (edit(1, 8, 1, 9, "9"), "build: 9\ntest: 2\nend: 3"),
        (edit(2, 1, 2, 1, "new: 0\n"), "build: 1\nnew: 0\ntest: 2\nend: 3"),
        (edit(2, 1, 3, 1, ""), "build: 1\nend: 3"),
        (edit(3, 7, 3, 7, "4"), "build: 1\ntest: 2\nend: 34"),
        (edit(4, 1, 4, 1, "\nlast: 4"), "build: 1\ntest: 2\nend: 3\nlast: 4"),
        (edit(9, 1, 9, 5, "!"), "build: 1\ntest: 2\nend: 3!"),
    ],
)
def test_one_edit(change: Edit, text: str) -> None:
    assert edited(SOURCE, [fixing(change)]).text == text


def test_the_first_of_two_that_overlap_has_its_way() -> None:
    first, second = fixing(edit(1, 1, 1, 6, "make")), fixing(edit(2, 1, 2, 2, "T"), edit(1, 3, 1, 4, "x"))
    found = edited(SOURCE, [first, second])
    assert found.text == "make: 1\ntest: 2\nend: 3"
    assert (found.done, found.left) == ((first,), (second,))


@pytest.mark.parametrize("taken", [edit(1, 1, 2, 3, "-"), edit(1, 3, 1, 3, "-"), edit(1, 1, 1, 9, "-")])
def test_what_overlaps(taken: Edit) -> None:
    other = edit(1, 2, 1, 5, "+")
    assert len(edited(SOURCE, [fixing(taken), fixing(other)]).left) == 1
    assert len(edited(SOURCE, [fixing(other), fixing(taken)]).left) == 1


def test_neighbors_and_insertions_at_one_place_do_not_overlap() -> None:
    findings = [fixing(edit(2, 1, 2, 1, text)) for text in ("x: 1\n", "a: 2\n", "x: 1\n")]
    findings.append(fixing(edit(2, 1, 2, 5, "TEST"), edit(1, 1, 2, 1, "")))
    found = edited(SOURCE, findings)
    assert found.text == "x: 1\na: 2\nTEST: 2\nend: 3"
    assert (len(found.done), found.left) == (4, ())


def test_line_ends_stay_as_they_are() -> None:
    source = SourceFile("a.yml", "a: 1\r\nb: 2\r\n")
    span = Span(source, 2, 1, 2, 1)
    change = finding(source, "a", fix=Fix.SAFE, edits=(Edit(span=span, text="x: 1\n"),))
    assert edited(source, [change]).text == "a: 1\r\nx: 1\r\nb: 2\r\n"


def test_edits_of_other_files_are_not_made() -> None:
    other = SourceFile("b.yml", SOURCE.text)
    change = fixing(Edit(span=span_of(other, "test"), text="x"), edit(1, 1, 1, 2, "B"))
    assert edited(SOURCE, [change]).text == SOURCE.text
    assert edited(SOURCE, [change]).left == (change,)


def test_only_safe_fixes_unless_all_are_wanted() -> None:
    safe, unsafe = fixing(edit(1, 1, 1, 2, "B")), fixing(edit(2, 1, 2, 2, "T"), fix=Fix.UNSAFE)
    findings = [unsafe, safe, fixing()]
    assert editable(findings, unsafe=False) == [safe]
    assert editable(findings, unsafe=True) == [unsafe, safe]


@given(
    st.lists(st.tuples(st.integers(0, 24), st.integers(0, 6), st.sampled_from(["", "x", "yz"])), max_size=12)
)
def test_whatever_the_edits_what_no_one_touches_stays(changes: list[tuple[int, int, str]]) -> None:
    source = SourceFile("a.yml", "abcdefghijklmnopqrstuvwxy")
    findings = [
        finding(
            source,
            "a",
            fix=Fix.SAFE,
            edits=(Edit(span=Span(source, 1, at + 1, 1, min(at + size, 25) + 1), text=text),),
        )
        for at, size, text in changes
    ]
    found = edited(source, findings)
    places = {(*each.edits[0].span[2:5:2], each.edits[0].text) for each in found.done}
    cut = {at for start, end, _ in places for at in range(start - 1, end - 1)}
    kept = [char for at, char in enumerate(source.text) if at not in cut]
    assert len(found.text) == len(kept) + sum(len(text) for _, _, text in places)
    assert sum(end - start for start, end, _ in places) == len(cut)
    assert len(found.done) + len(found.left) == len(findings)
