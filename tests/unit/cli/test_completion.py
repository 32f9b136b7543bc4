"""What the shell offers for a word."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wfopt.cli.boundary import guarded
from wfopt.cli.completion import answer
from wfopt.cli.console import console_for
from wfopt.scheduler.registry import STRATEGIES

WORKFLOW = """wfopt: 1
steps:
  make:
    description: write [a] greeting
    run: "true"
  test:
    matrix: {python: ["3.10", "3.11"]}
    run: "true"
"""
Offered = Callable[..., list[str]]


@pytest.fixture
def offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """Complete the last word and return what is offered."""
    monkeypatch.chdir(tmp_path)

    def complete(line: str, shell: str = "bash", status: int = 0) -> list[str]:
        variables = {
            "_WFOPT_COMPLETE": f"complete_{shell}",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
            "_TYPER_COMPLETE_ARGS": line,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["wfopt"])
        assert guarded(variables) == status
        out, err = capsys.readouterr()
        assert err == ""
        return out.split("\n")[:-1] if out.strip() else []

    return complete


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wfopt.yml").write_text(WORKFLOW)
    return tmp_path


def test_the_first_word_is_a_file_or_a_step(offered: Offered, folder: Path) -> None:
    (folder / "data.csv").touch()
    (folder / ".hidden.yml").touch()
    (folder / "below").mkdir()
    (folder / "more.json").touch()
    assert offered("wfopt run ") == ["below/", "more.json", "wfopt.yml", "make", "test"]
    assert offered("wfopt run m") == ["more.json", "make"]
    assert offered("wfopt run .") == [".hidden.yml"]


def test_files_in_other_folders(offered: Offered, folder: Path) -> None:
    (folder / "below" / "deep").mkdir(parents=True)
    (folder / "below" / "a.yml").touch()
    assert offered("wfopt run below/") == ["below/a.yml", "below/deep/"]
    assert offered("wfopt run none/") == []


def test_the_shell_itself_completes_folders_when_nothing_else_fits(offered: Offered, folder: Path) -> None:
    (folder / "below").mkdir()
    assert offered("wfopt run b") == []


def test_behind_a_file_come_its_steps(offered: Offered, folder: Path) -> None:
    (folder / "other.yml").write_text("wfopt: 1\nsteps: {one: {run: x}, two: {run: x}}\n")
    assert offered("wfopt run other.yml ") == ["one", "two"]
    assert offered("wfopt run other.yml one t") == ["two"]
    assert offered("wfopt run make ") == ["test"]


def test_steps_come_from_the_folder_to_start_in(offered: Offered, folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "wfopt.yml").write_text("wfopt: 1\nsteps: {deep: {run: x}}\n")
    assert "make" in offered("wfopt run -C none ")
    assert offered("wfopt run -C below d") == ["deep"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("wfopt run --strategy ", [each.name for each in STRATEGIES]),
        ("wfopt run --strategy f", ["fifo", "fair-share"]),
        ("wfopt run --format ", ["table", "json", "jsonl", "github"]),
        ("wfopt run --cache r", ["rw", "ro"]),
        ("wfopt run --force-step m", ["make"]),
        ("wfopt run --keep", ["--keep-going", "--keep"]),
        ("wfopt sch", ["schema"]),
    ],
)
def test_options_have_values(line: str, words: list[str], offered: Offered, folder: Path) -> None:
    assert offered(line) == words


def test_descriptions_stand_beside_the_steps(offered: Offered, folder: Path) -> None:
    assert offered("wfopt run m", "fish") == ["make\twrite (a) greeting"]
    assert offered("wfopt run m", "zsh") == ["""_arguments '*: :(("make":"write (a) greeting"))'"""]


@pytest.mark.parametrize("text", [": [", "wfopt: 1\n", "wfopt: 2\nsteps: {}\n"])
def test_a_broken_workflow_offers_nothing_and_says_nothing(
    text: str, offered: Offered, tmp_path: Path
) -> None:
    (tmp_path / "wfopt.yml").write_text(text)
    assert offered("wfopt run wfopt.yml ") == []
    assert offered("wfopt run none.yml ") == []


def test_a_broken_config_does_not_matter(offered: Offered, folder: Path) -> None:
    (folder / ".wfopt.toml").write_text("= broken")
    assert offered("wfopt run ma") == ["make"]


def test_trouble_says_nothing(offered: Offered, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wfopt.cli.options.options_of", None)
    assert offered("wfopt run ma", status=1) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_can_be_shown(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["--show-completion", shell], console_for({})) == 0
    assert f"_WFOPT_COMPLETE=complete_{shell}" in capsys.readouterr().out


def test_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["--show-completion", "tcsh"], console_for({})) == 1
    assert answer(["--install-completion", "tcsh"], console_for({})) == 1
    assert "tcsh" in capsys.readouterr().err


def test_the_script_can_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    console = console_for({})
    assert answer(["--install-completion", "fish"], console) == 0
    script = tmp_path / ".config" / "fish" / "completions" / "wfopt.fish"
    assert "_WFOPT_COMPLETE=complete_fish" in script.read_text()
    console.out.flush()
    assert str(script) in capsys.readouterr().out


def test_a_home_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    assert answer(["--install-completion", "bash"], console_for({})) == 1
    assert "error: the completion could not be installed" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["run"], ["--show-completion"], ["--show-completion", "bash", "more"]])
def test_everything_else_is_not_answered_here(words: list[str]) -> None:
    assert answer(words, console_for({})) is None
