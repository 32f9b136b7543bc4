"""Commands and actions that change something outside the workspace: they publish, deploy or notify."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from wfopt.analyzer.tools import Tool, tool_of
from wfopt.model.scripts import Command, commands_of_step
from wfopt.model.workflow import Opaque, Step

_VERBS = {
    "git": {"push": "pushes commits"},
    "docker": {"push": "pushes an image"},
    "podman": {"push": "pushes an image"},
    "buildah": {"push": "pushes an image"},
    "crane": {"push": "pushes an image", "copy": "pushes an image"},
    "skopeo": {"copy": "pushes an image"},
    "helm": {"push": "pushes a chart", "install": "deploys", "upgrade": "deploys"},
    "npm": {"publish": "publishes a package"},
    "pnpm": {"publish": "publishes a package"},
    "yarn": {"publish": "publishes a package"},
    "cargo": {"publish": "publishes a package"},
    "poetry": {"publish": "publishes a package"},
    "uv": {"publish": "publishes a package"},
    "pdm": {"publish": "publishes a package"},
    "hatch": {"publish": "publishes a package"},
    "flit": {"publish": "publishes a package"},
    "gem": {"push": "publishes a package"},
    "twine": {"upload": "publishes a package"},
    "kubectl": {
        "apply": "deploys",
        "delete": "deletes what is deployed",
        "create": "deploys",
        "rollout": "deploys",
    },
    "terraform": {"apply": "changes infrastructure", "destroy": "changes infrastructure"},
    "tofu": {"apply": "changes infrastructure", "destroy": "changes infrastructure"},
    "pulumi": {"up": "changes infrastructure", "destroy": "changes infrastructure"},
    "dvc": {"push": "uploads data"},
    "fly": {"deploy": "deploys"},
    "flyctl": {"deploy": "deploys"},
    "vercel": {"deploy": "deploys"},
    "netlify": {"deploy": "deploys"},
    "serverless": {"deploy": "deploys"},
    "firebase": {"deploy": "deploys"},
    "wrangler": {"deploy": "deploys", "publish": "deploys"},
    "mkdocs": {"gh-deploy": "publishes a page"},
    "mike": {"deploy": "publishes a page"},
    "goreleaser": {"release": "publishes a release"},
}
_ALWAYS = {
    "rsync": "copies files to another machine",
    "scp": "copies files to another machine",
    "ssh": "runs something on another machine",
    "ansible-playbook": "changes other machines",
    "semantic-release": "publishes a release",
    "sendmail": "sends mail",
}
_REMOTE = re.compile(r"[\w.@$\{\}-]+:(?!\\)")
_DRY = ("--dry-run", "-n", "--dry", "--snapshot", "--skip-publish", "--local")
_SENDS = frozenset({"POST", "PUT", "PATCH", "DELETE"})

QUIET_ACTIONS = re.compile(
    r"actions/(?:checkout|setup-[\w-]+|cache(?:/\w+)?|upload-artifact|download-artifact|dependency-review-action)"
    r"|astral-sh/(?:setup-uv|ruff-action)|dtolnay/rust-toolchain|actions-rs/toolchain|actions-rust-lang/[\w-]+"
    r"|Swatinem/rust-cache|pre-commit/action|golangci/golangci-lint-action|codecov/codecov-action"
    r"|ruby/setup-ruby|pnpm/action-setup|oven-sh/setup-bun|denoland/setup-deno|gradle/[\w-]*(?:gradle|wrapper)[\w/-]*"
    r"|docker/setup-[\w-]+|docker/login-action|taiki-e/install-action|step-security/harden-runner"
    r"|arduino/setup-[\w-]+|arduino/(?:compile-sketches|arduino-lint-action)|psf/black|chartboost/ruff-action"
    r"|shivammathur/setup-php|erlef/setup-beam|julia-actions/[\w-]+|conda-incubator/setup-miniconda"
    r"|mamba-org/setup-micromamba|crate-ci/typos|ludeeus/action-shellcheck|streetsidesoftware/cspell-action"
)
"""Actions that change nothing outside, whatever they are told."""


def effects_of(step: Step) -> Iterator[tuple[Command | None, str]]:
    """Yield what a step changes outside, as far as its commands tell: the command and what it does."""
    for effect in sorted((step.effects or frozenset()) - {"network", "time", "random", "tty", "service"}):
        yield None, f"has the effect `{effect}`"
    for command in commands_of_step(step):
        words = effect_of(command)
        if words:
            yield command, words


def may_change_outside(step: Step) -> bool:
    """Return whether a step changes something outside, or is an action of which that is not known."""
    if isinstance(step.run, Opaque) and not QUIET_ACTIONS.fullmatch(step.run.name):
        from_script = commands_of_step(step)
        if not from_script:
            return True
    return next(effects_of(step), None) is not None


def effect_of(command: Command) -> str:
    """Return what a command changes outside, such as `pushes commits`, or ""."""
    tool = tool_of(command)
    if tool.has(*_DRY):
        return ""
    special = _SPECIAL.get(tool.name)
    if special is not None:
        return special(tool)
    if tool.name in {"rsync", "scp"} and not any(map(_REMOTE.match, tool.arguments)):
        return ""
    return _ALWAYS.get(tool.name) or _VERBS.get(tool.name, {}).get(tool.verb, "")


def _of_curl(tool: Tool) -> str:
    words = tool.arguments
    method = next((then for word, then in pairwise(words) if word in {"-X", "--request"}), "")
    glued = next((word[2:] for word in words if word.startswith("-X") and len(word) > 2), "")
    if (method or glued).upper() in _SENDS:
        return "sends a request that changes something"
    return "uploads a file" if tool.has("-T", "--upload-file") else ""


def _of_docker(tool: Tool) -> str:
    verbs = [word for word in tool.arguments if not word.startswith("-")]
    if verbs[:1] in (["image"], ["compose"], ["manifest"]) and verbs[1:2] == ["push"]:
        return "pushes an image"
    if verbs[:1] in (["build"], ["buildx"]) and tool.has("--push"):
        return "pushes an image"
    return _VERBS["docker"].get(tool.verb, "")


def _of_gh(tool: Tool) -> str:
    verbs = tuple(word for word in tool.arguments if not word.startswith("-"))[:2]
    if verbs[1:] in {
        ("create",),
        ("upload",),
        ("edit",),
        ("delete",),
        ("comment",),
        ("merge",),
        ("close",),
        ("run",),
    }:
        return f"changes something on GitHub with `gh {verbs[0]} {verbs[1]}`"
    return ""


def _of_aws(tool: Tool) -> str:
    verbs = tuple(word for word in tool.arguments if not word.startswith("-"))[:2]
    is_upload = verbs in {("s3", "cp"), ("s3", "sync"), ("s3", "mv")} and tool.arguments[-1].startswith(
        "s3://"
    )
    if is_upload:
        return "uploads to a bucket"
    return "deploys" if verbs[1:] in {("deploy",), ("update-function-code",), ("update-service",)} else ""


_SPECIAL = {"curl": _of_curl, "docker": _of_docker, "gh": _of_gh, "aws": _of_aws}
