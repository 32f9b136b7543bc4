"""Files about a run that is over."""

from __future__ import annotations

import json
import os
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.history import past_attempt, past_run, story
from tests.support.powers import bound_by_bits
from wfopt.cli.console import console_for
from wfopt.cli.options import Request
from wfopt.cli.run_reports import write_reports, write_text
from wfopt.model.history import RunStory
from wfopt.model.outcome import StepStatus

FAILED = past_attempt("b", status=StepStatus.FAILED, reason="exit status 1")
STORY = story(past_run("r1"), [past_attempt("a"), FAILED], printed={"b": "no luck"})
Wrote = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wrote:
    """Write what is asked for and return what is said."""
    monkeypatch.chdir(tmp_path)

    def run(story: RunStory = STORY, **asked: str) -> str:
        write_reports(Request(**asked), story, str(tmp_path / ".wfopt"), console_for({}))
        said = capsys.readouterr()
        assert said.out == ""
        return said.err

    return run


def test_nothing_is_written_unless_it_is_asked_for(write: Wrote, tmp_path: Path) -> None:
    assert write() == ""
    assert os.listdir(tmp_path) == []


def test_all_three_at_once(write: Wrote, tmp_path: Path) -> None:
    assert write(report="r.html", profile="p.json", junit="j.xml") == ""
    assert sorted(os.listdir(tmp_path)) == ["j.xml", "p.json", "r.html"]
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "p.json").read_text())["traceEvents"]
    suites = ET.fromstring((tmp_path / "j.xml").read_text())  # noqa: S314 - our own
    assert suites.find(".//failure") is not None


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.html", "<!doctype html>"),
        ("r", "<!doctype html>"),
        ("r.md", "### wfopt: "),
        ("r.csv", "run_id,id,attempt,"),
    ],
)
def test_the_end_of_the_name_says_what_a_report_is(
    name: str, start: str, write: Wrote, tmp_path: Path
) -> None:
    assert write(report=name) == ""
    assert (tmp_path / name).read_text().startswith(start)


@pytest.mark.parametrize("option", ["report", "profile", "junit"])
def test_folders_are_made_and_older_files_replaced(option: str, write: Wrote, tmp_path: Path) -> None:
    assert write(**{option: "deep/down/file"}) == ""
    first = (tmp_path / "deep/down/file").read_bytes()
    (tmp_path / "deep/down/file").write_text("old")
    assert write(**{option: str(tmp_path / "deep/down/file")}) == ""
    assert (tmp_path / "deep/down/file").read_bytes() == first
    assert os.listdir(tmp_path / "deep/down") == ["file"]


@pytest.mark.parametrize("option", ["report", "profile", "junit"])
def test_what_cannot_be_written_is_a_warning(option: str, write: Wrote, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    said = write(**{option: "here"})
    assert said.startswith(f"warning[WF519]: `--{option} here` could not be written: is a directory\n")
    assert os.listdir(tmp_path) == ["here"]


def test_one_that_cannot_be_written_is_no_matter_to_the_others(write: Wrote, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = write(report="file/r.html", profile="p\0json", junit="j.xml")
    assert said.count("warning[WF519]") == 2
    assert "`--report file/r.html` could not be written: file exists" in said
    assert "could not be written: embedded null byte" in said
    assert sorted(os.listdir(tmp_path)) == ["file", "j.xml"]


def test_the_page_needs_no_history(write: Wrote, tmp_path: Path) -> None:
    (tmp_path / ".wfopt").mkdir()
    (tmp_path / ".wfopt" / "history.db").write_bytes(b"no database" * 1000)
    assert write(report="r.html") == ""
    assert "no luck" in (tmp_path / "r.html").read_text()


def test_a_text_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def refuse() -> str:
        raise ValueError("No Way")

    path = tmp_path / "file"
    path.write_text("old")
    assert write_text(str(path), refuse) == "no way"
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_another_error_leaves_nothing_half_written(tmp_path: Path) -> None:
    def fault() -> str:
        raise KeyError("x")

    with pytest.raises(KeyError):
        write_text(str(tmp_path / "file"), fault)
    assert os.listdir(tmp_path) == []


def test_any_text_can_be_written(tmp_path: Path) -> None:
    assert write_text(str(tmp_path / "file"), lambda: "\udcff é\r\n") == ""
    assert (tmp_path / "file").read_bytes() == b"\\udcff \xc3\xa9\r\n"


def test_a_pipe_takes_the_text(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    assert write_text(str(pipe), lambda: "hello\n") == ""
    reader.join()
    assert read == ["hello\n"]
    assert write_text("/dev/null", lambda: "gone") == ""


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with bound_by_bits():
        assert write_text(str(tmp_path / "file"), lambda: "x") == "permission denied"
    tmp_path.chmod(0o700)
    assert os.listdir(tmp_path) == []
