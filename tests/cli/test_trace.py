"""`wfopt run --trace` and what `wfopt optimize --level observed` makes of it, as a user meets them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import run
from tests.support.traces import needs_strace
from wfopt.metrics.store import read_history
from wfopt.model.effects import Traced

pytestmark = pytest.mark.slow

SCRIPT = """\
wfopt: 1
steps:
  - id: generate
    run: mkdir -p data && seq 1 50 > data/numbers
  - id: lint
    run: grep -c . notes.txt
  - id: largest
    run: sort -n data/numbers | tail -1
  - id: listing
    run: ls data
  - id: optional
    run: test ! -e report.txt && echo none
  - id: report
    run: wc -l < data/numbers > report.txt
"""
TOOLS = ("bash", "sh", "seq", "grep", "sort", "tail", "ls", "mkdir", "wc", "true", "kill")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "wfopt.yml").write_text(SCRIPT)
    (tmp_path / "notes.txt").write_text("b\na\n")
    return tmp_path


def traces(place: Path) -> dict[str, Traced]:
    with read_history(str(place / ".wfopt" / "history.db")) as history:
        return {each.step: each for each in history.traces("wfopt.yml", 10)}


def optimized(place: Path, *options: str) -> Any:
    done = run(["optimize", "--level", "observed", "--format", "json", *options], place)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def tools(place: Path, strace: str | None = None) -> dict[str, str]:
    """Return an environment in which there are few programs, and a script in place of strace."""
    folder = place.parent / f"{place.name}-bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name) or "/bin/false")
    if strace is not None:
        (folder / "strace").write_text(f"#!/bin/sh\n{strace}\n")
        (folder / "strace").chmod(0o755)
    return {"PATH": str(folder)}


@needs_strace
def test_a_sequence_without_declarations_becomes_a_graph(place: Path) -> None:
    refused = optimized(place)
    assert refused["changes"] == []
    assert {each["why"] for each in refused["refused"]} == {"it was not traced"}
    done = run(["run", "--trace"], place)
    assert (done.returncode, "warning" in done.stderr) == (0, False), done.stderr
    assert not list((place / ".wfopt" / "runs").rglob("*.trace"))
    shutil.rmtree(place / "data")
    (place / "report.txt").unlink()
    report = optimized(place, "--verify", "--verify-runs", "2", "-j", "2")
    assert report["verified"]["equal"]
    changed = {each["steps"][0]: each for each in report["changes"]}
    assert set(changed) == {"lint", "largest", "listing", "optional"}
    assert {each["evidence"] for each in changed.values()} == {"observed in 1 run"}
    refusals = {each["steps"][0]: each["why"] for each in report["refused"] if each["steps"]}
    assert "report.txt" in refusals["report"]


@needs_strace
def test_what_is_written_keeps_what_matters(place: Path) -> None:
    text = SCRIPT.replace("  - id: report\n", "  - id: report\n    outputs: [report.txt]\n")
    (place / "wfopt.yml").write_text(text)
    assert run(["run", "--trace"], place).returncode == 0
    assert run(["optimize", "--level", "observed", "--write"], place).returncode == 0
    written = (place / "wfopt.yml").read_text()
    needs = {
        entry.split("\n")[0]: [line.strip() for line in entry.splitlines() if "needs" in line]
        for entry in written.split("  - id: ")[1:]
    }
    assert needs == {
        "generate": [],
        "lint": ["needs: []"],
        "largest": ["needs: [generate]"],
        "listing": ["needs: [generate]"],
        "optional": ["needs: []"],
        # It makes what `optional` looked for in vain.
        "report": ["needs: [generate, optional]"],
    }


@needs_strace
def test_a_change_of_the_script_needs_another_trace(place: Path) -> None:
    assert run(["run", "--trace"], place).returncode == 0
    (place / "wfopt.yml").write_text(SCRIPT.replace("grep -c .", "grep -c a"))
    whys = {each["steps"][0]: each["why"] for each in optimized(place)["refused"]}
    assert whys["lint"] == "it has changed since it was traced"


@needs_strace
def test_a_run_is_optimized_by_what_was_seen(place: Path) -> None:
    assert run(["run", "--trace"], place).returncode == 0
    (place / "report.txt").unlink()
    done = run(["run", "--optimize=observed", "-v"], place)
    assert done.returncode == 0
    assert "`lint` no longer waits for `generate`" in done.stderr
    assert "observed in 1 run" in done.stderr


@needs_strace
def test_statuses_and_signals_are_those_of_the_step(place: Path) -> None:
    steps = {"seven": "exit 7", "dies": "kill -KILL $$", "gone": "nosuchprogram"}
    lines = [f"  {name}: {{run: '{text}'}}" for name, text in steps.items()]
    (place / "wfopt.yml").write_text("\n".join(["wfopt: 1", "steps:", *lines, "  argv: {run: [nosuch]}\n"]))
    plain, traced = (
        json.loads(run(["run", "-k", "--format", "json", *option], place).stdout)
        for option in ([], ["--trace"])
    )
    for one, other in zip(plain["steps"], traced["steps"], strict=True):
        assert [one[key] for key in ("id", "status", "exit_code")] == [
            other[key] for key in ("id", "status", "exit_code")
        ]
        assert one["reason"] == other["reason"]
    assert traces(place) == {}


@needs_strace
def test_the_network_taints(place: Path) -> None:
    (place / "wfopt.yml").write_text(
        "wfopt: 1\nsteps:\n  - {id: a, run: 'true'}\n  - {id: b, run: 'echo > /dev/udp/127.0.0.1/9'}\n"
    )
    assert run(["run", "--trace"], place).returncode == 0
    assert traces(place)["b"].effects.taints == {"network"}
    whys = {each["steps"][0]: each["why"] for each in optimized(place)["refused"]}
    assert whys["b"] == "it was not traced completely: network"


@needs_strace
def test_no_secret_gets_into_the_history(place: Path) -> None:
    (place / "wfopt.yml").write_text(
        "wfopt: 1\nsecrets: [TOKEN]\nsteps:\n"
        "  - id: a\n    run: echo > x-$TOKEN\n    env: {TOKEN: s3cr3tvalue}\n"
    )
    assert run(["run", "--trace"], place).returncode == 0
    (found,) = traces(place).values()
    assert found.effects.taints == {"a secret in a path"}
    assert not found.effects.writes


@needs_strace
def test_a_tracer_that_is_killed_is_told_of(place: Path) -> None:
    status = 'while read -r name pid; do test \\"$name\\" != TracerPid: || kill -9 $pid; done'
    kill = f"{status} < /proc/self/status; ls"
    (place / "wfopt.yml").write_text(f'wfopt: 1\nsteps:\n  - {{id: a, run: "{kill}"}}\n')
    done = run(["run", "--trace"], place)
    assert done.returncode == 1
    assert "step `a` may have failed because it was traced" in done.stderr
    assert "the tracer ended before it did" in done.stderr


@pytest.mark.parametrize(
    ("strace", "why"),
    [
        (None, "the program `strace` is not on the PATH"),
        ("echo strace -- version 5.4", "is 5.4, but 5.15 or later is needed"),
        ('test "$1" = -V && echo strace -- version 6.1 || exit 1', "nothing can be traced here"),
    ],
)
def test_where_nothing_can_be_traced_the_run_goes_on(strace: str | None, why: str, place: Path) -> None:
    done = run(["run", "--trace"], place, tools(place, strace))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("warning[WF523]: nothing is traced") == 1
    assert why in " ".join(done.stderr.split())
    assert traces(place) == {}


@needs_strace
def test_what_cannot_be_traced_is_told(place: Path) -> None:
    (place / "wfopt.yml").write_text(
        "wfopt: 1\nsteps:\n  a: {run: 'strace -V | true || true'}\n"
        "  b: {run: ulimit -f, limits: {file-size: 1MiB}}\n"
        "  c: {run: 'true'}\n"
    )
    done = run(["run"], place, {"WFOPT_TRACE": "1"})
    assert done.returncode == 0, done.stderr
    assert "2 steps of this run could not be traced" in done.stderr
    assert "`a`: it runs `strace`, which traces by itself" in done.stderr
    assert "`b`: its limit `file-size` would hold the tracer as well" in done.stderr
    assert set(traces(place)) == {"c"}


@needs_strace
def test_a_step_that_may_overtake_is_skipped_if_the_other_one_fails(place: Path) -> None:
    (place / "wfopt.yml").write_text(
        "wfopt: 1\nsteps:\n  - id: first\n    run: 'sleep 0.2; test ! -e broken'\n"
        "  - id: second\n    run: echo 1 > out\n    outputs: [out]\n"
    )
    assert run(["run", "--trace"], place).returncode == 0
    (place / "broken").touch()
    os.unlink(place / "out")
    done = run(["run", "--optimize=observed", "--format", "json", "-j", "2"], place)
    assert [each["status"] for each in json.loads(done.stdout)["steps"]] == ["failed", "skipped"]
    assert not (place / "out").exists()
