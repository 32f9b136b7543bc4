"""Reports of many findings, many files, and files that cannot be used."""

from collections.abc import Iterable
from pathlib import Path

import jsonschema
import pytest

from tests.support.analyses import CHECKS, NO_TIMEOUT, TEXT, FakeCheck, analyzed, finding, options, saving
from tests.support.sarif_schema import SARIF
from wfopt.analyzer.base import Case, Check, Finding
from wfopt.analyzer.report import AnalysisReport, Cost
from wfopt.api.analyze import analyze
from wfopt.dataclass import replace
from wfopt.errors import Diagnostic, Severity
from wfopt.render.analysis.annotations import annotation_lines
from wfopt.render.analysis.codequality import codequality_list
from wfopt.render.analysis.fingerprints import fingerprints
from wfopt.render.analysis.markdown import analysis_markdown
from wfopt.render.analysis.sarif import sarif_document, uri_of
from wfopt.render.analysis.text import Look, analysis_text
from wfopt.render.paint import Paint
from wfopt.source import SourceFile

PLAIN = Paint(color=False)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def finding_many(count: int, severity: Severity = Severity.WARNING) -> tuple[Check, ...]:
    def found(case: Case) -> Iterable[Finding]:
        source = case.workflow.source or SourceFile("", "")
        for number in range(count):
            message = f"number {number}{' too' if severity is Severity.NOTE else ''}"
            yield finding(
                source, severity=severity, message=message, identity="", saving=saving(number / 100)
            )

    return (FakeCheck(NO_TIMEOUT, found),)


def text(report: AnalysisReport, look: Look) -> str:
    return "".join(analysis_text(report, PLAIN, look))


def test_annotations_are_few_and_the_most_valuable(tmp_path: Path) -> None:
    *shown, last = annotation_lines(analyzed(tmp_path, checks=finding_many(13)))
    assert [line.partition("::number ")[2].partition("%")[0] for line in shown] == [
        str(12 - each) for each in range(10)
    ]
    assert last == "1 file: 13 findings (13 warnings); 3 findings not annotated"


def test_annotations_of_each_level_count_by_themselves(tmp_path: Path) -> None:
    checks = (*finding_many(11), *finding_many(11, Severity.NOTE))
    lines = list(annotation_lines(analyzed(tmp_path, checks=checks)))
    assert sum(line.startswith("::warning ") for line in lines) == 10
    assert sum(line.startswith("::notice ") for line in lines) == 10


def test_files_that_cannot_be_used_are_annotated(tmp_path: Path) -> None:
    report = analyze(options("gone.yml"), ())
    assert next(iter(annotation_lines(report))).startswith("::error file=gone.yml,title=WF000 ")


def test_a_limit_and_what_it_hides(tmp_path: Path) -> None:
    report = analyzed(tmp_path, checks=finding_many(5))
    assert "… and 2 more" in text(report, Look(width=80, limit=3))
    assert text(report, Look(width=80, limit=3)).count("warning[WF301]") == 3
    assert text(report, Look(width=80, limit=3, verbose=True)).count("warning[WF301]") == 5


def test_notes_are_counted_or_shown(tmp_path: Path) -> None:
    many = "wfopt: 1\nsteps:\n  a: {run: echo}\n  b: {run: echo}\n  c: {run: echo}\n"
    report = analyzed(tmp_path, many, checks=())
    assert "1 note about what could not be mapped (`-v` shows them)" in text(report, Look(width=80))
    assert "note[WF053]" in text(report, Look(width=80, verbose=True))
    assert "note" not in text(report, Look(width=80, quiet=True))


def test_a_remark_without_a_place_is_shown(tmp_path: Path) -> None:
    report = analyzed(tmp_path, checks=())
    remark = Diagnostic(code=NO_TIMEOUT, message="odd", severity=Severity.WARNING, file="wfopt.yml")
    changed = replace(report, files=(replace(report.files[0], remarks=(remark,)),))
    assert "warning[WF301]: odd\n" in text(changed, Look(width=80))


def test_steps_without_time_and_with_much_slack(tmp_path: Path) -> None:
    steps = "".join(f"  s{number}: {{run: echo, x-duration: 0s}}\n" for number in range(30))
    shown = text(analyzed(tmp_path, f"wfopt: 1\nsteps:\n{steps}", checks=()), Look(width=80, verbose=True))
    assert "parallelism" not in shown
    assert "… and 10 more steps with no less" in shown


def test_what_was_used_of_what_is_reserved(tmp_path: Path) -> None:
    report = analyzed(tmp_path, checks=())
    cost = Cost(reserved=100, used=20, told=2, reserved_told=40)
    changed = replace(report, files=(replace(report.files[0], cost=cost),))
    line = "1m 40s of cpu time reserved a run, 50 % of it used by 2 steps that ran"
    assert line in text(changed, Look(width=100))


def test_of_other_formats_it_is_told_what_runs_here(tmp_path: Path) -> None:
    steps = "[{uses: some/action@v1}, {run: make}]"
    (tmp_path / "ci.yml").write_text(
        f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: {steps}\n"
    )
    shown = text(analyze(options("ci.yml"), ()), Look(width=100))
    assert shown.startswith("ci.yml: GitHub Actions\n\nsteps          2, 1 of them runnable here\n")


def test_markdown_has_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = analyzed(tmp_path, checks=finding_many(31))
    assert analysis_markdown(report).endswith("… and 1 more\n")
    many = replace(report, files=report.files * 101)
    assert analysis_markdown(many).endswith("… and 1 more files\n")


def test_findings_that_are_alike_have_prints_of_their_own(tmp_path: Path) -> None:
    def twice(case: Case) -> Iterable[Finding]:
        source = case.workflow.source or SourceFile("", "")
        return [finding(source), finding(source, "lint", identity="build"), finding(source, "test")]

    (file,) = analyzed(tmp_path, checks=(FakeCheck(NO_TIMEOUT, twice),)).files
    (moved,) = analyzed(tmp_path, f"# a line\n{TEXT}", checks=(FakeCheck(NO_TIMEOUT, twice),)).files
    assert len(set(fingerprints(file))) == 3
    assert fingerprints(file) == fingerprints(moved)


@pytest.mark.parametrize(
    ("path", "uri"),
    [("a/b.yml", "a/b.yml"), ("ä #1%.yml", "%C3%A4%20%231%25.yml"), ("/a", "file:///a"), ("\udcff", "%FF")],
)
def test_paths_as_references(path: str, uri: str) -> None:
    assert uri_of(path) == uri


def test_troubles_stand_in_reports(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text("wfopt: 1\nsteps: {a: {run: echo, needs: [b]}}\n")
    (tmp_path / "a.yml").write_text(TEXT)
    report = analyze(options("a.yml", "b.yml", "c.yml"), CHECKS)
    sarif = sarif_document(report, {NO_TIMEOUT: "why"})
    jsonschema.validate(sarif, SARIF)
    (run,) = sarif["runs"]  # type: ignore[misc]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert [each["descriptor"]["id"] for each in run["invocations"][0]["toolExecutionNotifications"]] == [
        "WF050",
        "WF000",
    ]
    assert [rule.get("help") for rule in run["tool"]["driver"]["rules"]] == [None, {"text": "why"}]
    blockers = [each for each in codequality_list(report) if each["severity"] == "blocker"]
    assert [each["location"] for each in blockers] == [
        {"path": "b.yml", "lines": {"begin": 2}},
        {"path": "c.yml", "lines": {"begin": 1}},
    ]
    assert "**error WF000** c.yml: there is no file" in analysis_markdown(report)
    assert len({each["fingerprint"] for each in codequality_list(report)}) == 4
