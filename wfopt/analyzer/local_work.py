"""Steps of which it is known that all they do stays on the machine that they run on."""

from __future__ import annotations

from wfopt.analyzer.outward import QUIET_ACTIONS, effects_of
from wfopt.analyzer.tools import NEUTRAL, tool_of, verdict_of
from wfopt.model.scripts import Command, commands_of_step
from wfopt.model.workflow import Opaque, Step

# Programs that build, install, move and look, but send nothing anywhere.
_LOCAL = frozenset({
    "pip", "pip3", "apt-get", "apt", "brew", "yum", "dnf", "apk", "choco", "rustup", "pipx", "conda",
    "mamba", "opam", "cp", "mv", "mkdir", "rm", "ls", "cat", "find", "sed", "awk", "grep", "sort", "tar",
    "unzip", "zip", "chmod", "tee", "wc", "head", "tail", "diff", "which", "source", ".", "cd", "touch",
    "ln", "tr", "cut", "xargs", "jq", "sha256sum", "cmake", "configure", "autoreconf", "ninja", "gcc",
    "g++", "clang", "rustc", "javac", "tsc", "meson", "coverage", "build", "venv", "virtualenv",
    "sphinx-build", "pre-commit", "true", "false", "read", "wget",
})  # fmt: skip
_LOCAL_VERBS = {
    "git": {"diff", "status", "describe", "log", "rev-parse", "fetch", "checkout", "config", "submodule",
            "show", "clone"},
    "npm": {"ci", "install", "i"},
    "yarn": {"install", ""},
    "pnpm": {"install", "i"},
    "cargo": {"build", "check", "doc", "fmt", "install", "fetch", "bench", "run"},
    "go": {"build", "mod", "install", "generate", "get", "fmt", "version", "env"},
    "uv": {"sync", "pip", "venv", "build", "python", "tool", "lock"},
    "poetry": {"install", "build", "lock", "check", "config"},
    "dotnet": {"restore", "build", "test"},
    "mvn": {"compile", "test", "verify", "package", "install"},
    "docker": {"build", "pull", "images", "version", "info"},
}  # fmt: skip


def stays_local(step: Step) -> bool:
    """Return whether nothing that a step does can be seen from another machine."""
    commands = commands_of_step(step)
    if isinstance(step.run, Opaque) and not commands:
        return QUIET_ACTIONS.fullmatch(step.run.name) is not None
    return bool(commands) and all(map(_is_local, commands)) and next(effects_of(step), None) is None


def _is_local(command: Command) -> bool:
    tool = tool_of(command)
    if not tool.name or tool.name in NEUTRAL or tool.name in _LOCAL or verdict_of(command) is not None:
        return True
    return tool.verb in _LOCAL_VERBS.get(tool.name, ())
