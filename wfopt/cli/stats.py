"""`wfopt stats`: what the history of runs tells."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from wfopt.cli.cache import Folder, StateDir, Workspace
from wfopt.cli.completion import file_words
from wfopt.cli.console import Console
from wfopt.cli.stats_words import branch_words, host_words, run_words, step_words


class StatsFormat(StrEnum):
    """How the result is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


def stats(  # noqa: PLR0913, PLR0917 - Typer makes an option of each
    context: typer.Context,
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", autocompletion=file_words, help="A workflow file.")
    ] = None,
    folder: Folder = None,  # noqa: ARG001 - its callback has entered it
    step: Annotated[
        str | None, typer.Option(metavar="STEP", autocompletion=step_words, help="All about one step.")
    ] = None,
    runs: Annotated[bool, typer.Option("--runs", help="List the runs.")] = False,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="A B",
            autocompletion=run_words,
            help="Compare two runs (an id, its start, last, last~1), commits or branches.",
        ),
    ] = None,
    trend: Annotated[bool, typer.Option("--trend", help="Show since when what is slower or faster.")] = False,
    resources: Annotated[
        bool, typer.Option("--resources", help="Cpu and memory: asked for and used.")
    ] = False,
    cache: Annotated[bool, typer.Option("--cache", help="Hits and misses of each step, and why.")] = False,
    optimization: Annotated[
        bool, typer.Option("--optimization", help="What optimizations were to save, and did.")
    ] = False,
    health: Annotated[bool, typer.Option("--health", help="Check history, cache, disk and runs.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            envvar="WFOPT_SINCE", metavar="TIME", help="Only runs of the last 7d, or since 2026-11-01."
        ),
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option(
            envvar="WFOPT_BRANCH", metavar="NAME", autocompletion=branch_words, help="Only runs of a branch."
        ),
    ] = None,
    # It has no twin, for the variable of that name says what this machine is called.
    host: Annotated[
        str | None, typer.Option(metavar="NAME", autocompletion=host_words, help="Only runs on a machine.")
    ] = None,
    limit: Annotated[
        str | None, typer.Option(envvar="WFOPT_LIMIT", metavar="N", help="Only the newest N runs.")
    ] = None,
    gate: Annotated[
        list[str] | None,
        typer.Option(
            envvar="WFOPT_GATE",
            metavar="GATE",
            help="Exit with 1 if the newest runs are worse: 'wall p50 +10%', 'step:build memory p90 +20%'.",
        ),
    ] = None,
    gate_floor: Annotated[
        str | None,
        typer.Option(envvar="WFOPT_GATE_FLOOR", metavar="LEAST", help="A smaller rise trips no gate: 50ms."),
    ] = None,
    html: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the newest run and the runs before it as one HTML page."),
    ] = None,
    imports: Annotated[
        list[str] | None,
        typer.Option(
            "--import",
            metavar="FILE",
            help="Add past runs: WfFormat, a .ninja_log, or job times of GitHub Actions as JSON.",
        ),
    ] = None,
    output: Annotated[
        StatsFormat, typer.Option("--format", help="How the result is printed.")
    ] = StatsFormat.TABLE,
    workspace: Workspace = None,
    state_dir: StateDir = None,
) -> None:
    """Tell how past runs went: durations, cache, resources, trends."""
    from wfopt.cli.settings import text_of
    from wfopt.cli.stats_options import StatsRequest

    console: Console = context.obj
    flags = {
        "runs": runs,
        "trend": trend,
        "resources": resources,
        "cache": cache,
        "optimization": optimization,
        "health": health,
    }
    views: dict[str, tuple[str, ...]] = {name: () for name, is_given in flags.items() if is_given}
    views |= {"step": (step,)} if step is not None else {}
    views |= {"compare": compare} if compare is not None else {}
    request = StatsRequest(
        file=file,
        views=views,
        since=since,
        branch=branch,
        host=host,
        limit=limit,
        gates=text_of(context, "gate", tuple(gate or ())),
        gate_floor=gate_floor,
        html=html,
        imports=tuple(imports or ()),
        output=output.value,
        workspace=workspace,
        state_dir=state_dir,
    )
    if request.imports:
        from wfopt.cli.stats_import import import_files

        raise typer.Exit(import_files(request, console))
    from wfopt.cli.stats_showing import show_stats

    raise typer.Exit(show_stats(request, console))
