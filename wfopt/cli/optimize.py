"""`wfopt optimize`: what a workflow could become, why that is safe, and what it saves."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from wfopt.cli.cache import Folder, Params, StateDir, Workspace
from wfopt.cli.completion import pass_words, strategy_words, workflow_words
from wfopt.cli.console import Console
from wfopt.cli.machine_options import Cpus, HostName, Jobs, Memory


class OptimizeFormat(StrEnum):
    """How the result is printed."""

    TABLE = "table"
    JSON = "json"


class LevelName(StrEnum):
    """What rewrites may rest on."""

    DECLARED = "declared"
    OBSERVED = "observed"
    ASSUMED = "assumed"


class Target(StrEnum):
    """The format in which the result is written."""

    SAME = "same"
    NATIVE = "native"


class GoalName(StrEnum):
    """What is to become less."""

    TIME = "time"
    CPU = "cpu"
    MEMORY = "memory"


def optimize(  # noqa: PLR0913, PLR0917 - Typer makes an option of each
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", autocompletion=workflow_words, help="A workflow file."),
    ] = None,
    folder: Folder = None,  # noqa: ARG001 - its callback has entered it
    params: Params = None,
    level: Annotated[
        LevelName, typer.Option(envvar="WFOPT_LEVEL", help="What rewrites may rest on.")
    ] = LevelName.DECLARED,
    passes: Annotated[
        list[str] | None,
        typer.Option("--passes", metavar="PASS", autocompletion=pass_words, help="Only these passes."),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            envvar="WFOPT_SKIP", metavar="PASS", autocompletion=pass_words, help="Not these passes."
        ),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PASS", autocompletion=pass_words, help="With --level assumed: let this pass assume."
        ),
    ] = None,
    targets: Annotated[
        list[str] | None,
        typer.Option(
            "--targets", metavar="STEP", help="Steps whose results are wanted, as the file's targets are."
        ),
    ] = None,
    goal: Annotated[
        GoalName, typer.Option(envvar="WFOPT_GOAL", help="What is to become less.")
    ] = GoalName.TIME,
    diff: Annotated[
        bool | None,
        typer.Option("--diff/--no-diff", help="Print what changes in the file: yes on a terminal."),
    ] = None,
    out: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Write the result to this file.")
    ] = None,
    to: Annotated[
        Target, typer.Option("--to", help="With -o: the format of the result, that of the file or native.")
    ] = Target.SAME,
    write: Annotated[
        bool, typer.Option("--write", help="Write the result over the file, and keep a copy of it.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 if there is something to gain.")
    ] = False,
    min_saving: Annotated[
        str | None,
        typer.Option(
            envvar="WFOPT_MIN_SAVING", metavar="LEAST", help="With --check: only if it saves 30s, or 5%."
        ),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Run both versions in copies of the workspace, and compare.")
    ] = False,
    verify_runs: Annotated[
        int,
        typer.Option(envvar="WFOPT_VERIFY_RUNS", metavar="N", min=1, help="With --verify: how many orders."),
    ] = 3,
    allow_effects: Annotated[
        list[str] | None,
        typer.Option(metavar="EFFECT|STEP", help="With --verify: let these act on the outside."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the plan before and after, whatever changes.")
    ] = False,
    describe: Annotated[
        str | None,
        typer.Option(
            metavar="PASS", autocompletion=pass_words, help="Print what a pass does; no file is needed."
        ),
    ] = None,
    list_passes: Annotated[
        bool, typer.Option("--list-passes", help="Print the passes; no file is needed.")
    ] = False,
    source_format: Annotated[
        str | None,
        typer.Option("--from", envvar="WFOPT_FROM", metavar="FORMAT", help="The format of the file."),
    ] = None,
    output: Annotated[
        OptimizeFormat, typer.Option("--format", help="How the result is printed.")
    ] = OptimizeFormat.TABLE,
    jobs: Jobs = "auto",
    cpus: Cpus = None,
    memory: Memory = None,
    strategy: Annotated[
        str,
        typer.Option(
            envvar="WFOPT_STRATEGY", autocompletion=strategy_words, help="Whose schedules are compared."
        ),
    ] = "critical-path",
    host: HostName = "",
    workspace: Workspace = None,
    state_dir: StateDir = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", envvar="WFOPT_QUIET", help="Print the result only.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", envvar="WFOPT_VERBOSE", help="Print more.")
    ] = False,
) -> None:
    """Rewrite a workflow into one that does the same in less time."""
    console: Console = context.obj
    if describe is not None or list_passes:
        from wfopt.cli.optimize_showing import print_pass, print_passes

        if describe is not None:
            print_pass(describe, console)
        else:
            print_passes(console)
        return
    from wfopt.cli.optimize_options import OptimizeRequest
    from wfopt.cli.optimize_showing import execute
    from wfopt.cli.settings import config_of, rows_of

    config = config_of(context)
    request = OptimizeRequest(
        file=file,
        params=tuple(params or ()),
        config_params=config.params,
        level=level.value,
        passes=tuple(passes or ()),
        skip=tuple(skip or ()),
        assume=tuple(assume or ()),
        targets=tuple(targets or ()),
        goal=goal.value,
        diff=diff,
        out=out,
        to=to.value,
        write=write,
        check=check,
        min_saving=min_saving,
        verify=verify,
        verify_runs=verify_runs,
        allow_effects=tuple(allow_effects or ()),
        explain=explain,
        source_format=source_format or "",
        output=output.value,
        jobs=jobs,
        cpus=cpus,
        memory=memory,
        strategy=strategy,
        host=host,
        workspace=workspace,
        state_dir=state_dir,
        quiet=quiet,
        verbose=verbose,
        origins={row.name: row.place for row in rows_of(context) if row.place},
    )
    raise typer.Exit(execute(request, console))
