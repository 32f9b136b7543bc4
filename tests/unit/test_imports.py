"""Commands that only print text start without the libraries that other commands need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("diskcache", "networkx", "psutil", "rich", "sqlite3", "yaml")
PROGRAM = """
import sys

option, *heavy = sys.argv[1:]
sys.argv = ["wfopt", option]
code = None
from wfopt.cli.main import main
try:
    main()
except SystemExit as end:
    code = end.code
loaded = [name for name in heavy if name in sys.modules]
sys.exit(f"exit code {code}, loaded {loaded}" if code or loaded else 0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--version", "--help"])
def test_printing_text_loads_no_heavy_library(option: str) -> None:
    # A clean environment keeps a coverage measurement, which loads sqlite3 itself, out of the process.
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM, option, *HEAVY],
        cwd=ROOT,
        env={"PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip()
