"""What well-known actions of GitHub do that matters for time and cost; their names in lower case."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.analyzer.jobs import action_of, option
from wfopt.model.workflow import Opaque, Step

CHECKOUT = "actions/checkout"

SETUP = frozenset(
    {
        "actions/setup-dotnet",
        "actions/setup-go",
        "actions/setup-java",
        "actions/setup-node",
        "actions/setup-python",
        "actions-rs/toolchain",
        "actions-rust-lang/setup-rust-toolchain",
        "arduino/setup-task",
        "astral-sh/setup-uv",
        "conda-incubator/setup-miniconda",
        "denoland/setup-deno",
        "docker/setup-buildx-action",
        "docker/setup-qemu-action",
        "dtolnay/rust-toolchain",
        "erlef/setup-beam",
        "go-task/setup-task",
        "gradle/actions/setup-gradle",
        "gradle/gradle-build-action",
        "mamba-org/setup-micromamba",
        "moonrepo/setup-rust",
        "oven-sh/setup-bun",
        "pnpm/action-setup",
        "ruby/setup-ruby",
        "shivammathur/setup-php",
        "subosito/flutter-action",
        "taiki-e/install-action",
    }
)
"""The actions that put a toolchain in place."""

CACHES = frozenset(
    {
        "swatinem/rust-cache",
        "actions/cache",
        "actions/cache/restore",
        "actions/cache/save",
        "buildjet/cache",
        "bahmutov/npm-install",
        "useblacksmith/cache",
        "awalsh128/cache-apt-pkgs-action",
        "pre-commit/action",
        "mozilla-actions/sccache-action",
        "hendrikmuhs/ccache-action",
    }
)
"""The actions that cache by themselves."""

CACHE_ACTIONS = frozenset({"actions/cache", "actions/cache/restore", "actions/cache/save", "buildjet/cache"})
"""The actions that keep what they are told under a key."""

ARTIFACTS = frozenset({"actions/upload-artifact", "actions/download-artifact"})

PREPARING = SETUP | CACHES | ARTIFACTS | {CHECKOUT, "step-security/harden-runner"}
"""The actions that only prepare a job or carry files; none looks at the project's history."""

# The option that turns caching on; and whether an action caches if it is not given.
_OPTIONS: Mapping[str, tuple[str, bool]] = {
    "actions/setup-dotnet": ("cache", False),
    "actions/setup-go": ("cache", True),
    "actions/setup-java": ("cache", False),
    "actions/setup-node": ("cache", False),
    "actions/setup-python": ("cache", False),
    "actions-rust-lang/setup-rust-toolchain": ("cache", True),
    "astral-sh/setup-uv": ("enable-cache", True),
    "denoland/setup-deno": ("cache", False),
    "gradle/actions/setup-gradle": ("cache-disabled", True),
    "gradle/gradle-build-action": ("cache-disabled", True),
    "mamba-org/setup-micromamba": ("cache-environment", False),
    "pnpm/action-setup": ("cache", False),
    "ruby/setup-ruby": ("bundler-cache", False),
    "subosito/flutter-action": ("cache", False),
}
_OLDEST_CACHING_SETUP_GO = 4


def caches(step: Step) -> bool:
    """Return whether a step is an action that keeps something for later runs, or may do so.

    An action that is not known may, if it sets something up or if the repository itself has it.
    """
    name = action_of(step)
    if not name:
        return False
    if name in CACHES or name.startswith("./"):
        return True
    if name not in SETUP:
        return any(word in name for word in ("cache", "setup", "install", "prepare"))
    key, by_default = _OPTIONS.get(name, ("", False))
    value = option(step, key)
    if name == "actions/setup-go" and not value:
        return major_of(step) >= _OLDEST_CACHING_SETUP_GO
    if key == "cache-disabled":
        return value != "true"
    return value not in {"false", ""} if value else by_default


def major_of(step: Step) -> int:
    """Return the major version of an action; a large one for a commit or branch, which may be new."""
    version = step.run.what.partition("@")[2] if isinstance(step.run, Opaque) else ""
    number = version.removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() and len(number) < 4 else 999
