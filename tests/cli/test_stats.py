"""`wfopt stats` as a user meets it, as processes of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, ROOT, clean_environ, run
from tests.support.told_history import WORKFLOW, told_rewrite, told_stories, write_history

pytestmark = pytest.mark.slow

HEAVY = ("rich", "yaml", "networkx", "psutil", "diskcache", "asyncio", "logging", "tomllib")
LOADED = """
import sys

names, words = sys.argv[1].split(), sys.argv[2:]
from wfopt.cli.main import main
sys.argv = ["wfopt", *words]
try:
    main()
except SystemExit as end:
    code = end.code
print(f"exit code {code}, loaded {[name for name in names if name in sys.modules]}", file=sys.stderr)
"""
VIEWS = ("runs", "trend", "resources", "cache", "optimization", "health")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with a history and its workflow file."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "wfopt.yml").write_text(WORKFLOW)
    write_history(tmp_path, told_stories(), [told_rewrite()])
    return tmp_path


def test_an_overview(place: Path) -> None:
    done = run(["stats"], place)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("wfopt.yml: 40 runs\n\nruns       40: 38 succeeded, 2 failed; ")
    assert "health     healthy\n" in done.stdout


@pytest.mark.parametrize(("format_name", "start"), [("json", "{"), ("csv", "id,runs,"), ("markdown", "### ")])
def test_stdout_holds_the_document_alone(format_name: str, start: str, place: Path) -> None:
    done = run(["stats", "--format", format_name], place)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(start)


def test_a_gate_fails_the_job_and_points_at_the_step(place: Path) -> None:
    words = ["stats", "--format", "json", "--gate", "step:build wall p50 +10%"]
    done = run(words, place, {"GITHUB_ACTIONS": "true"})
    assert done.returncode == 1
    assert [gate["tripped"] for gate in json.loads(done.stdout)["gates"]] == [True]
    assert "error[WF518]: wall p50 of `build` went from " in done.stderr
    assert "\n --> wfopt.yml:5:3\n" in done.stderr
    assert "\n::error file=wfopt.yml,line=5,col=3,title=WF518 gate-tripped::wall p50" in done.stderr


def test_an_empty_folder_stays_empty(tmp_path: Path) -> None:
    done = run(["stats"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("all workflows: 0 runs\n\nno run is remembered yet: `wfopt run` adds one\n")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_history(place: Path) -> None:
    (place / ".wfopt" / "history.db").write_bytes(b"no database" * 1000)
    done = run(["stats", "--format", "json"], place)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error[WF517]: the history `{place}/.wfopt/history.db` cannot be read\n")


@pytest.mark.parametrize("words", [(), ("--format", "json"), *((f"--{view}",) for view in VIEWS)])
def test_only_what_is_needed_is_loaded(words: tuple[str, ...], place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, " ".join(HEAVY), "stats", *words],
        cwd=place,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=LIMIT_S,
    )
    assert done.stderr.splitlines()[-1] == "exit code 0, loaded []"


def test_help_names_the_command(tmp_path: Path) -> None:
    assert "Tell how past runs went: durations, cache, resources, trends." in run(["--help"], tmp_path).stdout
    shown = run(["stats", "--help"], tmp_path, clean_environ({"COLUMNS": "100"})).stdout
    assert all(f"--{view} " in shown for view in VIEWS)
