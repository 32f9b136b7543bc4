"""The campaigns `resume`, `edits` and `clocks` would notice trouble."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.campaign import chores, clocks, edits, resume
from tests.support.portraits import portrait
from tests.support.small_runs import coarse_times

STOP = resume.Stop(way="kill", events=3, wait_s=0.0)


def _nothing(*_: object, **__: object) -> str:
    return ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "value", "check", "numbers"),
    [
        ("wfopt.engine.results.changed_meanwhile", _nothing, edits.check, range(10, 18)),
        ("wfopt.cache.memo.SETTLED_NS", 0, edits.check, (530, 920, 1160, 1200)),
        ("wfopt.cache.lookup.compare", lambda *_: [], edits.check, range(1500, 1506)),
        ("wfopt.cache.lookup.FROM_THE_FUTURE_S", 10.0**12, clocks.check, range(8)),
    ],
)
def test_a_cache_without_its_protections_is_noticed(
    broken: str,
    value: object,
    check: Callable[[int, Sequence[int], Path], object],
    numbers: Sequence[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(broken, value)
    assert any(verdict.trouble for verdict in check(1, numbers, tmp_path))  # type: ignore[attr-defined]


def test_times_of_files_in_long_ticks(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1234")
    os.utime(tmp_path / "x", ns=(1_500_000_001, 2_700_000_001))
    real = os.lstat(tmp_path / "x")
    with coarse_times(1_000_000_000), open(tmp_path / "x", "rb") as file:
        for found in (os.stat(tmp_path / "x"), os.lstat(tmp_path / "x"), os.fstat(file.fileno())):
            assert (found.st_mtime_ns, found.st_mtime, found[8]) == (2_000_000_000, 2.0, 2)
            assert found.st_ctime_ns % 1_000_000_000 == 0
            assert (found.st_size, found.st_ino, found.st_blocks) == (4, real.st_ino, real.st_blocks)
    assert os.lstat(tmp_path / "x") == real
    assert os.lstat(tmp_path / "x").st_mtime_ns == 2_700_000_001


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"wall_s": 0.0, "steps": [{"cpu_s": 1}]}, []),
        ({"wall_s": 0.0, "steps": [{"cpu_s": 1}, {"cpu_s": -1}]}, [".steps[1].cpu_s"]),
        ({"wall_s": -0.1, "started_at": -5.0}, [".wall_s"]),
    ],
)
def test_negative_numbers(document: dict[str, object], found: list[str]) -> None:
    assert clocks.negatives(document) == found


@pytest.mark.parametrize(
    ("ran", "said", "trouble"),
    [
        (resume.Ran(0, [], was_stopped=False), "", ""),
        (resume.Ran(-9, [], was_stopped=True), "", ""),
        (resume.Ran(137, [], was_stopped=False), "", "status 137"),
        (resume.Ran(1, [], was_stopped=True), "", "status 1"),
        (resume.Ran(0, [], was_stopped=False), "warning[WF001]: odd", "odd"),
        (resume.Ran(0, [{"again": ["s1"]}], was_stopped=False), "", "ran again: ['s1']"),
    ],
)
def test_what_a_stopped_run_may_not_do(ran: resume.Ran, said: str, trouble: str, tmp_path: Path) -> None:
    (tmp_path / "errors").write_text(said)
    trial = resume.Trial(resume.Case(variant=0, slots=2, stops=[STOP]), tmp_path, {})
    found = trial._run_trouble(ran, STOP)
    assert trouble in found
    assert bool(trouble) == bool(found)


def test_another_tree_is_noticed(tmp_path: Path) -> None:
    chores.set_up(tmp_path / "work", chores.chores(1, 0))
    whole = portrait(tmp_path / "work")
    trial = resume.Trial(resume.Case(variant=0, slots=2, stops=[STOP]), tmp_path, whole)
    assert trial._tree_trouble() == ""
    (tmp_path / "work/src/a.txt").write_text("half")
    assert trial._tree_trouble() == "the tree differs in ['src/a.txt']"


def test_steps_that_ended_are_found_in_the_events() -> None:
    lines = [
        '{"event": "step-finished", "step": "a", "status": "succeeded"}',
        '{"event": "x", "status": "succeeded"}',
    ]
    ran = resume.Ran(0, [json.loads(line) for line in lines], was_stopped=False)
    assert ran.steps("succeeded") == {"a"}
    assert ran.steps("cached") == set()


@pytest.mark.parametrize("seed", range(3))
def test_workflows_of_chores_have_all_kinds_of_outputs(seed: int) -> None:
    made = chores.chores(seed, seed)
    outputs = [text for each in made for text in each.outputs]
    assert len(made) == chores.STEPS
    assert any(text.endswith("/") for text in outputs)
    assert any("*" in text for text in outputs)
    assert any(len(each.outputs) > 1 for each in made)
    assert any("*" in text for each in made for text in each.inputs)
    assert any(each.takes for each in made)
