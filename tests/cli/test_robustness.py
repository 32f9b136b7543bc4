"""Odd surroundings: closed descriptors, missing variables, full disks, folders that are gone."""

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, clean_environ, command

pytestmark = pytest.mark.slow

WORKFLOW = "wfopt: 1\nsteps:\n  a:\n    run: echo hello; exit 3\n  b:\n    run: 'true'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "wfopt.yml").write_text(WORKFLOW)
    return tmp_path


def shell(
    script: str, folder: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script of bash in which `$wfopt` stands for the command."""
    return subprocess.run(
        ["bash", "-c", f"wfopt={shlex.quote(shlex.join(command([])))}; {script}"],
        cwd=folder,
        env=clean_environ() if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&-", "0<&- 1>&- 2>&-"])
def test_closed_descriptors_change_nothing(closed: str, folder: Path) -> None:
    done = shell(f"$wfopt run -k {closed}", folder)
    assert done.returncode == 1
    assert ("succeeded  b" in done.stderr) is ("2>&-" not in closed)
    assert ("failed: 2 steps" in done.stdout) is ("1>&-" not in closed)
    (log,) = (folder / ".wfopt" / "runs").glob("*/a.log")
    assert log.read_text() == "hello\n"


def test_what_nobody_can_read_is_written_to_nowhere(folder: Path) -> None:
    done = shell("$wfopt --version 1>&-; echo $?", folder)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"HOME": "/no/such/home"},
        {"COLUMNS": "wide", "LINES": "²"},
        {"COLUMNS": "9" * 5000},
        {"COLUMNS": "-1", "TERM": ""},
        {"LC_ALL": "C", "LANG": "none"},
    ],
    ids=["bare", "home", "words", "digits", "negative", "ascii"],
)
def test_the_environment_may_hold_anything(variables: dict[str, str], folder: Path) -> None:
    needed = {name: value for name, value in clean_environ().items() if name in ("PATH", "PYTHONPATH")}
    done = shell("$wfopt run b && $wfopt run --list && $wfopt run --help", folder, needed | variables)
    assert done.returncode == 0, done.stderr
    assert "succeeded: 1 step" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", ["run b", "run --list", "run --show-config", "run -n", "run -h", "schema", "--version"]
)
def test_a_full_disk_behind_stdout_is_said(words: str, folder: Path) -> None:
    done = shell(f"$wfopt {words} >/dev/full", folder)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("could not be written: no space left on device")
    assert "Traceback" not in done.stderr


def test_a_folder_that_was_deleted_is_said(folder: Path) -> None:
    there = f"mkdir gone; cd gone; rmdir {folder / 'gone'};"
    done = shell(f"{there} $wfopt run; echo $?; $wfopt run -q -C {folder} b; echo $?", folder)
    assert done.stdout == "2\n0\n"
    assert "the current folder does not exist any more" in done.stderr


def test_a_reader_that_goes_away_does_not_change_the_exit_status(folder: Path) -> None:
    done = shell("$wfopt run -k | head -c1; echo ${PIPESTATUS[0]}", folder)
    assert done.stdout.endswith("1\n")
    assert "Traceback" not in done.stderr
    assert len(os.listdir(folder / ".wfopt" / "runs")) == 1


def test_the_completion_of_a_shell_works_without_a_home(folder: Path) -> None:
    needed = {name: value for name, value in clean_environ().items() if name in ("PATH", "PYTHONPATH")}
    asked = needed | {"COMP_WORDS": "wfopt run ", "COMP_CWORD": "2", "_WFOPT_COMPLETE": "complete_bash"}
    assert shell("$wfopt", folder, asked).stdout == "wfopt.yml\na\nb\n"
    script = shell("$wfopt --show-completion bash", folder, needed).stdout
    tested = shell(f"{script}\ncomplete -p wfopt", folder, needed)
    assert tested.stdout == "complete -o default -F _wfopt_completion wfopt\n"
