"""What the shell offers for the options of `wfopt stats`; the history is read only when it asks."""

from __future__ import annotations

import typer


def step_words(context: typer.Context, incomplete: str) -> list[str]:
    """Return the steps that runs have had."""
    return _offered("step", context, incomplete)


def branch_words(context: typer.Context, incomplete: str) -> list[str]:
    """Return the branches of runs."""
    return _offered("branch", context, incomplete)


def host_words(context: typer.Context, incomplete: str) -> list[str]:
    """Return the machines of runs."""
    return _offered("host", context, incomplete)


def run_words(context: typer.Context, incomplete: str) -> list[str]:
    """Return what can be compared: the newest runs, and their branches."""
    return _offered("run", context, incomplete)


def _offered(kind: str, context: typer.Context, incomplete: str) -> list[str]:
    from wfopt.cli.remembered import names

    return [each for each in names(kind, context.params) if each.startswith(incomplete)]
