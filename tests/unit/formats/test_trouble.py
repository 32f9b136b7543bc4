"""A parser's complaint and the text around its place."""

from __future__ import annotations

import yaml

from tests.support.yaml_texts import place, source_of
from wfopt.formats.trouble import Trouble, span_at, trouble_of

SOURCE = source_of("a: [1,\n  b: x\n\n")


def test_what_stands_around_the_place() -> None:
    trouble = Trouble(SOURCE, "", at=10, since=3)
    assert (trouble.character, trouble.before, trouble.is_on_later_line) == (":", "  b", True)
    assert not Trouble(SOURCE, "", at=5, since=3).is_on_later_line


def test_the_end_of_the_file() -> None:
    trouble = Trouble(SOURCE, "", at=len(SOURCE.text), since=3)
    assert (trouble.character, trouble.before) == ("", "")
    assert place(span_at(SOURCE, len(SOURCE.text))) == (2, 7)
    assert place(span_at(SOURCE, len(SOURCE.text) - 1)) == (2, 7)
    assert place(span_at(SOURCE, 12)) == (2, 6)


def test_from_an_exception() -> None:
    start, mark = yaml.Mark("", 3, 0, 3, None, 0), yaml.Mark("", 10, 1, 3, None, 0)
    error = yaml.MarkedYAMLError("while reading", start, "no", mark)
    assert trouble_of(error, SOURCE) == Trouble(SOURCE, "while reading: no", at=10, since=3)
    assert trouble_of(yaml.MarkedYAMLError(problem_mark=mark), SOURCE) == Trouble(
        SOURCE, ": ", at=10, since=10
    )
    assert trouble_of(yaml.MarkedYAMLError("while reading", start), SOURCE) is None


def test_messages() -> None:
    trouble = Trouble(SOURCE, "", at=10, since=3)
    problem = trouble.report("wrong", "here", "do it right", related=trouble.since_label("since here"))
    assert (problem.message, problem.hints) == ("wrong", ("do it right",))
    assert problem.primary is not None
    assert (place(problem.primary.span), problem.primary.text) == ((2, 4), "here")
    assert [(place(label.span), label.text) for label in problem.related] == [((1, 4), "since here")]
    moved = trouble.report("wrong", "here", at=3, related=trouble.at_label("at"))
    assert moved.primary is not None
    assert (place(moved.primary.span), place(moved.related[0].span)) == ((1, 4), (2, 4))


def test_there_is_no_second_label_for_one_place() -> None:
    assert Trouble(SOURCE, "", at=3, since=3).since_label("since here") == ()
