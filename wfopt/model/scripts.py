"""What the scripts of steps run: their text, and the simple commands in it.

Nothing is expanded: a word with a `$` in it stays as written, and its command says that it is dynamic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from wfopt.model.commands import Command, split
from wfopt.model.expressions import Template
from wfopt.model.workflow import Argv, Opaque, Script, Step

__all__ = ["PLACEHOLDER", "Command", "commands_of", "commands_of_step", "script_of"]

KEPT = 32_768
"""How many scripts are kept apart in memory: more than the steps that most files have."""

LONGEST_SCRIPT = 200_000
"""Characters; what follows is not looked at."""

PLACEHOLDER = "${{ }}"
"""What stands for an expression in the text of a script."""

SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ksh", "ash"})
"""The shells whose scripts are split; the text of others, such as `pwsh`, means something else."""

_IS_COMMAND = re.compile(r"[\s;|&]")


@lru_cache(maxsize=KEPT)
def commands_of(script: str) -> tuple[Command, ...]:
    """Return the simple commands of a shell script in their order, those of `$(...)` before their own.

    Lists, pipes, loops and conditions are taken apart; comments and the text of heredocs are left out.

    >>> [each.words for each in commands_of("cd src && make -j2 # build")]
    [('cd', 'src'), ('make', '-j2')]
    """
    return tuple(split(script[:LONGEST_SCRIPT]))


def script_of(step: Step) -> str | None:
    """Return the text of a step's script, `PLACEHOLDER` for each expression; None if it has no script."""
    match step.run:
        case Script(text=text):
            return _text_of(text)
        case Opaque(stand_in=Script(text=text)):
            return _text_of(text)
        case Opaque(what=what) if _IS_COMMAND.search(what.strip()):
            return what
        case _:
            return None


def commands_of_step(step: Step) -> tuple[Command, ...]:
    """Return the commands that a step runs, as far as they can be seen: none for an action or for `pwsh`."""
    run = step.run
    if isinstance(run, Opaque) and run.stand_in is not None:
        run = run.stand_in
    match run:
        case Argv(args=args):
            return _commands_of_argv(tuple(map(_text_of, args)))
        case Script(shell=shell) if not _is_shell(shell.argv):
            return ()
        case _:
            text = script_of(step)
            return () if text is None else commands_of(text)


def _is_shell(argv: Sequence[str]) -> bool:
    return not argv or argv[0].rpartition("/")[2] in SHELLS


@lru_cache(maxsize=KEPT)
def _commands_of_argv(args: tuple[str, ...]) -> tuple[Command, ...]:
    return (Command(words=args, dynamic=any(PLACEHOLDER in arg for arg in args)),) if args else ()


def _text_of(template: Template) -> str:
    static = template.static
    if static is not None:
        return static
    return "".join(part if isinstance(part, str) else PLACEHOLDER for part in template.parts)
