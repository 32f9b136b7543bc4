"""Commands that install what a project depends on, and the option of a setup action that caches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wfopt.analyzer.workloads import words_of
from wfopt.dataclass import dataclass
from wfopt.model.scripts import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """A manager of packages.

    Attributes:
        name: what messages call it.
        action: the action that caches its downloads, or "".
        option: what turns that on in the action, such as `cache: npm`.
        folder: what to cache where no action does it.
    """

    name: str
    action: str = ""
    option: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """An install that was found.

    Attributes:
        manager: what installs.
        locked: whether a file fixes what is installed, so that the action finds what to key the cache by.
    """

    manager: Manager
    locked: bool = False


_PIP = Manager(name="pip", action="actions/setup-python", option="cache: pip", folder="~/.cache/pip")
_NPM = Manager(name="npm", action="actions/setup-node", option="cache: npm", folder="~/.npm")
_YARN = Manager(name="yarn", action="actions/setup-node", option="cache: yarn", folder="~/.cache/yarn")
_PNPM = Manager(name="pnpm", action="actions/setup-node", option="cache: pnpm", folder="~/.local/share/pnpm")
_POETRY = Manager(
    name="poetry", action="actions/setup-python", option="cache: poetry", folder="~/.cache/pypoetry"
)
_PIPENV = Manager(name="pipenv", action="actions/setup-python", option="cache: pipenv", folder="~/.cache")
_UV = Manager(name="uv", action="astral-sh/setup-uv", option="enable-cache: true", folder="~/.cache/uv")
_BUNDLER = Manager(
    name="bundler", action="ruby/setup-ruby", option="bundler-cache: true", folder="vendor/bundle"
)
_COMPOSER = Manager(name="composer", folder="~/.cache/composer")
_CARGO = Manager(name="cargo", folder="~/.cargo/registry and target")
_GO = Manager(name="go", action="actions/setup-go", option="cache: true", folder="~/go/pkg/mod")
_MAVEN = Manager(name="maven", action="actions/setup-java", option="cache: maven", folder="~/.m2/repository")
_GRADLE = Manager(
    name="gradle", action="actions/setup-java", option="cache: gradle", folder="~/.gradle/caches"
)
_CONDA = Manager(name="conda", folder="~/conda_pkgs_dir")

# The words with which an install starts; whether that alone says that a lock file is used.
_STARTS: Mapping[tuple[str, ...], tuple[Manager, bool]] = {
    ("npm", "ci"): (_NPM, True),
    ("npm", "install"): (_NPM, False),
    ("npm", "i"): (_NPM, False),
    ("yarn", "install"): (_YARN, False),
    ("pnpm", "install"): (_PNPM, False),
    ("pnpm", "i"): (_PNPM, False),
    ("poetry", "install"): (_POETRY, False),
    ("pipenv", "install"): (_PIPENV, False),
    ("pipenv", "sync"): (_PIPENV, True),
    ("uv", "sync"): (_UV, False),
    ("bundle", "install"): (_BUNDLER, False),
    ("composer", "install"): (_COMPOSER, False),
    ("cargo", "build"): (_CARGO, False),
    ("cargo", "test"): (_CARGO, False),
    ("cargo", "clippy"): (_CARGO, False),
    ("cargo", "check"): (_CARGO, False),
    ("cargo", "fetch"): (_CARGO, False),
    ("cargo", "nextest"): (_CARGO, False),
    ("go", "mod", "download"): (_GO, False),
    ("go", "build"): (_GO, False),
    ("go", "test"): (_GO, False),
    ("conda", "env", "create"): (_CONDA, False),
    ("mamba", "env", "create"): (_CONDA, False),
}
_MAVEN_GOALS = frozenset({"compile", "test", "package", "verify", "install", "deploy"})
_FROZEN = frozenset({"--frozen-lockfile", "--immutable", "--locked"})
_GLOBAL = frozenset({"-g", "--global", "--location=global"})
_PACKAGING = frozenset({"pip", "setuptools", "wheel"})
SEVERAL = 3
"""From so many packages on, a plain `pip install` counts: fewer are a tool or two."""


def install_of(command: Command) -> Install | None:
    """Return what a command installs for the project, or None: a tool or two are not worth a cache."""
    words = words_of(command)
    special = _SPECIAL.get(words[0] if words else "")
    if special is not None and (found := special(words)) is not None:
        return found
    for count in (3, 2):
        known = _STARTS.get(words[:count])
        if known is not None and not _GLOBAL & set(words):
            return _of_project(known[0], words, locked=known[1])
    return None


def _of_yarn(words: tuple[str, ...]) -> Install | None:
    """`yarn` alone installs, also with options."""
    plain = all(word.startswith("-") for word in words[1:])
    return Install(manager=_YARN, locked=bool(_FROZEN & set(words))) if plain else None


def _of_maven(words: tuple[str, ...]) -> Install | None:
    return Install(manager=_MAVEN) if _MAVEN_GOALS & set(words) else None


def _of_gradle(words: tuple[str, ...]) -> Install | None:
    return None if {"--version", "wrapper"} & set(words) or len(words) < 2 else Install(manager=_GRADLE)


def _of_project(manager: Manager, words: tuple[str, ...], *, locked: bool) -> Install | None:
    named = [word for word in words[2:] if not word.startswith("-")]
    # `npm install eslint` fetches a tool or two; without a name it is all that the project needs.
    if words[1] in {"install", "i"} and manager in {_NPM, _PNPM, _PIPENV} and named:
        return None
    return Install(manager=manager, locked=locked or bool(_FROZEN & set(words)))


def _of_pip(words: tuple[str, ...]) -> Install | None:
    start = ("uv", "pip", "install") if words[0] == "uv" else ("pip", "install")
    if words[: len(start)] != start:
        return None
    manager, rest = _UV if words[0] == "uv" else _PIP, words[len(start) :]
    files = [rest[at + 1] for at in range(len(rest) - 1) if rest[at] in {"-r", "--requirement"}]
    files += [word[2:] for word in rest if word.startswith("-r") and len(word) > 2]
    if files:
        return Install(manager=manager, locked=all(_is_requirements(name) for name in files))
    names = [word for word in rest if not word.startswith("-") and word not in _PACKAGING]
    if any(name.startswith(".") for name in names):
        return Install(manager=manager)
    return Install(manager=manager) if len(names) >= SEVERAL else None


def _is_requirements(name: str) -> bool:
    """Return whether `setup-python` looks at a file when it names the cache, if not told of others."""
    return name.rpartition("/")[2] == "requirements.txt"


_SPECIAL: Mapping[str, Callable[[tuple[str, ...]], Install | None]] = {
    "pip": _of_pip,
    "uv": _of_pip,
    "yarn": _of_yarn,
    "mvn": _of_maven,
    "gradle": _of_gradle,
}
