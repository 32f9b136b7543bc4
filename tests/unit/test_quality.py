"""The whole project passes its linter, its formatter, its type checker and its import contracts."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def assert_passes(*arguments: str) -> None:
    """Run a Python module or script from the project's root and show what it says if it fails."""
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 0, finished.stdout


@pytest.mark.slow
def test_ruff_finds_nothing() -> None:
    assert_passes("-m", "ruff", "check", ".")


@pytest.mark.slow
def test_every_file_is_formatted() -> None:
    assert_passes("-m", "ruff", "format", "--check", ".")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_types_are_sound() -> None:
    assert_passes("-m", "mypy")


@pytest.mark.slow
def test_the_import_contracts_hold() -> None:
    assert_passes(str(LINT_IMPORTS))
