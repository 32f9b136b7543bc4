"""What an analysis tells of a file beside its findings, as facts and tables."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.analyzer.report import Cost, FileReport, Machine, Score
from wfopt.model.quantities import format_duration
from wfopt.render.analysis.wording import amount_text, counts_text, hidden_text, percent
from wfopt.render.harmless import harmless
from wfopt.render.paint import Style
from wfopt.render.stats_sheet import Block, Cell, Column, Facts, Grid, Sheet, cells_of
from wfopt.render.words import counted, path_text

SLACK_ROWS = 20
"""So many steps are listed with their slack, the most urgent first."""

_GOOD, _FAIR = 80, 50


def file_sheet(report: FileReport, *, detailed: bool) -> Sheet:
    """Return all about a file but its findings; with `detailed`, also slacks and what scores are made of."""
    blocks: list[Block] = [Facts(rows=tuple(_facts(report))), _machines(report)]
    if detailed:
        blocks += [_slacks(report), _parts("optimization", report.optimization)]
        blocks += [_parts("complexity", report.complexity)]
    return Sheet(title=f"{report.file}: {report.title}", blocks=tuple(blocks))


def file_line(report: FileReport) -> str:
    """Return one line about a file."""
    graph = report.graph
    parts = [
        counted(graph.steps, "step"),
        f"{graph.depth} deep",
        f"{graph.width} wide",
        f"critical path {amount_text(graph.critical, graph)}",
        f"score {report.optimization.value}",
        counts_text(report.findings),
    ]
    hidden = hidden_text([report])
    return f"{harmless(report.file)}: {report.title}, {', '.join([*parts, *([hidden] if hidden else [])])}"


def _facts(report: FileReport) -> Iterator[tuple[str, Cell]]:
    graph = report.graph
    yield "steps", Cell(_steps_text(report))
    edges = counted(graph.edges, "edge")
    yield "shape", Cell(f"{edges}, {graph.depth} deep, {graph.width} wide")
    yield "durations", Cell(graph.basis)
    yield "work", Cell(amount_text(graph.work, graph))
    path = f" ({path_text(graph.path)})" if graph.path else ""
    yield "critical path", Cell(f"{amount_text(graph.critical, graph)}{path}")
    if graph.parallelism is not None:
        yield "parallelism", Cell(f"{graph.parallelism:.3g} on average, {_profile_text(report)}")
    if report.cost.reserved is not None:
        yield "cost", Cell(_cost_text(report.cost, report.cost.reserved))
    yield "score", _score_cell(report)
    yield "complexity", Cell(f"{report.complexity.value} of 100")


def _steps_text(report: FileReport) -> str:
    steps = report.graph.steps
    if report.format == "native":
        return str(steps)
    return f"{steps}, {report.runnable} of them runnable here"


def _profile_text(report: FileReport) -> str:
    profile = report.graph.profile
    alone = sum(share for count, share in profile if count <= 1)
    most = profile[-1][0] if profile else 0
    return f"{most} at once at most, one at a time for {percent(alone)} of the time"


def _cost_text(cost: Cost, reserved: float) -> str:
    text = f"{format_duration(reserved)} of cpu time reserved a run"
    if cost.used is None or not cost.reserved_told:
        return text
    told = f"by {counted(cost.told, 'step')} that ran"
    return f"{text}, {percent(cost.used / cost.reserved_told)} of it used {told}"


def _score_cell(report: FileReport) -> Cell:
    value = report.optimization.value
    lowest = min(report.optimization.parts, key=lambda each: (each.value - 1) * each.weight)
    why = f", most of it lost on {lowest.name}: {lowest.why}" if value < 100 else ""
    style = Style.OK if value >= _GOOD else Style.WARNING if value >= _FAIR else Style.ERROR
    return Cell(f"{value} of 100{why}", style)


def _machines(report: FileReport) -> Grid:
    graph = report.graph

    def row(machine: Machine) -> tuple[Cell, ...]:
        cells = cells_of(
            f"{machine.cpus:g}{' *' if machine.meant else ''}",
            amount_text(machine.bound, graph),
            f"{machine.ceiling:.2f}x",
            amount_text(machine.makespan, graph),
            f"{machine.speedup:.2f}x",
        )
        return tuple(Cell(each.text, Style.BOLD) for each in cells) if machine.meant else cells

    names = ("cpus", "at least", "at best", f"with {report.strategy}", "speed-up")
    return Grid(
        columns=tuple(Column(name=name, right=True) for name in names),
        rows=tuple(map(row, report.machines)),
        rest="* this machine, or what `-j` and `--cpus` say",
    )


def _slacks(report: FileReport) -> Grid:
    graph = report.graph
    ordered = sorted(graph.slacks.items(), key=lambda each: each[1])
    hidden = len(ordered) - SLACK_ROWS
    return Grid(
        title="slack: how late a step may be before the whole is",
        columns=(Column(name="step", flexible=True), Column(name="slack", right=True)),
        rows=tuple(cells_of(step, amount_text(slack, graph)) for step, slack in ordered[:SLACK_ROWS]),
        rest=f"… and {counted(hidden, 'more step')} with no less" if hidden > 0 else "",
    )


def _parts(name: str, score: Score) -> Grid:
    return Grid(
        title=f"{name}: {score.value} of 100",
        columns=(
            Column(name="part"),
            Column(name="value", right=True),
            Column(name="points", right=True),
            Column(name="why", flexible=True),
        ),
        rows=tuple(
            cells_of(
                each.name, f"{each.value:.2f}", f"{each.value * each.weight:.1f} of {each.weight}", each.why
            )
            for each in score.parts
        ),
    )
