"""What well-known command-line tools do: which ones only look, and which ones change something outside."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from wfopt.dataclass import dataclass
from wfopt.model.scripts import Command


class Verdict(Enum):
    """What kind of answer a command is run for."""

    STYLE = "style"
    TYPES = "types"
    TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Tool:
    """What a command really runs, behind launchers such as `uv run` or `python -m`.

    Attributes:
        name: the tool.
        arguments: what it is given.
    """

    name: str
    arguments: tuple[str, ...]

    def has(self, *options: str) -> bool:
        """Return whether one of some options is given, also as `--option=value`."""
        return any(word in options or word.partition("=")[0] in options for word in self.arguments)

    @property
    def verb(self) -> str:
        """The first argument that is no option."""
        return next((word for word in self.arguments if not word.startswith(("-", "+"))), "")


NEUTRAL = frozenset({
    "echo", "printf", "set", "true", ":", "export", "exit", "test", "[", "[[", "pwd", "whoami", "sleep",
    "uname", "env", "date", "shopt", "unset", "return",
})  # fmt: skip
"""Programs that do nothing to the workspace."""

# The words that launch the tool behind them, the longest first.
_LAUNCHERS = (
    ("pipx", "run"), ("poetry", "run"), ("pipenv", "run"), ("pdm", "run"), ("hatch", "run"), ("rye", "run"),
    ("uv", "run"), ("uvx",), ("npx",), ("bunx",), ("pnpm", "exec"), ("pnpm", "dlx"), ("yarn", "exec"),
    ("npm", "exec"), ("bundle", "exec"), ("go", "tool"), ("dotnet", "tool", "run"),
)  # fmt: skip
_LAUNCHER_VALUES = frozenset({
    "--with", "--python", "-p", "--group", "--extra", "--package", "--project", "--directory", "--env-file",
    "--only-group", "--no-group", "--index-url",
})  # fmt: skip
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*|py")
_PACKAGERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_RUNNERS = frozenset({"make", "gmake", "just", "task", "rake", "tox", "nox"})
_SCRIPT_KINDS = (
    (
        re.compile(
            r"(?:lint|format[:-]check|fmt[:-]check|style|check[:-](?:format|style|lint))(?:[:-][\w:-]+)?"
        ),
        Verdict.STYLE,
    ),
    (re.compile(r"(?:type-?check|check-?types?|types|tsc|mypy|pyright)(?:[:-][\w:-]+)?"), Verdict.TYPES),
    (re.compile(r"(?:test|tests|unit-?tests?)(?:[:-](?:unit|integration|ci|all|py|js))?"), Verdict.TESTS),
)

_ALWAYS_STYLE = frozenset({
    "flake8", "pylint", "pycodestyle", "pydocstyle", "yamllint", "shellcheck", "hadolint", "actionlint",
    "zizmor", "bandit", "codespell", "vulture", "xenon", "cpplint", "markdownlint", "markdownlint-cli2",
    "ansible-lint", "golangci-lint", "staticcheck", "govulncheck", "reuse", "typos", "lint-imports",
    "interrogate", "deptry",
})  # fmt: skip
_ALWAYS_TYPES = frozenset({"mypy", "pyright", "basedpyright", "pytype", "ty", "vue-tsc"})
_ALWAYS_TESTS = frozenset(
    {"pytest", "py.test", "ctest", "vitest", "jest", "mocha", "rspec", "phpunit", "gotestsum", "nextest"}
)
# The option or verb that keeps a tool from rewriting files, and those that make it rewrite them.
_LOOKS_ONLY_WITH = {
    "black": ("--check", "--diff"),
    "isort": ("--check", "--check-only", "-c"),
    "prettier": ("--check", "-c", "--list-different", "-l"),
    "rustfmt": ("--check",),
    "shfmt": ("-d", "-l"),
    "yapf": ("--diff", "-d"),
    "clang-format": ("--dry-run", "-n"),
    "taplo": ("--check",),
    "docformatter": ("--check", "-c"),
}
_REWRITES_WITH = ("--fix", "--write", "--apply", "-w", "--autofix", "--in-place", "--add-noqa", "--fix-only")


@lru_cache(maxsize=32_768)
def tool_of(command: Command) -> Tool:
    """Return the tool that a command runs."""
    words = command.bare
    while words:
        rest = _launched(words)
        if rest is None:
            break
        words = rest
    name = words[0].rpartition("/")[2] if words else ""
    return Tool(name, tuple(words[1:]))


def _launched(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what a launcher runs, or None if there is none."""
    for launcher in _LAUNCHERS:
        if words[: len(launcher)] == launcher:
            return _behind_options(words[len(launcher) :])
    if _PYTHON.fullmatch(words[0].rpartition("/")[2]) and "-m" in words[1:4]:
        return words[words.index("-m") + 1 :]
    if words[:2] == ("coverage", "run"):
        rest = words[2:]
        return rest[rest.index("-m") + 1 :] if "-m" in rest else _behind_options(rest)
    return None


def _behind_options(words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "--":
            return words[at + 1 :]
        at += 2 if words[at] in _LAUNCHER_VALUES else 1
    return words[at:]


@lru_cache(maxsize=32_768)
def verdict_of(command: Command) -> Verdict | None:
    """Return what a command checks, if all that it does is check; None if it may do more."""
    tool = tool_of(command)
    if tool.has(*_REWRITES_WITH):
        return None
    if tool.name in _ALWAYS_STYLE:
        return Verdict.STYLE
    if tool.name in _ALWAYS_TYPES:
        return Verdict.TYPES
    if tool.name in _ALWAYS_TESTS:
        return Verdict.TESTS
    if tool.name in _LOOKS_ONLY_WITH:
        return Verdict.STYLE if tool.has(*_LOOKS_ONLY_WITH[tool.name]) else None
    return _by_verb(tool)


def _by_verb(tool: Tool) -> Verdict | None:
    """Return what a tool with several commands checks."""
    if tool.name in _PACKAGERS or tool.name in _RUNNERS:
        return _by_script(tool)
    plain = _BY_VERB.get((tool.name, tool.verb))
    if plain is not None:
        return plain
    if (tool.name, tool.verb) in {
        ("ruff", "format"),
        ("cargo", "fmt"),
        ("deno", "fmt"),
        ("terraform", "fmt"),
    }:
        return Verdict.STYLE if tool.has("--check", "-check", "--diff") else None
    if tool.name == "tsc":
        return Verdict.TYPES if tool.has("--noEmit") else None
    return (
        Verdict.STYLE
        if tool.name in {"eslint", "stylelint", "rubocop"} and not tool.has("-a", "-A")
        else None
    )


_BY_VERB = {
    ("ruff", "check"): Verdict.STYLE,
    ("cargo", "clippy"): Verdict.STYLE,
    ("cargo", "test"): Verdict.TESTS,
    ("cargo", "nextest"): Verdict.TESTS,
    ("cargo", "deny"): Verdict.STYLE,
    ("cargo", "audit"): Verdict.STYLE,
    ("go", "vet"): Verdict.STYLE,
    ("go", "test"): Verdict.TESTS,
    ("deno", "lint"): Verdict.STYLE,
    ("deno", "test"): Verdict.TESTS,
    ("biome", "check"): Verdict.STYLE,
    ("biome", "lint"): Verdict.STYLE,
    ("helm", "lint"): Verdict.STYLE,
    ("buf", "lint"): Verdict.STYLE,
    ("terraform", "validate"): Verdict.STYLE,
}


def _by_script(tool: Tool) -> Verdict | None:
    """Go by the name of the script or target, the only thing that is known of it."""
    names = [word for word in tool.arguments if not word.startswith("-") and "=" not in word]
    if tool.name in _PACKAGERS and names[:1] == ["run"]:
        names = names[1:]
    if tool.name in {"tox", "nox"} or len(names) != 1:
        return None
    if any(word in {"--fix", "-C"} for word in tool.arguments):
        return None
    return next((kind for pattern, kind in _SCRIPT_KINDS if pattern.fullmatch(names[0])), None)


_CARGO_LOCKED = frozenset({"clippy", "test", "nextest", "check", "build", "doc", "run", "bench"})


def lock_of(command: Command) -> str:
    """Return the name of what a tool locks while it runs, or "": two of them would wait for each other."""
    tool = tool_of(command)
    if tool.name == "cargo" and tool.verb in _CARGO_LOCKED:
        return "the build directory of `cargo`"
    return f"`{tool.name}`" if tool.name in {"terraform", "gradle", "gradlew", "golangci-lint"} else ""
