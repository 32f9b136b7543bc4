"""`wfopt analyze` as a user meets it, as processes of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.analyses import TEXT
from tests.support.commands import LIMIT_S, ROOT, clean_environ, command, run

pytestmark = pytest.mark.slow

SAMPLE = ROOT / "sample_workflows" / "ci"
HEAVY = ("rich", "networkx", "psutil", "diskcache", "sqlite3", "asyncio", "logging")
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


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "wfopt.yml").write_text(TEXT)
    return tmp_path


def test_a_repository_at_once() -> None:
    done = run(["analyze", "--format", "json"], SAMPLE)
    assert done.returncode == 1
    assert done.stderr == ""
    (file,) = json.loads(done.stdout)["files"]
    assert (file["file"], file["format"]) == (".github/workflows/ci.yml", "github")
    found = {each["name"] for each in file["findings"]}
    assert {"no-timeout", "deps-without-cache", "double-trigger", "redundant-needs"} <= found
    assert all(each["saving"] is None or each["saving"]["expected_s"] is None for each in file["findings"])


def test_the_readme_shows_what_is_printed() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("$ wfopt analyze --limit 2 .github/workflows/ci.yml\n")[2].partition("```")[0]
    done = run(["analyze", "-j", "2", "--limit", "2", ".github/workflows/ci.yml"], SAMPLE)
    assert shown == done.stdout


def test_suggested_edits_apply(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    text = (SAMPLE / ".github" / "workflows" / "ci.yml").read_text()
    (folder / "ci.yml").write_text(text)
    done = run(["analyze", ".", "--diff", "--unsafe-fixes", "--fail-on", "never"], tmp_path)
    assert (done.returncode, (folder / "ci.yml").read_text()) == (0, text)
    applied = subprocess.run(["git", "apply"], cwd=tmp_path, input=done.stdout, encoding="utf-8", check=False)
    assert applied.returncode == 0
    before = json.loads(run(["analyze", str(SAMPLE), "--format", "json"], tmp_path).stdout)
    after = json.loads(run(["analyze", ".", "--format", "json"], tmp_path).stdout)
    (old,), (new,) = before["files"], after["files"]
    assert len(new["findings"]) < len(old["findings"])
    assert new["score"] > old["score"]


def test_the_history_is_the_basis(place: Path) -> None:
    (place / "wfopt.yml").write_text("wfopt: 1\nsteps:\n  a: {run: 'true', shell: sh}\n")
    assert run(["run", "-q"], place).returncode == 0
    graph = json.loads(run(["analyze", "wfopt.yml", "--format", "json"], place).stdout)["graph"]
    assert graph["basis"] == "1 run on this machine"
    assert graph["work_s"] > 0


def test_nothing_is_written(place: Path) -> None:
    before = sorted(place.rglob("*"))
    assert run(["analyze"], place).returncode == 0
    assert sorted(place.rglob("*")) == before


@pytest.mark.parametrize("output", ["table", "json", "sarif", "github", "gitlab", "markdown"])
def test_a_reader_that_goes_away_is_no_failure(output: str, place: Path) -> None:
    words = command(["analyze", "--format", output, "--fail-on", "never"])
    with subprocess.Popen(
        words,
        cwd=place,
        env=clean_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(LIMIT_S) == 0


def test_a_terminal_that_knows_ascii_only(place: Path) -> None:
    (place / "wfopt.yml").write_text(TEXT.replace("make lint", "echo ü→"))
    done = run(["analyze", "-v"], place, {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "build \\u2192 test" in done.stdout


@pytest.mark.parametrize("words", [(), ("--format", "json"), ("--format", "sarif"), ("--diff",)])
def test_only_what_is_needed_is_loaded(words: tuple[str, ...], place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, " ".join(HEAVY), "analyze", *words],
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
    assert "Explain workflows: what bounds them and what they waste." in run(["--help"], tmp_path).stdout
    shown = run(["analyze", "--help"], tmp_path, {"COLUMNS": "100"}).stdout
    options = (
        "select",
        "ignore",
        "severity",
        "min-saving",
        "fail-on",
        "explain",
        "diff",
        "baseline",
        "graph",
    )
    assert all(f"--{option} " in shown for option in options)
