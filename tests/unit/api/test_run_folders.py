"""Which folders of runs are kept."""

import os
import time
from pathlib import Path

import pytest

from wfopt.api import run_folders
from wfopt.api.run_folders import forget_old_runs, run_name
from wfopt.engine.locking import hold

NOW = 1_800_000_000.0
DAY_S = 86_400.0


def make(state: Path, *names: str) -> None:
    for kind in ("runs", "trash"):
        for name in names:
            (state / kind / name / "deep").mkdir(parents=True)


def kept(state: Path, days: float | None) -> list[str]:
    forget_old_runs(str(state), "own", days, NOW)
    runs = sorted(os.listdir(state / "runs"))
    assert runs == sorted(os.listdir(state / "trash"))
    return runs


def name(days_ago: float) -> str:
    return run_name(NOW - days_ago * DAY_S, "abcdef")


def test_names_sort_by_time() -> None:
    assert run_name(NOW, "abc") == time.strftime("%Y%m%d-%H%M%S-abc", time.localtime(NOW))
    assert name(2) < name(1) < name(0.5)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(30.0, [10, 1]), (5.0, [1]), (0.0, []), (None, [400, 91, 10, 1])],
)
def test_old_ones_go(tmp_path: Path, days: float | None, expected: list[float]) -> None:
    make(tmp_path, *(name(age) for age in (400, 91, 10, 1)))
    assert kept(tmp_path, days) == [name(age) for age in expected]


def test_those_of_the_future_stay(tmp_path: Path) -> None:
    make(tmp_path, name(-400), name(3))
    assert kept(tmp_path, 1.0) == [name(-400)]


def test_the_own_one_stays_whatever_its_name(tmp_path: Path) -> None:
    make(tmp_path, "own", name(3))
    assert kept(tmp_path, 0.0) == ["own"]


def test_those_in_use_stay(tmp_path: Path) -> None:
    make(tmp_path, name(3), name(2))
    around = hold(str(tmp_path / "runs" / name(3)))
    assert around is not None
    assert kept(tmp_path, 1.0) == [name(3)]
    os.close(around)


def test_there_are_never_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folders, "MOST_RUNS", 3)
    make(tmp_path, *(name(age) for age in (5, 4, 3, 2)))
    assert kept(tmp_path, None) == [name(3), name(2)]


def test_a_run_waits_for_the_removal_of_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folders, "MOST_AT_ONCE", 2)
    make(tmp_path, *(name(age) for age in (9, 8, 7, 1)))
    assert kept(tmp_path, 5.0) == [name(7), name(1)]
    assert kept(tmp_path, 5.0) == [name(1)]


def test_nothing_there(tmp_path: Path) -> None:
    forget_old_runs(str(tmp_path), "own", 1.0, NOW)
    assert not list(tmp_path.iterdir())


def test_a_clock_before_the_epoch(tmp_path: Path) -> None:
    make(tmp_path, name(3))
    forget_old_runs(str(tmp_path), "own", 90.0, 10.0)
    assert os.listdir(tmp_path / "runs") == [name(3)]
