"""Edits make files that can still be read, or are not made."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.analyses import NO_TIMEOUT, TEXT, FakeCheck, analyzed, finding, options, span_of
from wfopt.analyzer.base import Case, Edit, Finding, Fix
from wfopt.analyzer.edits import Edited
from wfopt.api.analyze import analyze
from wfopt.api.analyze_diff import edits_of
from wfopt.source import SourceFile, Span


def edits(folder: Path, changes: dict[str, str], *, unsafe: bool = False) -> Edited:
    def found(case: Case) -> Iterable[Finding]:
        source = case.workflow.source or SourceFile("", "")
        for old, new in changes.items():
            fix = Fix.UNSAFE if new.endswith("!") else Fix.SAFE
            yield finding(source, old, fix=fix, edits=(Edit(span=span_of(source, old), text=new),))

    (file,) = analyzed(folder, checks=(FakeCheck(NO_TIMEOUT, found),)).files
    return edits_of(file, options(), unsafe=unsafe)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_safe_edits(tmp_path: Path) -> None:
    found = edits(tmp_path, {"make build": "make -j2 build", "make lint": "echo!"})
    assert found.text == TEXT.replace("make build", "make -j2 build")
    assert len(found.done) == 1
    assert (tmp_path / "wfopt.yml").read_text() == TEXT


def test_unsafe_edits(tmp_path: Path) -> None:
    found = edits(tmp_path, {"make build": "echo", "make lint": "echo!"}, unsafe=True)
    assert found.text == TEXT.replace("make build", "echo").replace("make lint", "echo!")


def test_nothing_to_do(tmp_path: Path) -> None:
    assert edits(tmp_path, {}).text == TEXT


@pytest.mark.parametrize("new", ["[", "make build\n    run: again", "make build\n    wrong: key"])
def test_an_edit_after_which_the_file_cannot_be_read_is_left_out(new: str, tmp_path: Path) -> None:
    found = edits(tmp_path, {"make build": new, "make lint": "echo"})
    assert found.text == TEXT.replace("make lint", "echo")
    assert [each.identity for each in found.left] == ["make build"]
    assert [each.identity for each in found.done] == ["make lint"]


def test_two_edits_do_not_add_the_same_key(tmp_path: Path) -> None:
    text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{run: make}]\n"

    def found(case: Case) -> Iterable[Finding]:
        source = case.workflow.source or SourceFile("", text)
        for minutes in (5, 6):
            edit = Edit(span=Span(source, 5, 1, 5, 1), text=f"    timeout-minutes: {minutes}\n")
            yield finding(
                source, "make", message=f"{minutes}", identity=f"{minutes}", fix=Fix.SAFE, edits=(edit,)
            )

    (tmp_path / "ci.yml").write_text(text)
    (file,) = analyze(options("ci.yml"), (FakeCheck(NO_TIMEOUT, found),)).files
    edited = edits_of(file, options(), unsafe=False)
    assert edited.text == text.replace("    steps", "    timeout-minutes: 5\n    steps")
    assert ([each.identity for each in edited.done], [each.identity for each in edited.left]) == (
        ["5"],
        ["6"],
    )
