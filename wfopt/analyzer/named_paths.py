"""The files that commands name: scripts that they run, and other words that may be paths."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from wfopt.analyzer.tools import NEUTRAL
from wfopt.dataclass import dataclass
from wfopt.model.scripts import Command, commands_of_step
from wfopt.model.workflow import Step

_INTERPRETERS = re.compile(
    r"(?:python|pypy)[\d.]*|bash|sh|zsh|dash|node|ruby|perl|Rscript|julia|php|lua|deno|bun|ts-node|tsx"
)
_SCRIPT = re.compile(r"[\w./+@-]+\.(?:py|sh|bash|js|mjs|cjs|ts|rb|pl|R|r|jl|php|lua)")
_PATH = re.compile(r"[\w./+@=-]*[\w]")
_OUTPUT_OPTIONS = frozenset({"-o", "--output", "--out", "--outfile", "--output-file", "-O", "--dest", "-d"})
_WRITERS = frozenset({"rm", "mkdir", "touch", "rmdir", "mktemp", "tee", "ln", "install", "unlink"})


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A path that a command names.

    Attributes:
        path: relative to the workspace, normalized.
        command: where it is named.
        is_script: whether the command runs it.
        is_written: whether the command writes it, such as by `>`.
    """

    path: str
    command: Command
    is_script: bool = False
    is_written: bool = False


def named_paths(step: Step) -> Iterator[NamedPath]:
    """Yield the paths that the commands of a step name, up to the first one that goes elsewhere with `cd`."""
    for command in commands_of_step(step):
        if command.program in {"cd", "pushd"}:
            return
        yield from _of_command(command, step.cwd)


def _of_command(command: Command, cwd: str) -> Iterator[NamedPath]:
    words = command.bare
    if words[:2] in {("uv", "run"), ("poetry", "run"), ("pipenv", "run")}:
        words = words[2:]
    script = _script(words)
    if script is not None and (path := _inside(script, cwd)):
        yield NamedPath(path, command, is_script=True)
    for word in command.writes:
        if path := _inside(word, cwd):
            yield NamedPath(path, command, is_written=True)
    for word in command.reads:
        if path := _inside(word, cwd):
            yield NamedPath(path, command)
    if command.program in _WRITERS or (command.program in NEUTRAL and not command.reads):
        return
    previous = ""
    for word in words[1:]:
        name = word.partition("=")[2] if word.startswith("-") and "=" in word else word
        option = word.partition("=")[0] if word.startswith("-") else previous
        if name != script and not name.startswith("-") and (path := _inside(name, cwd)):
            yield NamedPath(path, command, is_written=option in _OUTPUT_OPTIONS)
        previous = word


def _script(words: tuple[str, ...]) -> str | None:
    """Return the script that a command runs, as written."""
    if not words:
        return None
    if "/" in words[0] and _SCRIPT.fullmatch(words[0]):
        return words[0]
    if not _INTERPRETERS.fullmatch(words[0].rpartition("/")[2]):
        return None
    for word in words[1:]:
        if word in {"-m", "-c", "-"}:
            return None
        if not word.startswith(("-", "+")):
            return word if _SCRIPT.fullmatch(word) else None
    return None


def _inside(word: str, cwd: str) -> str:
    """Return a path relative to the workspace, or "" if a word is surely none, or one outside."""
    if not _PATH.fullmatch(word) or word.startswith(("/", "~")) or "://" in word:
        return ""
    path = posixpath.normpath(posixpath.join(cwd, word))
    return "" if path in {".", ".."} or path.startswith("../") else path
