"""Which steps seem to do nothing but make files of files, or look at them."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.analyzer.workloads import Work, words_of, works_of
from wfopt.model.scripts import Command, commands_of_step
from wfopt.model.workflow import Step

_PURE = frozenset({Work.BUILD, Work.LINT})

# Options with which a compiler or generator goes on for ever, or a linter changes its own inputs.
_ENDLESS = frozenset({"--watch", "-w", "--serve", "serve", "--fix", "-fix", "--write", "--in-place", "-i"})

# These run whatever the sources tell them to.
_OPEN = frozenset({("go", "generate"), ("npm", "run"), ("yarn", "run"), ("pnpm", "run"), ("bun", "run")})

# Formatters write over what they read, unless told only to look.
_FORMATTERS = frozenset({"black", "isort", "prettier", "shfmt", "gofmt", "goimports", "rustfmt", "stylua"})
_LOOKING = frozenset({"--check", "--diff", "-d", "-l", "--list-different", "--check-only"})


def looks_pure(steps: Iterable[Step]) -> bool:
    """Return whether all that some steps run are compilers, generators and linters that everybody knows."""
    works: frozenset[Work] = frozenset()
    for step in steps:
        works |= works_of(step)
        if not works <= _PURE:
            return False
        commands = commands_of_step(step)
        if not commands or any(map(_may_do_more, commands)):
            return False
    return bool(works)


def _may_do_more(command: Command) -> bool:
    words = words_of(command)
    given = set(words)
    if given & _ENDLESS or words[:2] in _OPEN:
        return True
    formats = words[0] in _FORMATTERS or "format" in words[1:3] or "fmt" in words[1:3]
    return formats and not given & _LOOKING
