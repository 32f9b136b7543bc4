"""`wfopt predict` as a user meets it, as processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, clean_environ, run
from tests.support.predicting import parallel, told

pytestmark = pytest.mark.slow

HEAVY = ("rich", "networkx", "psutil", "asyncio", "logging", "wfopt.optimizer", "wfopt.analyzer")
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
SLEEPS = """wfopt: 1
steps:
  made: {run: "cp in.txt out.txt", inputs: [in.txt], outputs: [out.txt]}
  long: {run: "sleep 1.1"}
"""


def test_what_was_run_is_predicted_and_scored(tmp_path: Path) -> None:
    (tmp_path / "wfopt.yml").write_text(SLEEPS)
    (tmp_path / "in.txt").write_text("text")
    assert run(["predict", "-q"], tmp_path).stdout == "unknown\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in.txt", "wfopt.yml"]
    for _ in range(4):
        assert run(["run", "-j", "2"], tmp_path).returncode == 0
    done = run(["predict", "-j", "2", "--format", "json", "--what-if", "long=0.5x"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    made, long = document["steps"]
    assert (made["cached"], long["cached"]) == (True, False)
    assert document["critical_path"] == ["long"]
    assert document["makespan"]["expected_s"] == pytest.approx(1.2, abs=0.3)
    halved = document["scenarios"][0]["makespan"]["expected_s"]
    assert halved == pytest.approx(document["makespan"]["expected_s"] / 2)
    scored = json.loads(run(["stats", "--format", "json"], tmp_path).stdout)["prediction"]
    assert scored["runs"] == 1
    assert scored["median_ape"] < 0.5


def test_a_broken_history_and_broken_questions(tmp_path: Path) -> None:
    told(tmp_path, parallel(2), {"s0": [1.0], "s1": [2.0]})
    done = run(["predict", "--what-if", "-s0:s1", "--level", "0.9"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "1 | -s0:s1\n  | ^^^^^^" in done.stderr
    (tmp_path / ".wfopt" / "history.db").write_bytes(b"no database" * 1000)
    done = run(["predict"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [(), ("--format", "json"), ("--backtest", "--cpus-sweep", "--what-if", "cpus=4")]
)
def test_only_what_is_needed_is_loaded(words: tuple[str, ...], tmp_path: Path) -> None:
    told(tmp_path, parallel(2), {"s0": [1.0], "s1": [2.0]})
    done = subprocess.run(
        [sys.executable, "-c", LOADED, " ".join(HEAVY), "predict", *words],
        cwd=tmp_path,
        env=clean_environ(),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    assert done.stderr.endswith("exit code 0, loaded []\n")
