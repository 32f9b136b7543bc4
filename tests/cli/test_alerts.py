"""Alerts of real runs: what is alarming is told when it begins and when it is over."""

import json
import sys
from pathlib import Path

import pytest

from tests.support.commands import run

pytestmark = pytest.mark.slow

HOLDS_AND_LETS_GO = """
import time
held = bytearray(b"x") * 150_000_000
time.sleep(1.4)
del held
time.sleep(1.4)
"""
SETTINGS = '[alerts]\nstep-memory = {warning = "60%", for = "0s", clear-after = "0s"}\n'


def test_an_alert_fires_and_clears_in_one_run(tmp_path: Path) -> None:
    (tmp_path / "hold.py").write_text(HOLDS_AND_LETS_GO)
    (tmp_path / ".wfopt.toml").write_text(SETTINGS)
    (tmp_path / "wfopt.yml").write_text(
        "wfopt: 1\nsteps:\n  hold:\n"
        f"    run: [{json.dumps(sys.executable)}, -S, -E, hold.py]\n"
        "    resources: {memory: 200MiB}\n"
    )
    done = run(["run", "--format", "jsonl", "--keep", "off"], tmp_path)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    changes = [event for event in events if event["event"].startswith("alert-")]
    raised, cleared = (each for each in changes if each["rule"] == "step-memory")
    assert (raised["event"], raised["severity"], raised["step"]) == ("alert-raised", "warning", "hold")
    assert "(warning above 60 %)" in raised["message"]
    assert (cleared["event"], cleared["step"]) == ("alert-cleared", "hold")
    (ended,) = (event for event in events if event["event"] == "step-finished")
    # Not only because the step has ended.
    assert raised["at"] + 0.4 <= cleared["at"] < ended["at"]
    assert "alert" in done.stderr
