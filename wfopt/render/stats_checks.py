"""Resources, the cache step by step, optimizations, health and gates."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.metrics.efficiency import FEWEST_ATTEMPTS, StepCache, StepResources
from wfopt.metrics.gate import GateResult
from wfopt.metrics.health import Health
from wfopt.metrics.savings import PassRecord, Saving, Savings
from wfopt.metrics.views import CacheView, ResourcesView
from wfopt.render.paint import Style
from wfopt.render.stats_overview import cache_text, savings_text
from wfopt.render.stats_sheet import UNKNOWN, Block, Cell, Column, Facts, Grid, Remarks, cells_of
from wfopt.render.stats_words import CONDITION_STYLES, ago, number, percent, runs_text, seconds, size

_MOST_REASONS = 3

_RESOURCE_COLUMNS = (
    Column(name="step", flexible=True),
    Column(name="cpu asked", right=True),
    Column(name="used", right=True),
    Column(name="memory asked", right=True),
    Column(name="peak", right=True),
    Column(name="runs", right=True),
    Column(name="better"),
)
_CACHE_COLUMNS = (
    Column(name="step", flexible=True),
    Column(name="hits", right=True),
    Column(name="misses", right=True),
    Column(name="saved", right=True),
    Column(name="why it ran most often", flexible=True),
)
_SAVING_COLUMNS = (
    Column(name="when", right=True),
    Column(name="passes", flexible=True),
    Column(name="before", right=True),
    Column(name="after", right=True),
    Column(name="saved", right=True),
    Column(name="predicted", right=True),
    Column(name="runs", right=True),
)
_RECORD_COLUMNS = (
    Column(name="pass", flexible=True),
    Column(name="optimizations", right=True),
    Column(name="predicted", right=True),
    Column(name="saved", right=True),
    Column(name="trust", right=True),
)


def resources_blocks(view: ResourcesView) -> tuple[Block, ...]:
    """Return what each step asked for and used."""
    return (
        Grid(columns=_RESOURCE_COLUMNS, rows=tuple(_resource_row(each) for each in view.steps)),
        Remarks(
            lines=(
                Cell(
                    f"over the newest {runs_text(view.runs)}; used: cpus kept busy in 9 of 10 attempts,"
                    f" peak: the highest; nothing is suggested on fewer than {FEWEST_ATTEMPTS} attempts"
                ),
            )
        ),
    )


def cache_blocks(view: CacheView) -> tuple[Block, ...]:
    """Return what the cache did for each step, and why steps ran."""
    unknown = sum(each.unknown for each in view.steps)
    remarks = [Cell(f"over the newest {runs_text(view.runs)}")]
    if unknown:
        remarks.append(Cell(f"what {unknown} of the hits had run is not known, and not part of `saved`"))
    return (
        Facts(rows=(("cache", Cell(cache_text(view.figures))),)),
        Grid(columns=_CACHE_COLUMNS, rows=tuple(_cache_row(each) for each in view.steps)),
        Remarks(lines=tuple(remarks)),
    )


def savings_blocks(savings: Savings, now: float) -> tuple[Block, ...]:
    """Return what each optimization was to save, and did."""
    if not savings.each:
        return (Remarks(lines=(Cell("no optimization of it was written"),)),)
    uncertain = any(not each.is_certain for each in savings.each)
    few = Cell(
        "a saving is a first impression on fewer than 3 runs before and 3 after with nothing from the cache",
        Style.NOTE,
    )
    return (
        Facts(rows=(("together", Cell(savings_text(savings))),)),
        Grid(columns=_SAVING_COLUMNS, rows=tuple(_saving_row(each, now) for each in reversed(savings.each))),
        Remarks(lines=(few,) if uncertain else ()),
        Grid(columns=_RECORD_COLUMNS, rows=tuple(_record_row(each) for each in savings.passes)),
    )


def health_blocks(health: Health) -> tuple[Block, ...]:
    """Return each check with its evidence."""
    rows = tuple(
        (
            check.name,
            Cell(f"{check.condition.value}: {check.evidence}", CONDITION_STYLES[check.condition]),
        )
        for check in health.checks
    )
    return (Facts(rows=rows),)


def gates_block(gates: Sequence[GateResult], host: str, hosts: Sequence[str]) -> Block:
    """Return what each gate says."""
    lines = tuple(
        Cell(
            f"{'tripped' if each.tripped else 'passed'}: {each.why}",
            Style.ERROR if each.tripped else Style.OK,
        )
        for each in gates
    )
    return Remarks(title=f"gates (on {host})" if len(hosts) > 1 else "gates", lines=lines)


def _resource_row(each: StepResources) -> tuple[Cell, ...]:
    peak = Cell(size(each.peak_bytes), Style.ERROR if each.killed else None)
    return cells_of(
        each.step,
        number(each.cpu),
        number(each.cpu_used),
        size(each.memory_bytes),
        peak,
        str(each.attempts),
        Cell(", ".join(each.suggestions), Style.WARNING if each.suggestions else None),
    )


def _cache_row(each: StepCache) -> tuple[Cell, ...]:
    reasons = "; ".join(f"{reason} ({count})" for reason, count in each.reasons[:_MOST_REASONS])
    known = each.hits > each.unknown or not each.hits
    return cells_of(
        each.step,
        str(each.hits),
        str(each.misses),
        seconds(each.saved_s) if known else UNKNOWN,
        reasons or UNKNOWN,
    )


def _record_row(each: PassRecord) -> tuple[Cell, ...]:
    return cells_of(
        each.name,
        str(each.rewrites),
        seconds(each.predicted_s),
        seconds(each.measured_s),
        percent(each.trust),
    )


def _saving_row(each: Saving, now: float) -> tuple[Cell, ...]:
    return cells_of(
        ago(each.rewrite.at, now),
        ", ".join(each.rewrite.passes) or UNKNOWN,
        seconds(each.before_s),
        seconds(each.after_s),
        seconds(each.measured_s),
        seconds(each.rewrite.predicted_saving_s),
        f"{each.runs_before} and {each.runs_after}",
    )
