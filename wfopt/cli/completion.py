"""What the shell offers when a word is completed; trouble of any kind offers nothing and says nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import typer

from wfopt.cli.console import COMPLETE_VARIABLE, Console
from wfopt.dataclass import replace

_PROGRAM = "wfopt"
_SHOW, _INSTALL = "--show-completion", "--install-completion"

Offer = tuple[str, str]
"""A word and what it is for."""


def answer(words: Sequence[str], console: Console) -> int | None:
    """Print or install the completion of a shell; return the exit status, or None if that was not asked.

    Typer knows both options, but not with the name of a shell.
    """
    if not words or words[0] not in (_SHOW, _INSTALL) or len(words) > 2:
        return None
    from typer.completion import get_completion_script, install  # type: ignore[attr-defined]

    shell = words[1] if len(words) > 1 else None
    try:
        if words[0] == _INSTALL:
            installed, path = install(shell, _PROGRAM, COMPLETE_VARIABLE)
            console.out.write(f"completion for {installed} is in {path}; it takes effect in a new shell\n")
        elif shell is None:
            return None
        else:
            script = get_completion_script(prog_name=_PROGRAM, complete_var=COMPLETE_VARIABLE, shell=shell)
            console.out.write(script + "\n")
    except typer.Exit as leaving:
        return leaving.exit_code
    except (OSError, RuntimeError) as error:
        # A RuntimeError says that there is no home folder.
        console.log.write(f"error: the completion could not be installed: {error}\n")
        return 1
    return 0


def workflow_words(context: typer.Context, incomplete: str) -> list[Offer]:
    """Return the workflow files that the first argument may be, and the steps that may follow."""
    given = tuple(context.params.get("arguments") or ())
    offers = [*([] if given else _files(incomplete)), *_steps(context, given)]
    matching = [offer for offer in offers if offer[0].startswith(incomplete)]
    # With nothing but folders left, the shell's own completion of paths does it better.
    return [] if all(word.endswith("/") for word, _ in matching) else matching


def pass_words(incomplete: str) -> list[Offer]:
    """Return the passes of the optimizer."""
    from wfopt.optimizer.registry import PASSES

    return [(each.name, each.summary) for each in PASSES if each.name.startswith(incomplete)]


def file_words(context: typer.Context, incomplete: str) -> list[Offer]:  # noqa: ARG001 - Typer wants it
    """Return the workflow files that an argument may be."""
    matching = [offer for offer in _files(incomplete) if offer[0].startswith(incomplete)]
    return [] if all(word.endswith("/") for word, _ in matching) else matching


def step_words(context: typer.Context, incomplete: str) -> list[Offer]:  # noqa: ARG001 - Typer wants it
    """Return the steps of the workflow that the arguments name."""
    return _steps(context, tuple(context.params.get("arguments") or ()))


def strategy_words(incomplete: str) -> list[Offer]:  # noqa: ARG001 - Typer wants it
    """Return the names of the strategies."""
    from wfopt.scheduler.registry import STRATEGIES

    return [(each.name, _help((each.__doc__ or "").partition("\n")[0])) for each in STRATEGIES]


def _files(incomplete: str) -> Iterator[Offer]:
    """Yield the workflow files and the folders that a path could go on with."""
    from wfopt.cli.options import FILE_ENDS

    folder = os.path.dirname(incomplete)
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        if name.startswith(".") and not os.path.basename(incomplete).startswith("."):
            continue
        if os.path.isdir(path):
            yield path + "/", ""
        elif name.endswith(FILE_ENDS):
            yield path, ""


def _steps(context: typer.Context, given: tuple[str, ...]) -> list[Offer]:
    from wfopt.api.prepare import prepare
    from wfopt.cli.options import Request, for_listing, options_of
    from wfopt.errors import UserError
    from wfopt.render.listing import entries

    request = Request(arguments=given, params=tuple(context.params.get("params") or ()))
    try:
        options = options_of(request, context.find_root().obj)
        workflow = prepare(for_listing(replace(options, steps=()))).workflow
    except UserError:
        return []
    return [
        (entry.id, _help(entry.description)) for entry in entries(workflow) if entry.id not in options.steps
    ]


def _help(text: str) -> str:
    """Return text that the shell's menu shows on one line, and in which nobody finds markup."""
    from wfopt.render.harmless import harmless

    return harmless(" ".join(text.split())).replace("[", "(").replace("]", ")")
