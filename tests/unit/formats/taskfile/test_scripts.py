"""Scripts that are put together behave as they should in a real shell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wfopt.formats.taskfile.scripts import guarded, inside, joined


def run(script: str, folder: Path) -> tuple[int, str]:
    found = subprocess.run(
        ["sh", "-e", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    return found.returncode, found.stdout


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (joined(["A=1; cd /", "echo ${A:-none}; pwd | grep -vc '^/$'"]), (0, "none\n1\n")),
        (joined(["echo one # why", "false; echo never", "echo never"]), (1, "one\n")),
        (joined(["cat <<E\nx\nE", "echo y"]), (0, "x\ny\n")),
        (guarded("echo ran", ["true", "false"], ""), (0, "ran\n")),
        (guarded("echo ran", ["true", "echo loud"], ""), (0, "")),
        (guarded("echo ran", [], "test -f nothing"), (0, "")),
        (guarded("echo ran", ["false"], "true"), (0, "ran\n")),
        (inside("-a b/c", 'basename "$PWD"'), (0, "c\n")),
    ],
)
def test_scripts_do_what_task_does(script: str, outcome: tuple[int, str], tmp_path: Path) -> None:
    assert run(script, tmp_path) == outcome
