"""The Typer application: arguments in, one call of the api, one rendered report, an exit status."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from wfopt.cli.analyze import analyze
from wfopt.cli.bare import OPTIMIZE, with_values
from wfopt.cli.cache import cache_app
from wfopt.cli.completion import step_words, strategy_words, workflow_words
from wfopt.cli.console import Console
from wfopt.cli.machine_options import Cpus, HostName, Jobs, Memory
from wfopt.cli.optimize import optimize
from wfopt.cli.predict import predict
from wfopt.cli.stats import stats
from wfopt.version import __version__

app = typer.Typer(
    name="wfopt",
    help="Explain, run and measure workflows of shell steps.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cache_app)
app.command()(analyze)
app.command()(optimize)
app.command()(predict)
app.command()(stats)


class Format(StrEnum):
    """How the result is printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    GITHUB = "github"


class Optimize(StrEnum):
    """What rewrites of the workflow may rest on before it is run."""

    OFF = "off"
    DECLARED = "declared"
    OBSERVED = "observed"


class CacheMode(StrEnum):
    """How the cache is used."""

    RW = "rw"
    RO = "ro"
    OFF = "off"


def _version(value: bool) -> None:
    if value:
        typer.echo(f"wfopt {__version__}")
        raise typer.Exit


def _start_in(context: typer.Context, folder: str | None) -> str | None:
    from wfopt.cli.settings import start_in

    return start_in(context, folder)


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Explain, run and measure workflows of shell steps."""


class _RunCommand(TyperCommand):
    """The command `run`, some options of which may stand without a value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments."""
        return super().parse_args(ctx, with_values(args))


@app.command(cls=_RunCommand)
def run(  # noqa: PLR0913, PLR0917 - Typer makes an option of each, some only accepted
    context: typer.Context,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE] [STEP]...", autocompletion=workflow_words, help="A workflow file, then steps."
        ),
    ] = None,
    folder: Annotated[  # noqa: ARG001 - its callback has entered it
        str | None,
        typer.Option("-C", metavar="DIR", callback=_start_in, is_eager=True, help="Start in this folder."),
    ] = None,
    params: Annotated[
        list[str] | None, typer.Option("-p", "--param", metavar="NAME=VALUE", help="Set a param.")
    ] = None,
    jobs: Jobs = "auto",
    cpus: Cpus = None,
    memory: Memory = None,
    strategy: Annotated[
        str,
        typer.Option(
            envvar="WFOPT_STRATEGY",
            autocompletion=strategy_words,
            help="Who starts first: critical-path, fifo or another.",
        ),
    ] = "critical-path",
    optimized: Annotated[
        Optimize,
        typer.Option(
            OPTIMIZE,
            envvar="WFOPT_OPTIMIZE",
            metavar="[=LEVEL]",
            help="Drop needless orders and steps first, in memory: declared (also without =), observed, off.",
        ),
    ] = Optimize.OFF,
    trace: Annotated[
        bool,
        typer.Option("--trace", envvar="WFOPT_TRACE", help="Note which files each step touches, by strace."),
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("-k", "--keep-going", envvar="WFOPT_KEEP_GOING", help="Go on after a failure.")
    ] = False,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait/--no-wait", envvar="WFOPT_WAIT", help="Wait for another run in the same workspace to end."
        ),
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help="Print what would run, and run nothing.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="Print the steps, and run nothing.")] = False,
    show_config: Annotated[
        bool,
        typer.Option("--show-config", help="Print each option and where it comes from, and run nothing."),
    ] = False,
    graph: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the graph to FILE.dot or FILE.mmd.")
    ] = None,
    output: Annotated[
        Format, typer.Option("--format", envvar="WFOPT_FORMAT", help="How the result is printed.")
    ] = Format.TABLE,
    cache: Annotated[
        CacheMode,
        typer.Option(envvar="WFOPT_CACHE", help="Use results and store them, only use them, or neither."),
    ] = CacheMode.RW,
    cache_dir: Annotated[
        str | None,
        typer.Option(envvar="WFOPT_CACHE_DIR", metavar="DIR", help="The cache: cache in the state folder."),
    ] = None,
    cache_size: Annotated[
        str | None,
        typer.Option(envvar="WFOPT_CACHE_SIZE", metavar="SIZE", help="How large the cache may be: 10GiB."),
    ] = None,
    cache_ttl: Annotated[
        str | None,
        typer.Option(envvar="WFOPT_CACHE_TTL", metavar="TIME", help="How old a result may be, such as 30d."),
    ] = None,
    cache_namespace: Annotated[
        str,
        typer.Option(
            envvar="WFOPT_CACHE_NAMESPACE", metavar="NAME", help="Share results under this name only."
        ),
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", envvar="WFOPT_FORCE", help="Run every step, whatever the cache has.")
    ] = False,
    force_step: Annotated[
        list[str] | None,
        typer.Option(
            "--force-step",
            envvar="WFOPT_FORCE_STEP",
            metavar="STEP",
            autocompletion=step_words,
            help="As --force, for one step.",
        ),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(
            envvar="WFOPT_REPORT",
            metavar="FILE",
            help="Write the run as one HTML page, or as FILE.md or FILE.csv.",
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(envvar="WFOPT_PROFILE", metavar="FILE", help="Write a Chrome trace, for Perfetto."),
    ] = None,
    junit: Annotated[
        str | None,
        typer.Option(envvar="WFOPT_JUNIT", metavar="FILE", help="Write the steps as JUnit test cases."),
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            envvar="WFOPT_KEEP", metavar="TIME", help="What the history keeps: 90d,1000000rows, or off."
        ),
    ] = None,
    host: HostName = "",
    source_format: Annotated[
        str | None,
        typer.Option("--from", envvar="WFOPT_FROM", metavar="FORMAT", help="The format of the file."),
    ] = None,
    action: Annotated[
        list[str] | None,
        typer.Option(
            "--action", metavar="OWNER/NAME=COMMAND", help="Run a command in place of a GitHub action."
        ),
    ] = None,
    live: Annotated[
        bool,
        typer.Option("--live/--no-live", envvar="WFOPT_LIVE", help="Draw what goes on, on a terminal."),
    ] = True,
    workspace: Annotated[
        str | None,
        typer.Option(envvar="WFOPT_WORKSPACE", metavar="DIR", help="Where paths start: the file's folder."),
    ] = None,
    state_dir: Annotated[
        str | None,
        typer.Option(envvar="WFOPT_STATE_DIR", metavar="DIR", help="Logs and state: .wfopt there."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", envvar="WFOPT_QUIET", help="Print failures only.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", envvar="WFOPT_VERBOSE", help="Print more.")
    ] = False,
) -> None:
    """Run a workflow, or some of its steps and what they need."""
    console: Console = context.obj
    if show_config:
        from wfopt.cli.show_config import print_config

        print_config(context, console, output.value)
        return
    from wfopt.cli.options import CacheRequest, Request
    from wfopt.cli.run import execute
    from wfopt.cli.settings import config_of, rows_of, typed_options

    request = Request(
        arguments=tuple(arguments or ()),
        params=tuple(params or ()),
        config_params=config_of(context).params,
        alerts=config_of(context).alerts,
        jobs=jobs,
        cpus=cpus,
        memory=memory,
        strategy=strategy,
        optimized=optimized.value,
        trace=trace,
        keep_going=keep_going,
        wait=wait,
        cache=CacheRequest(
            mode=cache.value,
            folder=cache_dir,
            size=cache_size,
            ttl=cache_ttl,
            namespace=cache_namespace,
            force=force,
            forced=tuple(force_step or ()),
        ),
        dry_run=dry_run,
        listing=listing,
        graph=graph,
        output=output.value,
        report=report,
        profile=profile,
        junit=junit,
        keep=keep,
        host=host,
        source_format=source_format or "",
        actions=tuple(action or ()),
        live=live,
        workspace=workspace,
        state_dir=state_dir,
        quiet=quiet,
        verbose=verbose,
        origins={row.name: row.place for row in rows_of(context) if row.place},
        typed=typed_options(context),
    )
    raise typer.Exit(execute(request, console))


@app.command()
def schema(context: typer.Context) -> None:
    """Print the JSON Schema of the workflow format."""
    import json

    from wfopt.api.schema import schema as schema_of

    console: Console = context.obj
    console.out.write(json.dumps(schema_of(), indent=2) + "\n")
