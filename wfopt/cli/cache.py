"""`wfopt cache`: what is in the cache, whether it is sound, and less of it."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from wfopt.cli.completion import workflow_words
from wfopt.cli.console import Console

cache_app = typer.Typer(
    name="cache",
    help="Look at the cache of results, check it, and clean it up.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class CacheFormat(StrEnum):
    """How the result is printed."""

    TABLE = "table"
    JSON = "json"


def _start_in(context: typer.Context, folder: str | None) -> str | None:
    from wfopt.cli.settings import start_in

    return start_in(context, folder)


Folder = Annotated[
    str | None,
    typer.Option("-C", metavar="DIR", callback=_start_in, is_eager=True, help="Start in this folder."),
]
StateDir = Annotated[
    str | None, typer.Option(envvar="WFOPT_STATE_DIR", metavar="DIR", help="Logs and state: .wfopt here.")
]
CacheDir = Annotated[
    str | None,
    typer.Option(envvar="WFOPT_CACHE_DIR", metavar="DIR", help="The cache: cache in the state folder."),
]
CacheSize = Annotated[
    str | None,
    typer.Option(envvar="WFOPT_CACHE_SIZE", metavar="SIZE", help="The most that it may take: 10GiB."),
]
CacheTtl = Annotated[
    str | None,
    typer.Option(envvar="WFOPT_CACHE_TTL", metavar="TIME", help="The age after which results go: none."),
]
Params = Annotated[list[str] | None, typer.Option("-p", "--param", metavar="NAME=VALUE", help="Set a param.")]
Workspace = Annotated[
    str | None,
    typer.Option(envvar="WFOPT_WORKSPACE", metavar="DIR", help="Where paths start: the file's folder."),
]
Namespace = Annotated[
    str,
    typer.Option(
        "--cache-namespace",
        envvar="WFOPT_CACHE_NAMESPACE",
        metavar="NAME",
        help="Results under this name only.",
    ),
]
Output = Annotated[CacheFormat, typer.Option("--format", help="How the result is printed.")]


@cache_app.command()
def info(
    context: typer.Context,
    folder: Folder = None,  # noqa: ARG001 - its callback has entered it
    state_dir: StateDir = None,
    cache_dir: CacheDir = None,
    cache_size: CacheSize = None,
    output: Output = CacheFormat.TABLE,
) -> None:
    """Tell how much is in the cache and whose it is."""
    from wfopt.api.cache_info import cache_info
    from wfopt.cli.cache_options import cache_folder, size_limit
    from wfopt.cli.cache_showing import show_info
    from wfopt.engine.clock import SystemClock

    clock = SystemClock()
    found = cache_info(cache_folder(state_dir, cache_dir), limit=size_limit(cache_size), wall=clock.wall)
    show_info(_console(context), found, clock.wall(), output.value)


@cache_app.command()
def verify(  # noqa: PLR0913, PLR0917 - Typer makes an option of each
    context: typer.Context,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE] [STEP]...",
            autocompletion=workflow_words,
            help="With --rerun: a file, then steps.",
        ),
    ] = None,
    folder: Folder = None,  # noqa: ARG001 - its callback has entered it
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Run cached steps again, elsewhere: do they make the same?")
    ] = False,
    params: Params = None,
    workspace: Workspace = None,
    state_dir: StateDir = None,
    cache_dir: CacheDir = None,
    namespace: Namespace = "",
    output: Output = CacheFormat.TABLE,
) -> None:
    """Set damage aside, or run cached steps again; status 1 on trouble."""
    if rerun:
        from wfopt.cli.options import CacheRequest, Request
        from wfopt.cli.rerun import verify_by_running
        from wfopt.cli.settings import config_of

        request = Request(
            arguments=tuple(arguments or ()),
            params=tuple(params or ()),
            config_params=config_of(context).params,
            cache=CacheRequest(folder=cache_dir, namespace=namespace),
            output=output.value,
            workspace=workspace,
            state_dir=state_dir,
        )
        raise typer.Exit(verify_by_running(request, _console(context)))
    from wfopt.api.cache_upkeep import verify_cache
    from wfopt.cli.cache_options import cache_folder
    from wfopt.cli.cache_showing import show_verified
    from wfopt.cli.wrong import wrong
    from wfopt.engine.clock import SystemClock

    if arguments or params:
        raise wrong("`wfopt cache verify` takes a file, steps and `-p` with `--rerun` only")
    place = cache_folder(state_dir, cache_dir)
    verified = verify_cache(place, wall=SystemClock().wall)
    raise typer.Exit(show_verified(_console(context), verified, place, output.value))


@cache_app.command()
def gc(  # noqa: PLR0913, PLR0917 - Typer makes an option of each
    context: typer.Context,
    folder: Folder = None,  # noqa: ARG001 - its callback has entered it
    state_dir: StateDir = None,
    cache_dir: CacheDir = None,
    cache_size: CacheSize = None,
    cache_ttl: CacheTtl = None,
    output: Output = CacheFormat.TABLE,
) -> None:
    """Delete what is too old, too much or not needed."""
    from wfopt.api.cache_upkeep import collect_garbage
    from wfopt.cli.cache_options import cache_folder, size_limit, time_to_live
    from wfopt.cli.cache_showing import show_collected
    from wfopt.engine.clock import SystemClock

    place = cache_folder(state_dir, cache_dir)
    limit, ttl = size_limit(cache_size), time_to_live(cache_ttl)
    collected = collect_garbage(place, limit=limit, ttl=ttl, wall=SystemClock().wall)
    raise typer.Exit(show_collected(_console(context), collected, place, output.value, "gc"))


@cache_app.command()
def clear(  # noqa: PLR0913, PLR0917 - Typer makes an option of each
    context: typer.Context,
    folder: Folder = None,  # noqa: ARG001 - its callback has entered it
    workflow: Annotated[
        str | None, typer.Option(metavar="FILE", help="Only results of this workflow file.")
    ] = None,
    step: Annotated[
        str | None, typer.Option(metavar="STEP", help="Only results of this step, or of all cells of it.")
    ] = None,
    state_dir: StateDir = None,
    cache_dir: CacheDir = None,
    output: Output = CacheFormat.TABLE,
) -> None:
    """Delete all results, or those of a workflow or step."""
    from wfopt.api.cache_upkeep import clear_cache
    from wfopt.cli.cache_options import cache_folder
    from wfopt.cli.cache_showing import show_collected
    from wfopt.engine.clock import SystemClock

    place = cache_folder(state_dir, cache_dir)
    file = None if workflow is None else os.path.relpath(workflow)
    cleared = clear_cache(place, workflow=file, step=step, wall=SystemClock().wall)
    raise typer.Exit(show_collected(_console(context), cleared, place, output.value, "clear"))


@cache_app.command()
def why(  # noqa: PLR0913, PLR0917 - Typer makes an option of each
    context: typer.Context,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE] [STEP]...", autocompletion=workflow_words, help="A workflow file, then steps."
        ),
    ] = None,
    folder: Folder = None,  # noqa: ARG001 - its callback has entered it
    params: Params = None,
    workspace: Workspace = None,
    state_dir: StateDir = None,
    cache_dir: CacheDir = None,
    namespace: Namespace = "",
    output: Output = CacheFormat.TABLE,
) -> None:
    """Tell why steps would run, compared with the nearest stored result."""
    from wfopt.cli.cache_why import explain_steps
    from wfopt.cli.options import CacheRequest, Request
    from wfopt.cli.settings import config_of

    request = Request(
        arguments=tuple(arguments or ()),
        params=tuple(params or ()),
        config_params=config_of(context).params,
        cache=CacheRequest(folder=cache_dir, namespace=namespace),
        output=output.value,
        workspace=workspace,
        state_dir=state_dir,
    )
    explain_steps(request, _console(context))


def _console(context: typer.Context) -> Console:
    console: Console = context.obj
    return console
