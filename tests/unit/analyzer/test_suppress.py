"""Comments silence the findings that they are about, and say so when there are none."""

import pytest

from tests.support.analyses import NO_TIMEOUT, finding
from wfopt.analyzer.suppress import silences_of, without_silenced
from wfopt.codes import UNUSED_IGNORE
from wfopt.errors import Severity
from wfopt.source import SourceFile

TEXT = """\
jobs:
  build:
    steps:
    - name: one
      run: make one
    - name: two
      run: make two
  test:
    steps:
      - run: make three
        env:
          A: four
"""


def silenced(place: str, comment: str, about: str, code: str = "WF301") -> bool:
    """Put a comment behind the first line with a text, or above it if it ends in a line end."""
    lines = TEXT.splitlines()
    at = next(number for number, line in enumerate(lines) if place in line)
    if comment.endswith("\n"):
        lines.insert(at, f"  {comment}".rstrip())
    else:
        lines[at] += f"  {comment}"
    source = SourceFile("ci.yml", "\n".join(lines))
    kept, gone = without_silenced([finding(source, about)], source)
    assert len(kept) + len(gone) >= 1
    assert bool(gone) is not any(each.code is NO_TIMEOUT for each in kept)
    assert bool(gone) is not any(each.code is UNUSED_IGNORE for each in kept)
    return bool(gone)


@pytest.mark.parametrize(
    ("place", "about", "hit"),
    [
        ("make one", "make one", True),
        ("name: one", "make one", True),
        ("name: two", "make one", False),
        ("name: one", "make two", False),
        ("steps:", "make two", True),
        ("build:", "make two", True),
        ("build:", "make three", False),
        ("jobs:", "four", True),
        ("env:", "four", True),
        ("env:", "make three", False),
        ("make three", "four", True),
        ("A: four", "make three", False),
    ],
)
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_comment_counts_for_its_block(place: str, about: str, hit: bool, end: str) -> None:
    assert silenced(place, f"# wfopt: ignore[WF301] for a reason{end}", about) is hit


@pytest.mark.parametrize(
    ("comment", "hit"),
    [
        ("# wfopt: ignore", True),
        ("#wfopt:ignore", True),
        ("# wfopt: ignore[no-timeout]", True),
        ("# wfopt: ignore [WF101, WF301]", True),
        ("# wfopt: ignore[WF3]", True),
        ("# wfopt: ignore[WF101]", False),
        ("# wfopt: ignore[]", False),
        ("# wfopt: ignore[WF3O1]", False),
    ],
)
def test_which_codes_are_meant(comment: str, hit: bool) -> None:
    assert silenced("make one", comment, "make one") is hit


@pytest.mark.parametrize("text", ["a: 1 # wfopt: ignored", "a: b# wfopt: ignore", "a: 1 # ignore"])
def test_what_is_no_such_comment(text: str) -> None:
    assert silences_of(SourceFile("a.yml", text)) == []


def test_several_comments_stand_above_one_line() -> None:
    source = SourceFile("a.yml", "# wfopt: ignore[WF101]\n# why\n\n# wfopt: ignore[WF301]\nbuild: 1\n")
    assert [each.line for each in silences_of(source)] == [5, 5]
    kept, gone = without_silenced([finding(source, "build")], source)
    assert [each.code for each in kept] == [UNUSED_IGNORE]
    assert [each.code for each in gone] == [NO_TIMEOUT]


def test_a_comment_below_everything_is_about_nothing() -> None:
    source = SourceFile("a.yml", "build: 1\n# wfopt: ignore\n")
    kept, gone = without_silenced([finding(source, "build")], source)
    assert [each.code.number for each in kept] == ["WF301", "WF408"]
    assert gone == []


def test_an_unused_comment_is_a_note_with_its_place() -> None:
    source = SourceFile("a.yml", "build: 1  # wfopt: ignore[WF3O1, WF101] soon\n")
    kept, _ = without_silenced([], source)
    (note,) = kept
    assert (note.severity, str(note.primary.span)) == (Severity.NOTE, "a.yml:1:11")
    assert note.hints == ("there is no code `WF3O1`: did you mean `WF301`?",)
    assert note.identity == "# wfopt: ignore[WF3O1, WF101]"


def test_findings_in_other_files_are_not_silenced() -> None:
    source, other = SourceFile("a.yml", "build: 1 # wfopt: ignore\n"), SourceFile("b.yml", "build: 1\n")
    kept, gone = without_silenced([finding(other, "build")], source)
    assert [each.code.number for each in kept] == ["WF301", "WF408"]
    assert gone == []
