"""Predictions in words and as a sheet."""

from __future__ import annotations

import pytest

from wfopt.dataclass import replace
from wfopt.model.estimates import Basis, Estimate
from wfopt.model.prediction import PlayedAgain, PredictReport, StepOutlook, Sweep, Trust, Variation, Whole
from wfopt.model.workflow import StepId
from wfopt.render.paint import Paint
from wfopt.render.prediction.document import predict_document
from wfopt.render.prediction.text import prediction_text
from wfopt.render.prediction.wording import (
    basis_text,
    headline,
    machine_text,
    odds_text,
    share_text,
    trust_text,
)

MEASURED = Estimate(expected=10.0, low=8.0, high=15.0, samples=7, model="median")
WHOLE = Whole(
    makespan=MEASURED,
    trust=Trust(word="medium", samples=7, runs_ago=2, spread=0.35),
    cpu_s=1234.5,
    memory_bytes=None,
    path=(StepId("a"),),
    slots=1,
    cpu_milli=1000,
    memory_capacity=None,
    strategy="fifo",
)
REPORT = PredictReport(
    file="w.yml",
    runs=7,
    level=0.8,
    steps=(StepOutlook(step=StepId("a"), wall=MEASURED, on_path=0.004),),
    borrowed=None,
    ignored=0,
    whole=WHOLE,
)


def text_of(report: PredictReport, *, plain: bool = False) -> str:
    return prediction_text(report, Paint(color=False), 100, cut=False, verbose=False, plain=plain)


@pytest.mark.parametrize(
    ("level", "text"),
    [
        (0.8, "8 times in 10"),
        (0.95, "95 times in 100"),
        (0.999, "999 times in 1000"),
        (1 / 3, "33.33 times in 100"),
    ],
)
def test_levels(level: float, text: str) -> None:
    assert odds_text(level) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.5, "50 %"), (1.0, "100 %")]
)
def test_shares(share: float, text: str) -> None:
    assert share_text(share) == text


def test_confidence_says_why() -> None:
    assert trust_text(WHOLE.trust) == "medium (7 runs compared, within 35 %, 2 runs ago)"
    assert trust_text(Trust(word="low", samples=1)) == "low (1 run compared)"
    assert trust_text(Trust()) == "none"


def test_the_headline() -> None:
    assert headline(REPORT) == "10.0 s, and 8 times in 10 between 8.00 s and 15.0 s"
    nothing = replace(WHOLE, makespan=replace(MEASURED, expected=0.0))
    assert headline(replace(REPORT, whole=nothing)) == "nothing to do: all steps are in the cache"
    assert headline(replace(REPORT, whole=replace(WHOLE, makespan=None))) == "unknown"


def test_what_it_rests_on() -> None:
    assert basis_text(REPORT) == "7 runs of history"
    hint = replace(WHOLE, makespan=replace(MEASURED, basis=Basis.HINT))
    assert basis_text(replace(REPORT, runs=0, whole=hint)) == "no history; some steps by `x-duration` only"


def test_the_machine() -> None:
    assert machine_text(WHOLE) == "1 cpu, 1 slot, fifo"
    large = replace(WHOLE, cpu_milli=2500, slots=2, memory_capacity=1 << 30)
    assert machine_text(large) == "2.5 cpus, 2 slots, 1 GiB, fifo"


def test_large_costs_and_remarks_are_told() -> None:
    other = Variation(name="cpus=2", whole=replace(WHOLE, makespan=None, cpu_s=None), remarks=("odd",))
    told = text_of(replace(REPORT, ignored=1, variations=(other,)))
    assert "1,234 cpu-seconds" in told
    assert "left out of the past: 1 value without sense" in told
    assert "cpus=2: odd" in told
    assert "<1 %" in told


def test_nothing_to_do_costs_nothing() -> None:
    nothing = replace(WHOLE, makespan=replace(MEASURED, expected=0.0), path=())
    told = text_of(replace(REPORT, whole=nothing))
    assert "makespan  nothing to do" in told
    assert "confidence" not in told
    assert "cpu-seconds" not in told


def test_long_paths_are_cut() -> None:
    steps = tuple(StepOutlook(step=StepId(f"s{place}"), wall=MEASURED, on_path=1.0) for place in range(15))
    path = tuple(each.step for each in steps)
    told = text_of(replace(REPORT, steps=steps, whole=replace(WHOLE, path=path)))
    assert "→ 3 more" in " ".join(told.split())


def test_bars() -> None:
    swept = replace(REPORT, sweep=Sweep(seconds={1: 10.0, 2: 5.0}, enough=2))
    assert f"   1    10.0 s  {'█' * 40}\n" in text_of(swept)
    assert f"   2    5.00 s  {'#' * 20} <- more cpus save next to nothing\n" in text_of(swept, plain=True)
    idle = replace(REPORT, sweep=Sweep(seconds={1: 0.0}, enough=1))
    assert "   1       0 s   <- more" in text_of(idle)


def test_a_backtest_of_too_little_past() -> None:
    tested = replace(REPORT, tested=PlayedAgain(overall=None, steps=(), models=()))
    assert "no step has enough runs to predict one of them from the others" in text_of(tested)
    assert predict_document(tested)["backtest"] == {
        "steps": 0,
        "values": 0,
        "median_ape": None,
        "p90_ape": None,
        "coverage": None,
        "by_step": [],
        "by_model": [],
    }


def test_what_was_not_asked_for_is_not_in_the_document() -> None:
    assert not predict_document(REPORT).keys() & {"backtest", "cpus_sweep"}
