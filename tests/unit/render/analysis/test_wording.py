"""The words of an analysis."""

import pytest

from tests.support.analyses import TEXT, finding, saving, span_of
from wfopt.analyzer.base import Edit, Fix, Gain, Saving
from wfopt.analyzer.report import Graph, Left
from wfopt.errors import Severity
from wfopt.render.analysis.wording import amount_text, counts_text, fix_text, left_text, saving_text
from wfopt.source import SourceFile

SOURCE = SourceFile("wfopt.yml", TEXT)


def graph(*, timed: bool) -> Graph:
    return Graph(
        steps=4,
        edges=3,
        depth=4,
        width=1,
        work=200,
        critical=100,
        path=(),
        timed=timed,
        basis="14 runs",
        slacks={},
        profile=((1, 1.0),),
    )


@pytest.mark.parametrize(
    ("found", "timed", "text"),
    [
        (
            saving(0.31),
            False,
            "about 31 % of the critical path, between 16 % and 31 % (every step taken to last equally long)",
        ),
        (
            saving(0.5, basis="14 runs"),
            True,
            "about 50.0 s, 50 % of the critical path, between 25 % and 50 % (14 runs)",
        ),
        (
            Saving(low=0.25, expected=0.25, high=0.25, gain=Gain.WORK, basis="14 runs"),
            True,
            "about 50.0 s, 25 % of all work (14 runs)",
        ),
        (saving(0.0, basis="1 run"), True, "next to nothing of the critical path (1 run)"),
    ],
)
def test_savings(found: Saving, timed: bool, text: str) -> None:
    assert saving_text(found, graph(timed=timed)) == text


def test_seconds_only_where_they_are_known() -> None:
    assert amount_text(90, graph(timed=True)) == "1m 30s"
    assert [amount_text(each, graph(timed=False)) for each in (1, 3, 2.5)] == [
        "1 step",
        "3 steps",
        "2.5 steps",
    ]


def test_fixes() -> None:
    edits = (Edit(span=span_of(SOURCE, "lint"), text="x"),)
    fixes = [
        finding(SOURCE),
        finding(SOURCE, fix=Fix.UNSAFE),
        finding(SOURCE, fix=Fix.SAFE, edits=edits),
        finding(SOURCE, fix=Fix.UNSAFE, edits=edits),
    ]
    assert [fix_text(each) for each in fixes] == [
        "",
        "unsafe",
        "safe, `--diff` shows it",
        "unsafe, `--diff --unsafe-fixes` shows it",
    ]


def test_counts() -> None:
    assert counts_text([]) == "no findings"
    assert counts_text([finding(SOURCE)]) == "1 finding (1 warning)"
    both = [finding(SOURCE), finding(SOURCE, severity=Severity.ERROR)]
    assert counts_text(both) == "2 findings (1 error, 1 warning)"


def test_what_was_left_out() -> None:
    assert left_text({}) == ""
    assert (
        left_text({Left.HUGE: 1, Left.NO_WORKFLOW: 12}) == "13 files left out (12 no workflow, 1 too large)"
    )
