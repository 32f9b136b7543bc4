"""`wfopt predict`: how long the next run takes, how sure that is, and what could be different."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from wfopt.cli.cache import Folder, Params, StateDir, Workspace
from wfopt.cli.completion import strategy_words, workflow_words
from wfopt.cli.console import Console
from wfopt.cli.machine_options import Cpus, HostName, Jobs, Memory


class PredictFormat(StrEnum):
    """How the result is printed."""

    TABLE = "table"
    JSON = "json"


class PredictCache(StrEnum):
    """Whether results of earlier runs count."""

    RW = "rw"
    RO = "ro"
    OFF = "off"


def predict(  # noqa: PLR0913, PLR0917 - Typer makes an option of each
    context: typer.Context,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE] [STEP]...", autocompletion=workflow_words, help="A workflow file, then steps."
        ),
    ] = None,
    folder: Folder = None,  # noqa: ARG001 - its callback has entered it
    params: Params = None,
    level: Annotated[
        str,
        typer.Option(
            "--level", metavar="SHARE", help="How often the truth is to be inside the interval: 0.8."
        ),
    ] = "0.8",
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if", metavar="CHANGES", help="Another scenario: cpus=8,memory=4GiB,build=0.5x,-lint:test."
        ),
    ] = None,
    backtest: Annotated[
        bool, typer.Option("--backtest", help="Predict the past again, and tell how good that is.")
    ] = False,
    sweep: Annotated[
        bool, typer.Option("--cpus-sweep", help="Print the makespan against the number of cpus.")
    ] = False,
    jobs: Jobs = "auto",
    cpus: Cpus = None,
    memory: Memory = None,
    strategy: Annotated[
        str,
        typer.Option(envvar="WFOPT_STRATEGY", autocompletion=strategy_words, help="Who starts first."),
    ] = "critical-path",
    cache: Annotated[
        PredictCache, typer.Option(envvar="WFOPT_CACHE", help="Whether results of earlier runs count.")
    ] = PredictCache.RW,
    host: HostName = "",
    output: Annotated[
        PredictFormat, typer.Option("--format", help="How the result is printed.")
    ] = PredictFormat.TABLE,
    workspace: Workspace = None,
    state_dir: StateDir = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", envvar="WFOPT_QUIET", help="Print the makespan only.")
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("-v", "--verbose", envvar="WFOPT_VERBOSE", help="Print all steps, and more."),
    ] = False,
) -> None:
    """Tell how long a run will take, and how sure that is."""
    console: Console = context.obj
    from wfopt.cli.options import CacheRequest, Request
    from wfopt.cli.predict_showing import PredictRequest, execute
    from wfopt.cli.settings import config_of, rows_of

    run = Request(
        arguments=tuple(arguments or ()),
        params=tuple(params or ()),
        config_params=config_of(context).params,
        jobs=jobs,
        cpus=cpus,
        memory=memory,
        strategy=strategy,
        cache=CacheRequest(mode=cache.value),
        output=output.value,
        host=host,
        workspace=workspace,
        state_dir=state_dir,
        quiet=quiet,
        verbose=verbose,
        origins={row.name: row.place for row in rows_of(context) if row.place},
    )
    request = PredictRequest(
        run=run, level=level, what_if=tuple(what_if or ()), backtest=backtest, sweep=sweep
    )
    execute(request, console)
