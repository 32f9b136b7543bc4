"""An optimization as text: what is told of much is cut, and nothing is told twice."""

from pathlib import Path

import pytest

from tests.support.optimizing import SEQUENCE
from wfopt.api.optimize import OptimizeOptions, optimize_file
from wfopt.dataclass import replace
from wfopt.optimizer.base import Change, Refusal
from wfopt.optimizer.report import OptimizeReport, Verification
from wfopt.render.optimization.text import DIFFERENCES, REFUSALS, optimization_text
from wfopt.render.paint import Paint
from wfopt.resources.pool import Capacity
from wfopt.scheduler.registry import STRATEGIES

PROOF = Verification(files=30, statuses=2, originals=2, runs=1, before_s=2.0, after_s=1.0)


@pytest.fixture
def report(tmp_path: Path) -> OptimizeReport:
    (tmp_path / "wfopt.yml").write_text(SEQUENCE)
    options = OptimizeOptions(
        file=str(tmp_path / "wfopt.yml"),
        workspace=str(tmp_path),
        state_folder=str(tmp_path / ".wfopt"),
        capacity=Capacity(slots=2, cpu_milli=2000, memory_bytes=None),
        strategy=STRATEGIES[0],
    )
    return optimize_file(options, lambda: 0.0).report


def text(report: OptimizeReport, *, verbose: bool = False) -> str:
    return optimization_text(report, Paint(color=False), 100, cut=False, verbose=verbose)


def test_differences_are_cut(report: OptimizeReport) -> None:
    differences = tuple(f"`{number}` has other content" for number in range(25))
    told = text(replace(report, verified=replace(PROOF, unequal_files=25, differences=differences)))
    assert f"`{DIFFERENCES - 1}` has other content\nand 5 more\n" in told
    assert f"`{DIFFERENCES}` has" not in told


def test_refusals_are_cut_unless_all_are_asked_for(report: OptimizeReport) -> None:
    many = tuple(
        Refusal(made_by="p", steps=(), what=f"no {number}", why="it is so", hint="change it")
        for number in range(REFUSALS + 2)
    )
    refusing = replace(report, optimized=replace(report.optimized, refusals=many))
    assert f"no {REFUSALS - 1}: it is so; change it\nand 2 more (`-v` tells them)\n" in text(refusing)
    assert f"no {REFUSALS + 1}: it is so; change it\n" in text(refusing, verbose=True)


def test_a_reason_that_several_share_is_told_once(report: OptimizeReport) -> None:
    (passed,) = report.optimized.passed
    changes = tuple(
        Change(made_by="p", steps=(), what=what, why=why)
        for what, why in (("one", "it is so"), ("two", "it is so"), ("three", "it is else"))
    )
    made = replace(report.optimized, passed=(replace(passed, changes=changes),))
    told = text(replace(report, optimized=made))
    assert "\none\ntwo\nin each case, it is so (declared)\nthree: it is else (declared)\n" in told


def test_a_pass_may_cost_time_or_change_none(report: OptimizeReport) -> None:
    (passed,) = report.optimized.passed
    dear = replace(passed, makespan_before=1.0, makespan_after=2.0)
    told = text(replace(report, optimized=replace(report.optimized, passed=(dear,))))
    assert "costs 1 step of the makespan" in told
    assert "no time is saved on 2 slots" in told.replace("\n", " ")
    same = replace(passed, makespan_after=passed.makespan_before)
    assert "no change of the makespan" in text(
        replace(report, optimized=replace(report.optimized, passed=(same,)))
    )
