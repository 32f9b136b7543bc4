"""What wfopt knows of actions: which need nothing here, which only promise a tool, and what they hand over.

Everything else stays opaque. Names are compared in lower case, without a path inside of the repository unless
it stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from wfopt.dataclass import dataclass
from wfopt.model.expressions import Template
from wfopt.model.workflow import Argv, Script, Shell


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What stands in for an action.

    Attributes:
        why: why nothing more is done, in a few words.
        tools: programs of which one must be on PATH; empty if nothing is checked.
    """

    why: str
    tools: tuple[str, ...] = ()


_HERE = Known(why="the workspace is there already")
_CACHE = Known(why="what it would restore is there already")
_SHARED = Known(why="all steps share the workspace")
_MESSAGES = Known(why="it only adds to what GitHub shows")


def _tool(*names: str) -> Known:
    return Known(why=f"`{names[0]}` must be on PATH", tools=names)


KNOWN: Mapping[str, Known] = {
    "actions/checkout": _HERE,
    "actions/cache": _CACHE,
    "actions/cache/restore": _CACHE,
    "actions/cache/save": _CACHE,
    "swatinem/rust-cache": _CACHE,
    "actions/upload-artifact": _SHARED,
    "actions/upload-artifact/merge": _SHARED,
    "actions/download-artifact": _SHARED,
    "step-security/harden-runner": _MESSAGES,
    "actions/setup-python": _tool("python3", "python"),
    "actions/setup-node": _tool("node"),
    "actions/setup-go": _tool("go"),
    "actions/setup-java": _tool("java"),
    "actions/setup-dotnet": _tool("dotnet"),
    "ruby/setup-ruby": _tool("ruby"),
    "actions/setup-ruby": _tool("ruby"),
    "shivammathur/setup-php": _tool("php"),
    "erlef/setup-beam": _tool("erl", "elixir"),
    "haskell/actions/setup": _tool("ghc"),
    "haskell-actions/setup": _tool("ghc"),
    "julia-actions/setup-julia": _tool("julia"),
    "r-lib/actions/setup-r": _tool("Rscript"),
    "ocaml/setup-ocaml": _tool("opam"),
    "mlugg/setup-zig": _tool("zig"),
    "goto-bus-stop/setup-zig": _tool("zig"),
    "subosito/flutter-action": _tool("flutter"),
    "dart-lang/setup-dart": _tool("dart"),
    "swift-actions/setup-swift": _tool("swift"),
    "astral-sh/setup-uv": _tool("uv"),
    "hynek/setup-cached-uv": _tool("uv"),
    "pdm-project/setup-pdm": _tool("pdm"),
    "snok/install-poetry": _tool("poetry"),
    "abatilo/actions-poetry": _tool("poetry"),
    "prefix-dev/setup-pixi": _tool("pixi"),
    "conda-incubator/setup-miniconda": _tool("conda", "mamba"),
    "mamba-org/setup-micromamba": _tool("micromamba"),
    "pnpm/action-setup": _tool("pnpm"),
    "oven-sh/setup-bun": _tool("bun"),
    "denoland/setup-deno": _tool("deno"),
    "dtolnay/rust-toolchain": _tool("cargo"),
    "actions-rs/toolchain": _tool("cargo"),
    "actions-rust-lang/setup-rust-toolchain": _tool("cargo"),
    "gradle/actions/setup-gradle": _tool("gradle", "java"),
    "gradle/gradle-build-action": _tool("gradle", "java"),
    "arduino/setup-task": _tool("task"),
    "go-task/setup-task": _tool("task"),
    "extractions/setup-just": _tool("just"),
    "docker/setup-buildx-action": _tool("docker"),
    "iterative/setup-dvc": _tool("dvc"),
    "hashicorp/setup-terraform": _tool("terraform"),
    "azure/setup-helm": _tool("helm"),
    "azure/setup-kubectl": _tool("kubectl"),
    "bazelbuild/setup-bazelisk": _tool("bazelisk", "bazel"),
    "bazel-contrib/setup-bazel": _tool("bazel", "bazelisk"),
    "lukka/get-cmake": _tool("cmake"),
}
"""Actions whose work is done here already, or not needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """What an action leaves for other jobs, or takes from them.

    Attributes:
        kind: what it is: only the same kinds meet.
        option: which option names it.
        leaves: whether the action leaves it.
        takes: whether the action takes it.
        default: its name where the option is missing; `*` stands for anything.
    """

    kind: str
    option: str
    leaves: bool = False
    takes: bool = False
    default: str = "*"


HANDING: Mapping[str, Handing] = {
    "actions/upload-artifact": Handing(kind="artifact", option="name", leaves=True, default="artifact"),
    "actions/download-artifact": Handing(kind="artifact", option="name", takes=True),
    "actions/upload-pages-artifact": Handing(
        kind="artifact", option="name", leaves=True, default="github-pages"
    ),
    "actions/deploy-pages": Handing(
        kind="artifact", option="artifact_name", takes=True, default="github-pages"
    ),
    "actions/cache": Handing(kind="cache", option="key", leaves=True, takes=True, default=""),
    "actions/cache/save": Handing(kind="cache", option="key", leaves=True, default=""),
    "actions/cache/restore": Handing(kind="cache", option="key", takes=True, default=""),
}
"""Actions that hand files from one job to another."""


def name_of(uses: str) -> str:
    """Return the name of an action as the tables have it."""
    return uses.partition("@")[0].strip().lower()


@lru_cache(maxsize=256)
def stand_in(name: str) -> Script | Argv | None:
    """Return what runs in the place of an action, or None if it is not known."""
    known = KNOWN.get(name)
    if known is None:
        return None
    if not known.tools:
        return Argv((Template.plain("true"),))
    tests = " || ".join(f"command -v {tool} >/dev/null 2>&1" for tool in known.tools)
    shown = " or ".join(known.tools)
    text = f"{tests} || {{ echo '{name}: {shown} is not on PATH; install it' >&2; exit 1; }}"
    return Script(Template.plain(text), Shell("sh", ("sh", "-e", "-c")))
