"""What an analysis tells of files: findings that count, and what is wrong with other files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.analyses import (
    CHECKS,
    DUPLICATE_STEP,
    NO_TIMEOUT,
    TEXT,
    FakeCheck,
    analyzed,
    finding,
    options,
    saving,
)
from wfopt.analyzer.base import Case, Finding
from wfopt.analyzer.baseline import key_of
from wfopt.analyzer.report import Left
from wfopt.analyzer.selecting import Least, Selection
from wfopt.api.analyze import analyze
from wfopt.codes import CUT_BY_COMMENT, UNUSED_IGNORE
from wfopt.errors import FaultError, Severity


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_one_file(here: Path) -> None:
    report = analyzed(here)
    (file,) = report.files
    assert (report.single, report.troubles, report.left) == (True, (), {})
    assert (file.file, file.path, file.format, file.title) == (
        "wfopt.yml",
        str(here / "wfopt.yml"),
        "native",
        "wfopt",
    )
    assert [each.code for each in file.findings] == [NO_TIMEOUT, DUPLICATE_STEP]
    assert (file.runnable, file.strategy, file.meant.cpus) == (3, "critical-path", 2)
    assert not (here / ".wfopt").exists()


def test_a_state_folder_without_history(here: Path) -> None:
    (here / ".wfopt").mkdir()
    assert analyzed(here).files[0].graph.basis == "durations in the file"


def test_comments_and_options_ignore(here: Path) -> None:
    text = TEXT.replace("  lint:", "  lint:  # wfopt: ignore[WF203]")
    (file,) = analyzed(here, text, selection=Selection(ignore=frozenset({NO_TIMEOUT}))).files
    assert (file.findings, file.ignored) == ((), 2)
    assert file.optimization.value == analyzed(here, checks=()).files[0].optimization.value


def test_ignores_for_files_start_in_their_folder(here: Path) -> None:
    ignores = {f"{here.name}/**": frozenset({NO_TIMEOUT}), "other/**": frozenset({DUPLICATE_STEP})}
    (file,) = analyzed(here, file_ignores=ignores, ignores_folder=str(here.parent)).files
    assert [each.code for each in file.findings] == [DUPLICATE_STEP]
    assert file.ignored == 1


def test_what_is_not_selected_counts_for_the_score_all_the_same(here: Path) -> None:
    every = analyzed(here).files[0]
    some = analyzed(here, selection=Selection(select=frozenset({DUPLICATE_STEP}))).files[0]
    assert [each.code for each in some.findings] == [DUPLICATE_STEP]
    assert (some.ignored, some.optimization) == (0, every.optimization)


def test_what_the_baseline_has_is_not_told(here: Path) -> None:
    first = analyzed(here).files[0]
    known = {key_of(f"{here.name}/wfopt.yml", each): 1 for each in first.findings[:1]}
    (file,) = analyzed(here, known=known, baseline_folder=str(here.parent)).files
    assert (file.findings, file.known) == (first.findings[1:], 1)
    assert file.optimization == first.optimization


def test_warnings_of_the_format_are_findings_and_notes_are_not(here: Path) -> None:
    text = "wfopt: 1\nsteps:\n  a:\n    run: echo a #b\n  b: {run: echo}\n  c: {run: echo}\n"
    (file,) = analyzed(here, text, checks=()).files
    assert [(each.code, each.severity) for each in file.findings] == [(CUT_BY_COMMENT, Severity.WARNING)]
    assert [each.severity for each in file.remarks] == [Severity.NOTE]


def test_an_unused_comment_is_found(here: Path) -> None:
    (file,) = analyzed(here, TEXT + "# wfopt: ignore\n", checks=()).files
    assert [each.code for each in file.findings] == [UNUSED_IGNORE]


def test_one_broken_file_does_not_keep_others(here: Path) -> None:
    (here / "a.wfopt.yml").write_text("wfopt: 1\nsteps: {a: {needs: [b]}}\n")
    (here / "b.wfopt.yml").write_text(TEXT)
    report = analyze(options("."), CHECKS)
    assert [each.file for each in report.files] == ["b.wfopt.yml"]
    assert {each.primary.span.source.name for each in report.troubles if each.primary} == {"a.wfopt.yml"}
    assert not report.single


@pytest.mark.parametrize("name", ["missing.yml", "plain.yml", "binary.yml"])
def test_a_named_file_that_is_no_workflow_is_an_error(name: str, here: Path) -> None:
    (here / "plain.yml").write_text("kind: Pod\n")
    (here / "binary.yml").write_bytes(b"\0\1")
    report = analyze(options(name), CHECKS)
    assert report.files == ()
    assert [each.severity for each in report.troubles] == [Severity.ERROR]


def test_a_folder_without_workflows_is_an_error(here: Path) -> None:
    (here / "plain.yml").write_text("kind: Pod\n")
    (problem,) = analyze(options("."), CHECKS).troubles
    assert problem.message == "there is no workflow in `.`"
    assert problem.causes == ("files were left out: 1 no workflow",)
    (here / "plain.yml").unlink()
    (problem,) = analyze(options("."), CHECKS).troubles
    assert problem.causes == ()


def test_files_that_others_include_are_parts(here: Path) -> None:
    (here / "parts").mkdir()
    (here / "parts" / "part.wfopt.yml").write_text("wfopt: 1\nsteps:\n  b: {run: 'cat ../x'}\n")
    (here / "wfopt.yml").write_text(
        "wfopt: 1\ninclude: [{path: parts/part.wfopt.yml, as: p}]\nsteps: {a: {run: echo}}\n"
    )
    report = analyze(options("."), ())
    assert [each.file for each in report.files] == ["wfopt.yml"]
    assert report.left == {Left.INCLUDED: 1}
    named = analyze(options(".", "parts/part.wfopt.yml"), ())
    assert [each.file for each in named.files] == ["wfopt.yml"]
    assert len(analyze(options("wfopt.yml", "parts/part.wfopt.yml"), ()).files) == 2


def test_seconds_of_what_is_not_timed_are_warned_of(here: Path) -> None:
    (here / "a.yml").write_text("wfopt: 1\nsteps:\n  a: {run: echo}\n")
    (here / "b.yml").write_text("wfopt: 1\nsteps:\n  a: {run: echo}\n")
    seconds = Selection(least=Least(seconds=30.0))
    one = analyze(options("a.yml", selection=seconds), CHECKS[:0])
    two = analyze(options(".", selection=seconds), CHECKS[:0])
    assert "of `a.yml`: no durations" in one.warnings[0].message
    assert "of 2 files: no durations" in two.warnings[0].message
    assert analyzed(here, selection=seconds).warnings == ()
    assert analyze(options("a.yml", selection=Selection(least=Least(share=0.1))), ()).warnings == ()


def test_what_is_said_twice_of_one_place_is_told_once(here: Path) -> None:
    def found(case: Case) -> Iterator[Finding]:
        for share, text in ((0.1, "build"), (0.3, "build"), (0.2, "build"), (0.2, "lint")):
            yield finding(case.workflow.source, text, saving=saving(share))  # type: ignore[arg-type]

    (file,) = analyzed(here, checks=(FakeCheck(NO_TIMEOUT, found),)).files
    told = [(each.identity, each.saving and each.saving.expected) for each in file.findings]
    assert told == [("build", 0.3), ("lint", 0.2)]
    assert file.ignored == 0


def test_a_check_that_fails_is_a_fault_and_is_named(here: Path) -> None:
    def broken(case: Case) -> Iterator[Finding]:
        yield finding(case.workflow.source, saving=saving(0.1))  # type: ignore[arg-type]
        raise ZeroDivisionError

    with pytest.raises(FaultError, match=r"check WF301 failed on `wfopt\.yml`"):
        analyzed(here, checks=(FakeCheck(NO_TIMEOUT, broken),))
