"""What `wfopt run --show-config` prints."""

from __future__ import annotations

import json

import typer

from wfopt.cli.console import Console
from wfopt.cli.settings import config_of, rows_of
from wfopt.render.option_rows import OptionRow, Source, option_document, option_text


def print_config(context: typer.Context, console: Console, output: str) -> None:
    """Print each option with its value and where it comes from; then the params that are set.

    Args:
        context: the command's context, its options read.
        console: where to print.
        output: the value of `--format`.
    """
    config = config_of(context)
    rows = (*rows_of(context), *_params(context))
    if output in ("json", "jsonl"):
        console.out.write(json.dumps(option_document(rows, config.file), indent=2) + "\n")
    else:
        console.out.write(option_text(rows))


def _params(context: typer.Context) -> list[OptionRow]:
    config = config_of(context)
    rows = {
        name: OptionRow(name=f"param.{name}", value=value, source=Source.CONFIG, place=config.file)
        for name, value in config.params.items()
    }
    for each in context.params["params"] or ():
        name, _, value = each.partition("=")
        rows[name] = OptionRow(name=f"param.{name}", value=value, source=Source.COMMAND_LINE)
    return list(rows.values())
