"""`wfopt analyze`: what bounds a workflow, what it wastes, and what to do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from wfopt.cli.cache import Folder, Params, StateDir, Workspace
from wfopt.cli.completion import file_words, strategy_words
from wfopt.cli.console import Console
from wfopt.cli.machine_options import Cpus, HostName, Jobs


class AnalyzeFormat(StrEnum):
    """How the result is printed."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    MARKDOWN = "markdown"


class Level(StrEnum):
    """A severity."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class FailOn(StrEnum):
    """A severity, or none."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


def analyze(  # noqa: PLR0913, PLR0917 - Typer makes an option of each
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|DIR]...",
            autocompletion=file_words,
            help="Workflows, and folders to find some in: this one.",
        ),
    ] = None,
    folder: Folder = None,  # noqa: ARG001 - its callback has entered it
    params: Params = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            envvar="WFOPT_SELECT", metavar="CODE", help="Only these findings: WF103, a name, or WF2 for all."
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(envvar="WFOPT_IGNORE", metavar="CODE", help="Not these findings.")
    ] = None,
    severity: Annotated[
        Level, typer.Option(envvar="WFOPT_SEVERITY", help="Only findings at least as severe.")
    ] = Level.NOTE,
    min_saving: Annotated[
        str | None,
        typer.Option(
            envvar="WFOPT_MIN_SAVING", metavar="LEAST", help="Only findings that save as much: 30s or 5%."
        ),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(envvar="WFOPT_FAIL_ON", help="Exit with 1 if a finding is as severe.")
    ] = FailOn.ERROR,
    limit: Annotated[
        str, typer.Option(metavar="N", help="Findings of a file that the table shows, or all.")
    ] = "30",
    explain: Annotated[
        str | None, typer.Option(metavar="CODE", help="Print what a code means; no file is needed.")
    ] = None,
    source_format: Annotated[
        str | None,
        typer.Option("--from", envvar="WFOPT_FROM", metavar="FORMAT", help="The format of the files."),
    ] = None,
    output: Annotated[
        AnalyzeFormat, typer.Option("--format", help="How the result is printed.")
    ] = AnalyzeFormat.TABLE,
    diff: Annotated[bool, typer.Option("--diff", help="Print the safe fixes as a diff instead.")] = False,
    unsafe_fixes: Annotated[
        bool,
        typer.Option(
            "--unsafe-fixes", envvar="WFOPT_UNSAFE_FIXES", help="With --diff: the other fixes, too."
        ),
    ] = False,
    graph: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the graph to FILE.dot, FILE.mmd or FILE.svg.")
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            envvar="WFOPT_BASELINE", metavar="FILE", help="Only findings that are not in this file."
        ),
    ] = None,
    write_baseline: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the findings to this file, as known from now on."),
    ] = None,
    jobs: Jobs = "auto",
    cpus: Cpus = None,
    strategy: Annotated[
        str,
        typer.Option(
            envvar="WFOPT_STRATEGY", autocompletion=strategy_words, help="Whose schedules are simulated."
        ),
    ] = "critical-path",
    host: HostName = "",
    workspace: Workspace = None,
    state_dir: StateDir = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", envvar="WFOPT_QUIET", help="Print findings only.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", envvar="WFOPT_VERBOSE", help="Print more.")
    ] = False,
) -> None:
    """Explain workflows: what bounds them and what they waste."""
    console: Console = context.obj
    if explain is not None:
        from wfopt.cli.analyze_showing import print_explanation

        print_explanation(explain, console)
        return
    from wfopt.cli.analyze_options import AnalyzeRequest
    from wfopt.cli.analyze_showing import execute
    from wfopt.cli.settings import config_of, rows_of

    config = config_of(context)
    request = AnalyzeRequest(
        files=tuple(files or (".",)),
        params=tuple(params or ()),
        config_params=config.params,
        file_ignores=config.file_ignores,
        ignores_folder=config.folder,
        select=tuple(select or ()),
        ignore=tuple(ignore or ()),
        severity=severity.value,
        min_saving=min_saving,
        fail_on=fail_on.value,
        limit=limit,
        source_format=source_format or "",
        output=output.value,
        diff=diff,
        unsafe_fixes=unsafe_fixes,
        graph=graph,
        baseline=baseline,
        write_baseline=write_baseline,
        jobs=jobs,
        cpus=cpus,
        strategy=strategy,
        host=host,
        workspace=workspace,
        state_dir=state_dir,
        quiet=quiet,
        verbose=verbose,
        origins={row.name: row.place for row in rows_of(context) if row.place},
    )
    raise typer.Exit(execute(request, console))
