"""The Typer application: arguments in, one call of the api, one rendered report, an exit status."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from wfopt.cli.console import Console
from wfopt.version import __version__

app = typer.Typer(
    name="wfopt",
    help="Explain, run and measure workflows of shell steps.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """How the result is printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


class CacheMode(StrEnum):
    """How the cache is used."""

    RW = "rw"
    RO = "ro"
    OFF = "off"


def _version(value: bool) -> None:
    if value:
        typer.echo(f"wfopt {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Explain, run and measure workflows of shell steps."""


@app.command()
def run(  # noqa: PLR0913, PLR0917 - Typer makes an option of each, some only accepted
    context: typer.Context,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE] [STEP]...", help="A workflow file, then steps.")
    ] = None,
    params: Annotated[
        list[str] | None, typer.Option("-p", "--param", metavar="NAME=VALUE", help="Set a param.")
    ] = None,
    jobs: Annotated[
        str, typer.Option("-j", "--jobs", envvar="WFOPT_JOBS", help="Steps at once: N, 50% or auto.")
    ] = "auto",
    cpus: Annotated[float | None, typer.Option(envvar="WFOPT_CPUS", help="Cpu capacity.")] = None,
    memory: Annotated[
        str | None, typer.Option(envvar="WFOPT_MEMORY", help="Memory capacity, such as 8GiB.")
    ] = None,
    strategy: Annotated[
        str, typer.Option(envvar="WFOPT_STRATEGY", help="Who starts first: critical-path or fifo.")
    ] = "critical-path",
    keep_going: Annotated[
        bool, typer.Option("-k", "--keep-going", envvar="WFOPT_KEEP_GOING", help="Go on after a failure.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help="Print what would run, and run nothing.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="Print the steps, and run nothing.")] = False,
    graph: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the graph to FILE.dot or FILE.mmd.")
    ] = None,
    output: Annotated[
        Format, typer.Option("--format", envvar="WFOPT_FORMAT", help="How the result is printed.")
    ] = Format.TABLE,
    cache: Annotated[  # noqa: ARG001 - accepted, see its help
        CacheMode, typer.Option(envvar="WFOPT_CACHE", help="Accepted; nothing is cached yet.")
    ] = CacheMode.RW,
    force: Annotated[bool, typer.Option("--force", help="Accepted; every step runs anyway.")] = False,  # noqa: ARG001 - accepted, see its help
    force_step: Annotated[  # noqa: ARG001 - accepted, see its help
        list[str] | None, typer.Option("--force-step", metavar="STEP", help="As --force, for one step.")
    ] = None,
    live: Annotated[  # noqa: ARG001 - accepted, see its help
        bool, typer.Option("--live/--no-live", envvar="WFOPT_LIVE", help="Accepted; lines are printed.")
    ] = True,
    folder: Annotated[str | None, typer.Option("-C", metavar="DIR", help="Start in this folder.")] = None,
    workspace: Annotated[
        str | None,
        typer.Option(envvar="WFOPT_WORKSPACE", metavar="DIR", help="Where paths start: the file's folder."),
    ] = None,
    state_dir: Annotated[
        str | None,
        typer.Option(envvar="WFOPT_STATE_DIR", metavar="DIR", help="Logs and state: .wfopt there."),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print failures only.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Print more.")] = False,
) -> None:
    """Run a workflow, or some of its steps and what they need."""
    from wfopt.cli.run import Request, execute

    console: Console = context.obj
    request = Request(
        arguments=tuple(arguments or ()),
        params=tuple(params or ()),
        jobs=jobs,
        cpus=cpus,
        memory=memory,
        strategy=strategy,
        keep_going=keep_going,
        dry_run=dry_run,
        listing=listing,
        graph=graph,
        output=output.value,
        folder=folder,
        workspace=workspace,
        state_dir=state_dir,
        quiet=quiet,
        verbose=verbose,
    )
    raise typer.Exit(execute(request, console))


@app.command()
def schema(context: typer.Context) -> None:
    """Print the JSON Schema of the workflow format."""
    from wfopt.api.schema import schema as schema_of

    console: Console = context.obj
    console.out.write(json.dumps(schema_of(), indent=2) + "\n")
    console.out.flush()
