"""What views say in cases that few histories have."""

from dataclasses import replace

import pytest

from tests.support.history import past_run, rewrite
from wfopt.metrics.baseline import Metric
from wfopt.metrics.changes import Direction, Trend
from wfopt.metrics.efficiency import StepCache, StepResources
from wfopt.metrics.health import Check, Condition, Health
from wfopt.metrics.overview import CacheFigures, overview
from wfopt.metrics.savings import Savings, savings_of
from wfopt.metrics.views import (
    CacheView,
    CompareView,
    Pair,
    ResourcesView,
    RunRow,
    RunsView,
    Series,
    Side,
    Stats,
    TrendView,
    View,
    Whole,
)
from wfopt.model.history import Ending, Revision, Scope, StepTotals
from wfopt.model.workflow import StepId
from wfopt.render.paint import Paint
from wfopt.render.stats import health_sheet, stats_csv, stats_sheet
from wfopt.render.stats_document import stats_document
from wfopt.render.stats_overview import savings_text
from wfopt.render.stats_sheet import sheet_text
from wfopt.render.stats_words import number, percent, revision_text, runs_text, seconds, short, size, title_of

NOW = 1_000_000.0
A = StepId("a")
TREND = Trend(
    step=A,
    metric=Metric.MEMORY,
    before=100.0 * 2**20,
    after=200.0 * 2**20,
    ratio=2.0,
    since_run="r7",
    at=NOW - 60,
    direction=Direction.SLOWER,
    host="north",
    points_before=9,
    points_after=8,
)
NOTHING = Savings(each=(), runs=0, predicted_s=None, measured_s=None)


def stats_of(
    view: View | None = None, whole: Whole | None = None, hosts: tuple[str, ...] = ("north",)
) -> Stats:
    return Stats(
        scope=Scope(workflow="wfopt.yml"),
        runs=1,
        remembered=1,
        workflows=("wfopt.yml",),
        hosts=("north",),
        now=NOW,
        whole=whole,
        view=view,
        gates=(),
        gate_host="",
    )


def shown(view: View) -> str:
    return sheet_text(stats_sheet(stats_of(view), "overview"), Paint(color=False), 100, cut=False)


def whole_of(totals: tuple[StepTotals, ...] = (), trends: tuple[Trend, ...] = ()) -> Whole:
    health = Health((Check(name="disk", condition=Condition.DEGRADED, evidence="full"),))
    return Whole(
        overview=overview((), (), totals), workflows=(), trends=trends, savings=NOTHING, health=health
    )


def totals(step: str, critical_s: float = 0.0) -> StepTotals:
    counts = dict.fromkeys(("failed", "cached", "skipped", "cancelled", "flaky", "critical"), 0)
    return StepTotals(
        step=StepId(step),
        runs=1,
        succeeded=1,
        attempts=1,
        wall_s=1.0,
        cpu_s=1.0,
        critical_s=critical_s,
        waited_s=0.0,
        **counts,
    )


def test_a_few_steps_of_many() -> None:
    whole = whole_of(tuple(totals(f"s{place}", 100.0 - place) for place in range(13)))
    text = sheet_text(stats_sheet(stats_of(whole=whole), "overview"), Paint(color=False), 80, cut=True)
    assert "s9 " in text
    assert "s10" not in text
    assert "… and 3 more steps\n" in text
    assert "health   degraded: disk: full\n" in text


def test_memory_is_larger_or_smaller() -> None:
    smaller = replace(TREND, direction=Direction.FASTER, ratio=0.5)
    whole = whole_of(trends=(TREND, smaller))
    text = sheet_text(stats_sheet(stats_of(whole=whole), "overview"), Paint(color=False), 80, cut=True)
    assert "a      larger   100 MiB  200 MiB  2.00x  r7         1m 00s ago\n" in text
    assert "a      smaller  100 MiB  200 MiB  0.50x" in text


def test_trends_of_several_machines_name_them() -> None:
    other = replace(TREND, host="south", metric=Metric.WALL, step=None, before=1.0, after=2.0)
    series = (Series(step=None, host="north", values=(), trends=(other,)),)
    text = shown(TrendView(series=series, revisions={}, run_length=500.0))
    assert "whole run  -                -     0        1\n" in text
    assert "whole run  slower  1.00 s  2.00 s  2.00x  r7         -       south\n" in text
    assert "500 runs" in text


def test_nothing_has_changed() -> None:
    series = (Series(step=A, host="north", values=(1.0, 1.0), trends=()),)
    text = shown(TrendView(series=series, revisions={}, run_length=500.0))
    assert "nothing is slower or faster for good" in text


def test_a_run_without_a_commit_that_never_ended() -> None:
    run = replace(past_run("r1", ending=Ending.UNFINISHED, started_at=NOW), revision=Revision())
    row = RunRow(run=run, failed=tuple(StepId(each) for each in "abcde"))
    text = shown(RunsView(rows=(row,), total=1))
    assert "r1   0 s ago  -               unfinished     -     -  a, b, c and 2 more\n" in text


def test_few_runs_have_no_interval() -> None:
    runs = (past_run("r1"), past_run("r2"))
    pairs = (
        Pair(step=A, before="", after="cached", comparison=None),
        Pair(step=None, before="failed", after="succeeded", comparison=None),
    )
    sides = [Side(name=name, kind="branch", runs=runs) for name in ("x", "y")]
    view = CompareView(before=sides[0], after=sides[1], host="north", run=pairs[1], steps=pairs[:1])
    text = shown(view)
    assert "whole run  failed  succeeded      -              -  -     -  too few runs\n" in text
    assert "a               -     cached      -              -  -     -  too few runs\n" in text
    assert stats_csv(stats_of(view), "overview").endswith("\na,,cached,,,,,,,0,0,too-few\n")


def test_who_was_killed_stands_out() -> None:
    step = StepResources(step=A, attempts=2, cpu=1.0, memory_bytes=100, peak_bytes=90, killed=1)
    sheet = stats_sheet(stats_of(ResourcesView(steps=(step,), runs=2)), "overview")
    assert "\x1b[1;31m90 B\x1b[0m" in sheet_text(sheet, Paint(color=True), 80, cut=True)


def test_hits_of_unknown_results_save_what_nobody_knows() -> None:
    some = StepCache(step=A, hits=2, misses=0, saved_s=3.0, unknown=1, reasons=())
    none = replace(some, step=StepId("b"), saved_s=0.0, unknown=2)
    text = shown(CacheView(figures=CacheFigures(), steps=(some, none), runs=2))
    assert "cache  no step that can be cached\n" in text
    assert "a        2       0  3.00 s  -\n" in text
    assert "b        2       0       -  -\n" in text
    assert "what 3 of the hits had run is not known, and not part of `saved`" in text


def test_optimizations() -> None:
    assert savings_text(NOTHING) == "there are no runs before and after that could be compared"
    found = savings_of(
        [rewrite(NOW, before="a", after="b", predicted_saving_s=None)],
        [past_run("1", content="a", wall_s=5.0), past_run("2", content="b", wall_s=2.0)],
    )
    assert savings_text(found) == "a run is 3.00 s shorter (nothing was predicted); 1 run since"
    whole = replace(whole_of(), savings=found)
    text = sheet_text(stats_sheet(stats_of(whole=whole), "optimization"), Paint(color=False), 100, cut=True)
    assert "a saving is a first impression on fewer than 3 runs before and 3 after" in text
    assert "0 s ago  drop-order  5.00 s  2.00 s  3.00 s          -  1 and 1\n" in text
    bare = sheet_text(
        stats_sheet(stats_of(whole=whole_of()), "optimization"), Paint(color=False), 100, cut=True
    )
    assert "no optimization of it was written" in bare


def test_health_alone() -> None:
    text = sheet_text(health_sheet(whole_of().health), Paint(color=False), 80, cut=True)
    assert text == "health\n\ndisk  degraded: full\n"


def test_a_document_needs_the_whole() -> None:
    with pytest.raises(ValueError, match="a document needs"):
        stats_document(stats_of())
    assert stats_csv(stats_of(), "overview") == ""
    assert stats_csv(stats_of(whole=whole_of()), "health").endswith("\ndisk,degraded,full\n")


def test_words() -> None:
    assert [percent(each) for each in (0.999, 0.0994, 0.0995, 0.001)] == ["100 %", "9.9 %", "10 %", "0.1 %"]
    assert (seconds(None), size(None), size(2048.4), number(None), number(1.504)) == (
        *("-", "-", "2 KiB", "-"),
        "1.5",
    )
    assert (short("0123456789"), revision_text(Revision())) == ("01234567", "-")
    assert (runs_text(1), runs_text(999), runs_text(100_000)) == ("1 run", "999 runs", "100,000 runs")


def test_the_title_says_which_runs() -> None:
    scope = Scope(branch="main", host="north", since=NOW - 3600)
    assert (
        title_of(scope, "3 runs", NOW)
        == "all workflows: 3 runs on branch main on host north since 1h 00m ago"
    )
