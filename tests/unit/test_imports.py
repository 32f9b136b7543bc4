"""Commands that only print text start without the libraries that other commands need."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
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


# What a step, a table, a message, a config file or an unusual command line needs, and what takes long.
UNUSED = (
    *("typer", "rich", "yaml", "networkx", "psutil", "diskcache"),
    *("subprocess", "socket", "selectors", "tempfile", "shutil", "random", "secrets", "platform"),
    *("pathlib", "glob", "difflib", "traceback", "tomllib", "termios", "asyncio", "logging"),
    *("dataclasses", "inspect", "ast", "tokenize", "statistics", "urllib.parse"),
    *("wfopt.formats.native.loader", "wfopt.formats.builder", "wfopt.formats.parsed.encoding"),
    *("wfopt.cli.app", "wfopt.cli.config", "wfopt.cli.settings", "wfopt.cli.looking", "wfopt.cli.hints"),
    *("wfopt.engine.spawner", "wfopt.engine.messages", "wfopt.engine.executors.local"),
    *("wfopt.engine.executors.asking", "wfopt.engine.moving"),
    *("wfopt.render.documents", "wfopt.render.diagnostics", "wfopt.render.github", "wfopt.render.listing"),
    *("wfopt.render.graph", "wfopt.render.jsonl", "wfopt.render.run_table", "wfopt.render.output_lines"),
    *("wfopt.metrics.store", "wfopt.metrics.writing", "wfopt.api.usual", "wfopt.api.watching"),
    *("wfopt.resources.monitor", "wfopt.resources.gauge", "wfopt.resources.alerts.settings"),
    *("wfopt.cli.run_reports", "wfopt.render.html.page", "wfopt.render.profile", "wfopt.render.junit"),
    *("wfopt.render.measured", "wfopt.formats.history.reading"),
    *("wfopt.render.escaping", "wfopt.formats.nodes", "wfopt.formats.scalars", "wfopt.cli.terminal"),
)
UP_TO_DATE = """
import sys

names, words = sys.argv[1].split(), sys.argv[2:]
from wfopt.cli.main import main
sys.argv = ["wfopt", *words]
try:
    main()
except SystemExit as end:
    code = end.code
loaded = [name for name in names if name in sys.modules]
print(f"exit code {code}, loaded {loaded}", file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("words", [["run"], ["run", "-q", "-j2", "wfopt.yml"]])
def test_a_run_with_nothing_to_do_loads_only_what_it_needs(words: list[str], tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    step = "wfopt: 1\nsteps:\n  a: {run: 'true', inputs: [], outputs: [b], shell: sh}\n"
    (tmp_path / "wfopt.yml").write_text(step.replace("'true'", "echo x > b"))

    # The first run starts a step, so the list would show it if these names were wrong.
    first = said_by(UP_TO_DATE, tmp_path, UNUSED, words)
    assert "wfopt.engine.executors.local" in first
    assert "wfopt.formats.native.loader" in first
    assert said_by(UP_TO_DATE, tmp_path, UNUSED, words) == "exit code 0, loaded []"


@pytest.mark.slow
def test_no_database_is_opened_once_the_files_have_settled(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    step = "wfopt: 1\nsteps:\n  a: {run: echo x > b, inputs: [], outputs: [b], shell: sh}\n"
    (tmp_path / "wfopt.yml").write_text(step)
    settled = f"from wfopt.cache import memo\nmemo.SETTLED_NS = 0\n{UP_TO_DATE}"
    names = ("sqlite3", "wfopt.cache.records", "wfopt.metrics.store", "wfopt.model.contents", *UNUSED)
    first, *_, last = (said_by(settled, tmp_path, names, ["run"]) for _ in range(3))
    assert "'sqlite3', 'wfopt.cache.records', 'wfopt.metrics.store', 'wfopt.model.contents'" in first
    assert last == "exit code 0, loaded []"
    # All the same, the runs are remembered.
    assert (tmp_path / ".wfopt" / "history.spool").exists()


LATE = """
import sys

from wfopt.cli.main import main
from wfopt.engine.session import Session

run, seen = Session.run, set()

def watched(session):
    run(session)
    seen.update(sys.modules)

Session.run = watched
sys.argv = ["wfopt", *sys.argv[2:]]
try:
    main()
except SystemExit as end:
    code = end.code
late = sorted(name for name in set(sys.modules) - seen if not name.startswith("_"))
print(f"exit code {code}, {len(seen) > 100}, loaded {late}", file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("words", [["run", "-q"], ["run", "--format", "json"]])
def test_what_the_end_of_a_run_needs_is_loaded_while_its_steps_run(words: list[str], tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    # It takes long enough to be predicted.
    step = "wfopt: 1\nsteps:\n  a: {run: sleep 1.1 > b, inputs: [], outputs: [b], shell: sh}\n"
    (tmp_path / "wfopt.yml").write_text(step)
    assert said_by(LATE, tmp_path, (), words) == "exit code 0, True, loaded []"


def said_by(program: str, folder: Path, names: Sequence[str], words: Sequence[str]) -> str:
    """Return the last line of what a program says about the modules that it has loaded."""
    finished = subprocess.run(
        [sys.executable, "-c", program, " ".join(names), *words],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return finished.stderr.splitlines()[-1]


def test_names_that_are_watched_exist() -> None:
    missing = {name for name in UNUSED if importlib.util.find_spec(name) is None}
    # Nothing requires these so far.
    assert missing <= {"networkx", "psutil"}
