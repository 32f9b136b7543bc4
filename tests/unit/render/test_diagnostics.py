"""Messages in the shape that users see."""

from textwrap import dedent

import pytest

from tests.support.builders import span_of
from wfopt.codes import BAD_PARAM, UNKNOWN_KEY, UNKNOWN_STEP, UNREADABLE_FILE, YAML_SYNTAX
from wfopt.errors import Diagnostic, Label, Severity
from wfopt.render.diagnostics import render, render_all, summary
from wfopt.render.paint import Paint
from wfopt.source import SourceFile, Span

PLAIN = Paint(color=False)

ETL = SourceFile(
    "etl.yaml",
    dedent("""\
        wfopt: 1

        steps:
          fetch:
            run: curl
          clean:
            run: tidy
            need: [fetch]

          report:
            run: pandoc
            needs: [claen]
    """),
)


def expected(text: str) -> str:
    return dedent(text).strip("\n")


def test_a_message_with_place_and_hint() -> None:
    diagnostic = Diagnostic(
        code=UNKNOWN_KEY,
        message="unknown key `need` in step `clean`",
        primary=Label(span_of(ETL, "need"), "not a step key"),
        hints=("did you mean `needs`?",),
    )
    assert render(diagnostic, PLAIN) == expected("""
        error[WF002]: unknown key `need` in step `clean`
         --> etl.yaml:8:5
          |
        8 |     need: [fetch]
          |     ^^^^ not a step key
          |
          = hint: did you mean `needs`?
    """)


def test_a_message_with_a_related_place_has_the_gutter_of_the_largest_line_number() -> None:
    diagnostic = Diagnostic(
        code=UNKNOWN_STEP,
        message="step `report` needs `claen`, which does not exist",
        severity=Severity.WARNING,
        primary=Label(span_of(ETL, "claen"), "no step has this id"),
        related=(Label(span_of(ETL, "clean"), "`clean` is defined here"),),
        causes=("names are case-sensitive", "names are exact"),
        hints=("did you mean `clean`?",),
    )
    assert render(diagnostic, PLAIN) == expected("""
        warning[WF050]: step `report` needs `claen`, which does not exist
          --> etl.yaml:12:13
           |
        12 |     needs: [claen]
           |             ^^^^^ no step has this id
          ::: etl.yaml:6:3
           |
         6 |   clean:
           |   ----- `clean` is defined here
           |
           = cause: names are case-sensitive
           = cause: names are exact
           = hint: did you mean `clean`?
    """)


def test_a_message_about_a_whole_file() -> None:
    diagnostic = Diagnostic(
        code=UNREADABLE_FILE, message="not UTF-8", file="etl.yaml", hints=("save it as UTF-8",)
    )
    assert render(diagnostic, PLAIN) == expected("""
        error[WF000]: not UTF-8
         --> etl.yaml
          = hint: save it as UTF-8
    """)


def test_a_message_about_an_option_has_no_place() -> None:
    diagnostic = Diagnostic(code=BAD_PARAM, message="`-p top` has no value", severity=Severity.NOTE)
    assert render(diagnostic, PLAIN) == "note[WF010]: `-p top` has no value"


def test_a_label_without_words_leaves_no_space_behind_the_carets() -> None:
    diagnostic = Diagnostic(code=UNKNOWN_KEY, message="unknown key", primary=Label(span_of(ETL, "need")))
    assert render(diagnostic, PLAIN) == expected("""
        error[WF002]: unknown key
         --> etl.yaml:8:5
          |
        8 |     need: [fetch]
          |     ^^^^
    """)


def test_a_span_over_lines_is_marked_to_the_end_of_its_first() -> None:
    source = SourceFile("a.yml", "steps:\n  a: [b,  \n  c]\n")
    diagnostic = Diagnostic(code=YAML_SYNTAX, message="bad", primary=Label(Span(source, 2, 6, 3, 4), "this"))
    assert render(diagnostic, PLAIN).splitlines()[-2:] == ["2 |   a: [b,", "  |      ^^^ this"]


@pytest.mark.parametrize("line", [2, 99])
def test_a_place_behind_the_end_of_the_file_shows_an_empty_line(line: int) -> None:
    source = SourceFile("a.yml", "steps:\n")
    span = Span(source, line, 5, line, 9)
    diagnostic = Diagnostic(code=YAML_SYNTAX, message="unexpected end", primary=Label(span, "here"))
    width = len(str(line))
    assert render(diagnostic, PLAIN).splitlines()[-2:] == [f"{line} |", f"{' ' * width} | ^ here"]


def test_a_long_line_is_cut_and_a_long_label_goes_below() -> None:
    source = SourceFile("a.yml", "x" * 100 + "here" + "y" * 100)
    label = Label(span_of(source, "here"), "this is a label with many words in it")
    diagnostic = Diagnostic(code=YAML_SYNTAX, message="bad", primary=label)
    lines = render(diagnostic, PLAIN, width=50).splitlines()
    assert lines[-3:] == [
        "1 | …xxxxxxxxxxxxxxxxxxxxhereyyyyyyyyyyyyyyyyyyyy…",
        "  |                      ^^^^",
        "  |          this is a label with many words in it",
    ]
    assert max(map(len, lines)) == 50


def test_a_label_longer_than_the_line_is_not_cut() -> None:
    diagnostic = Diagnostic(
        code=UNKNOWN_KEY, message="bad", primary=Label(span_of(ETL, "need"), "word " * 9 + "end")
    )
    assert render(diagnostic, PLAIN, width=30).splitlines()[-1] == "  | " + "word " * 9 + "end"


def test_nothing_from_outside_can_steer_the_terminal() -> None:
    source = SourceFile("a\x1b[2J.yml", "key\x1b[2J: 1\n")
    diagnostic = Diagnostic(
        code=UNKNOWN_KEY,
        message="unknown key `\x1b[2J`",
        primary=Label(Span(source, 1, 1, 1, 8), "\x1b[2J"),
        causes=("\x1b[2J\n",),
        hints=("\x9b",),
    )
    assert render(diagnostic, PLAIN) == expected(r"""
        error[WF002]: unknown key `\x1b[2J`
         --> a\x1b[2J.yml:1:1
          |
        1 | key\x1b[2J: 1
          | ^^^^^^^^^^ \x1b[2J
          |
          = cause: \x1b[2J\x0a
          = hint: \x9b
    """)


def test_color_changes_nothing_but_color() -> None:
    diagnostic = Diagnostic(
        code=UNKNOWN_KEY, message="bad", primary=Label(span_of(ETL, "need"), "here"), hints=("fix it",)
    )
    colored = render(diagnostic, Paint(color=True))
    assert colored.startswith("\x1b[1;31merror[WF002]\x1b[0m\x1b[1m: bad\x1b[0m\n")
    assert "\x1b[1;31m^^^^\x1b[0m \x1b[1;31mhere\x1b[0m" in colored


def test_all_messages_are_followed_by_their_number() -> None:
    error = Diagnostic(code=BAD_PARAM, message="one")
    warning = Diagnostic(code=BAD_PARAM, message="two", severity=Severity.WARNING)
    assert render_all([error, warning, error], PLAIN) == expected("""
        error[WF010]: one

        warning[WF010]: two

        error[WF010]: one

        2 errors, 1 warning
    """)


def test_no_messages_are_no_text() -> None:
    assert render_all([], PLAIN) == ""


def test_the_summary_names_only_what_there_is() -> None:
    note = Diagnostic(code=BAD_PARAM, message="x", severity=Severity.NOTE)
    assert summary([note]) == "1 note"
