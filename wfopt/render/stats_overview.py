"""What runs have in common, as facts and a table of the steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfopt.metrics.health import Condition, Health
from wfopt.metrics.overview import Accuracy, CacheFigures, Overview, StepFigures, Utilization
from wfopt.metrics.savings import Savings
from wfopt.metrics.views import Whole, WorkflowRow
from wfopt.model.history import Ending
from wfopt.render.paint import Style
from wfopt.render.stats_sheet import UNKNOWN, Block, Cell, Column, Facts, Grid, Remarks, cells_of
from wfopt.render.stats_trends import trends_grid
from wfopt.render.stats_words import (
    CONDITION_STYLES,
    ago,
    percent,
    runs_text,
    seconds,
    size,
    wall_text,
)
from wfopt.render.words import counted

MAX_STEPS = 10

_STEP_COLUMNS = (
    Column(name="step", flexible=True),
    Column(name="on critical path", right=True),
    Column(name="mean", right=True),
    Column(name="ran", right=True),
    Column(name="cached", right=True),
    Column(name="failed", right=True),
    Column(name="flaky", right=True),
)
_WORKFLOW_COLUMNS = (
    Column(name="workflow", flexible=True),
    *(Column(name=name, right=True) for name in ("runs", "succeeded", "p50", "p90", "last run")),
)


def overview_blocks(whole: Whole, now: float) -> tuple[Block, ...]:
    """Return the facts about all runs, the steps by their time on the critical path, and the trends."""
    common = whole.overview
    return (
        Facts(rows=tuple(_facts(whole))),
        _workflows(whole.workflows, now),
        steps_grid(() if whole.workflows else common.steps),
        trends_grid(whole.trends, now, with_hosts=len(common.hosts) > 1),
        Remarks(lines=tuple(_remarks(whole))),
    )


def steps_grid(steps: Sequence[StepFigures]) -> Grid:
    """Return the steps that spent most time on the critical path."""
    rest = len(steps) - MAX_STEPS
    return Grid(
        columns=_STEP_COLUMNS,
        rows=tuple(_step_row(each) for each in steps[:MAX_STEPS]),
        rest=f"… and {counted(rest, 'more step')}" if rest > 0 else "",
    )


def _facts(whole: Whole) -> Iterator[tuple[str, Cell]]:
    common = whole.overview
    yield "runs", Cell(_endings(common))
    yield "wall", Cell(wall_text(common.wall))
    yield "cache", Cell(cache_text(common.cache))
    yield from _utilization(common.utilization)
    yield from _extremes(common.steps)
    if common.accuracy.runs:
        yield "predicted", Cell(_accuracy(common.accuracy))
    if whole.savings.each:
        yield "optimized", Cell(savings_text(whole.savings))
    yield "health", health_cell(whole.health)


def _accuracy(found: Accuracy) -> str:
    """Return how well runs were predicted, and how that has changed."""
    told = (
        f"{runs_text(found.runs)}, off by {percent(found.median_ape)},"
        f" {percent(found.coverage)} inside the interval"
    )
    errors = [percent(each.median_ape) for each in found.over_time]
    return f"{told}; over time off by {', '.join(errors)}" if errors else told


def _endings(common: Overview) -> str:
    counts = ", ".join(f"{count:,} {ending.value}" for ending, count in common.endings.items() if count)
    good, bad = common.endings[Ending.SUCCEEDED], common.endings[Ending.FAILED]
    rate = f"; success rate {percent(common.success_rate)}" if good and bad else ""
    return f"{common.runs:,}: {counts}{rate}" if common.runs else "none"


def cache_text(cache: CacheFigures) -> str:
    """Return what the cache did."""
    looked = cache.hits + cache.misses
    if not looked:
        return "no step that can be cached"
    saved = f"{seconds(cache.saved_s)} saved (what the hits had run when they were made)"
    restored = f", {size(cache.restored_bytes)} restored" if cache.restored_bytes else ""
    return f"{percent(cache.hit_rate)} hits ({cache.hits:,} of {looked:,}), {saved}{restored}"


def _utilization(used: Utilization) -> Iterator[tuple[str, Cell]]:
    for name, what, of_capacity, of_requests in (
        ("cpu", "", used.cpu, used.cpu_reserved),
        ("memory", "largest step ", used.memory, used.memory_reserved),
    ):
        parts = [
            f"{percent(of_capacity)} of the capacity" if of_capacity is not None else "",
            f"{percent(of_requests)} of what steps asked for" if of_requests is not None else "",
        ]
        listed = ", ".join(filter(None, parts))
        yield name, Cell(f"{what}{listed}" if listed else UNKNOWN)


def _extremes(steps: Sequence[StepFigures]) -> Iterator[tuple[str, Cell]]:
    ran = sum(each.totals.succeeded + each.totals.failed for each in steps)
    failed = sum(each.totals.failed for each in steps)
    flaky = sum(each.totals.flaky for each in steps)
    if ran:
        yield (
            "errors",
            Cell(f"{percent(failed / ran)} of the steps that ran failed, {percent(flaky / ran)} were flaky"),
        )
    slowest = max((each for each in steps if each.mean_s), key=lambda each: each.mean_s or 0.0, default=None)
    flakiest = max(
        (each for each in steps if each.totals.flaky), key=lambda each: each.flaky_rate or 0.0, default=None
    )
    if slowest is not None:
        yield "slowest", Cell(f"{slowest.totals.step} ({seconds(slowest.mean_s)} on average)")
    if flakiest is not None:
        what = f"{percent(flakiest.flaky_rate)} of its runs needed another attempt"
        yield "flakiest", Cell(f"{flakiest.totals.step} ({what})")


def savings_text(savings: Savings) -> str:
    """Return what optimizations came to."""
    predicted = "nothing was predicted"
    if savings.predicted_s is not None:
        predicted = f"{_change(savings.predicted_s)} was predicted"
    if savings.measured_s is None:
        return "there are no runs before and after that could be compared"
    return f"a run is {_change(savings.measured_s)} ({predicted}); {runs_text(savings.runs)} since"


def _change(saved_s: float) -> str:
    return f"{seconds(abs(saved_s))} {'shorter' if saved_s >= 0 else 'longer'}"


def health_cell(health: Health) -> Cell:
    """Return the health in one line: what is wrong, if something is."""
    wrong = [check for check in health.checks if check.condition is not Condition.HEALTHY]
    text = health.condition.value
    if wrong:
        text += ": " + "; ".join(f"{check.name}: {check.evidence}" for check in wrong)
    return Cell(text, CONDITION_STYLES[health.condition])


def _step_row(each: StepFigures) -> tuple[Cell, ...]:
    totals = each.totals
    failed = Cell(str(totals.failed), Style.ERROR) if totals.failed else Cell("0")
    flaky = Cell(str(totals.flaky), Style.WARNING) if totals.flaky else Cell("0")
    return cells_of(
        totals.step,
        percent(each.critical_share),
        seconds(each.mean_s),
        str(totals.succeeded + totals.failed),
        str(totals.cached),
        failed,
        flaky,
    )


def _workflows(rows: Sequence[WorkflowRow], now: float) -> Grid:
    return Grid(
        columns=_WORKFLOW_COLUMNS,
        rows=tuple(
            cells_of(
                row.workflow,
                str(row.runs),
                percent(row.success_rate),
                seconds(row.wall.p50),
                seconds(row.wall.p90),
                ago(row.last_at, now),
            )
            for row in rows
        ),
    )


def _remarks(whole: Whole) -> Iterator[Cell]:
    common = whole.overview
    if len(common.hosts) > 1:
        yield Cell(hosts_text(tuple(common.hosts)), Style.NOTE)
    if whole.workflows:
        yield Cell(
            "durations of several workflows are mixed here: `wfopt stats FILE` tells of one", Style.NOTE
        )
    if common.detailed < common.runs:
        yield Cell(f"cache, cpu, memory and predictions are of the newest {runs_text(common.detailed)}")


def hosts_text(hosts: Sequence[str]) -> str:
    """Return the remark that runs are of several machines."""
    listed = ", ".join(hosts[:-1])
    return (
        f"these runs are of {listed} and {hosts[-1]}: trends and gates never compare two machines,"
        " `--host NAME` tells of one"
    )
