"""The health of what is around a history."""

import json
import os
from pathlib import Path

import pytest

from tests.support.cache_stores import add_result, store_at
from wfopt.api.stats_health import Surroundings, surrounding_checks, unreadable_health
from wfopt.codes import HISTORY_TROUBLE
from wfopt.engine.locking import OWNER_FILE
from wfopt.errors import Diagnostic, UserError
from wfopt.metrics.health import Condition


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    """A workspace without any state."""
    return Surroundings(
        workspace=str(tmp_path),
        state_folder=str(tmp_path / ".wfopt"),
        cache_folder=str(tmp_path / ".wfopt" / "cache"),
        wall=lambda: 0.0,
    )


def seen(around: Surroundings, database: str = "none", remembered: int = 0) -> dict[str, tuple[str, str]]:
    return {
        check.name: (check.condition.value, check.evidence)
        for check in surrounding_checks(around, database, remembered)
    }


def own(around: Surroundings, pid: int) -> None:
    os.makedirs(around.state_folder, exist_ok=True)
    owner = {
        "workspace": os.path.realpath(around.workspace),
        "pid": pid,
        "run_id": "r1",
        "host": os.uname().nodename,
        "started_at": 1.0,
        "command": "wfopt run",
    }
    Path(around.state_folder, OWNER_FILE).write_text(json.dumps(owner))


def test_nothing_is_there(around: Surroundings) -> None:
    found = seen(around)
    assert list(found) == ["history", "cache", "disk", "lock"]
    assert (found["history"], found["cache"], found["lock"]) == (
        ("healthy", "empty"),
        ("healthy", "empty"),
        ("healthy", "free"),
    )
    assert not os.path.exists(around.state_folder)


def test_the_history_tells_how_much_it_is(around: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"x" * 2048)
    assert seen(around, str(tmp_path / "db"), 1)["history"] == ("healthy", "readable, 1 run, 2 KiB")
    assert seen(around, str(tmp_path / "none"), 1200)["history"] == ("healthy", "readable, 1,200 runs")


def test_the_cache(around: Surroundings) -> None:
    with store_at(Path(around.cache_folder)) as store:
        add_result(store, "k1", {"x": b"1"})
    assert seen(around)["cache"] == ("healthy", "readable, 1 result")
    with store_at(Path(around.cache_folder)) as store:
        add_result(store, "k2", {"x": b"2"})
    assert seen(around)["cache"] == ("healthy", "readable, 2 results")
    bad = Path(around.cache_folder, "v1", "bad")
    bad.mkdir(exist_ok=True)
    (bad / "one").write_text("x")
    assert seen(around)["cache"] == (
        "degraded",
        "2 results; 1 damaged thing set aside lately: `wfopt cache verify` looks for more",
    )
    (bad / "two").write_text("x")
    assert "2 damaged things" in seen(around)["cache"][1]


def test_a_cache_that_cannot_be_used(around: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    with store_at(tmp_path / "real") as store:
        add_result(store, "k1", {"x": b"1"})
    os.makedirs(around.state_folder)
    os.symlink(tmp_path / "real", around.cache_folder)
    condition, evidence = seen(around)["cache"]
    assert condition == "unhealthy"
    assert evidence.startswith("cannot be read: ")


def test_a_run_that_goes_on(around: Surroundings) -> None:
    own(around, os.getpid())
    node = os.uname().nodename
    assert seen(around)["lock"] == ("healthy", f"run `r1` has the workspace (pid {os.getpid()} on {node})")


def test_what_a_killed_run_has_left(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(pid: int, signal: int) -> None:
        raise ProcessLookupError

    own(around, 77)
    monkeypatch.setattr(os, "kill", gone)
    assert seen(around)["lock"] == (
        "healthy",
        "free; a killed run has left its description, which the next run removes",
    )


def test_a_disk_that_cannot_be_looked_at(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise OSError

    monkeypatch.setattr(os, "statvfs", refuse)
    assert "disk" not in seen(around)


def test_an_unreadable_history(around: Surroundings) -> None:
    trouble = Diagnostic(code=HISTORY_TROUBLE, message="x", causes=("it is damaged",))
    health = unreadable_health(around, UserError((trouble,)))
    assert health.condition is Condition.UNHEALTHY
    assert [check.name for check in health.checks] == ["history", "cache", "disk", "lock"]
    assert health.checks[0].evidence == "cannot be read: it is damaged"
