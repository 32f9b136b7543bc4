"""Files that people may take for workflows: what they are, told by their names or the keys at their top."""

from __future__ import annotations

import re
from collections.abc import Collection

from wfopt.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A kind of file that no format here reads.

    Attributes:
        what: what it is, for a message: "a ... file".
        name: what its path looks like, as a regular expression, or "".
        keys: sets of keys, one of which such a file has at its top.
        hint: what to do instead, or "".
    """

    what: str
    name: str = ""
    keys: tuple[frozenset[str], ...] = ()
    hint: str = ""


def _any(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each.split()) for each in sets)


_PAST = "it tells of past runs: `wfopt stats --import FILE` reads it"

# The first that fits is told: what a name says comes before what keys may mean.
LOOKALIKES = (
    Lookalike(
        "docker-compose", r"(?:docker-)?compose[^/]*\.ya?ml", _any("services volumes", "services networks")
    ),
    Lookalike("package.json", r"package\.json", _any("name version scripts", "scripts dependencies")),
    Lookalike("CircleCI", r"\.circleci/.*", _any("version jobs workflows", "orbs")),
    Lookalike("Azure Pipelines", r"\.?azure-pipelines[^/]*\.ya?ml", _any("pool steps", "pool stages")),
    Lookalike("Azure Pipelines", keys=_any("trigger jobs", "trigger stages", "trigger steps", "pool jobs")),
    Lookalike("Helm chart", r"Chart\.ya?ml", _any("apiVersion name version")),
    Lookalike("Kubernetes", keys=_any("apiVersion kind")),
    Lookalike("MkDocs", r"mkdocs\.ya?ml", _any("site_name")),
    Lookalike("pre-commit", r"\.pre-commit-config\.yaml", _any("repos")),
    Lookalike("Travis CI", r"\.travis\.ya?ml", _any("language script", "language install")),
    Lookalike("Bitbucket Pipelines", r"bitbucket-pipelines\.ya?ml", _any("pipelines")),
    Lookalike("GitHub action", r"action\.ya?ml", _any("name runs inputs", "name description runs")),
    Lookalike("Dependabot", r"dependabot\.ya?ml", _any("version updates")),
    Lookalike("Drone CI", r"\.drone\.ya?ml", _any("kind steps")),
    Lookalike("dvc.lock", r"dvc\.lock", _any("schema stages"), "name the `dvc.yaml` beside it"),
    Lookalike("Conda environment", r"environment\.ya?ml", _any("channels dependencies")),
    Lookalike("OpenAPI", keys=_any("openapi info", "swagger info")),
    Lookalike("Makefile", r"(?:GNU)?[Mm]akefile|[^/]*\.mk"),
    Lookalike("Snakemake", r"Snakefile|[^/]*\.smk"),
    Lookalike("Jenkins", r"Jenkinsfile"),
    Lookalike("just", r"\.?[Jj]ustfile"),
    Lookalike("pyproject.toml", r"pyproject\.toml"),
    Lookalike("Ninja", r"build\.ninja"),
    Lookalike("Ninja log", r"\.ninja_log", hint=_PAST),
    Lookalike("GitHub run", keys=_any("jobs total_count"), hint=_PAST),
)


def named_like(path: str) -> Lookalike | None:
    """Return what a file is by its path alone, or None."""
    for each in LOOKALIKES:
        if each.name and re.fullmatch(rf"(?:.*/)?(?:{each.name})", path, re.DOTALL):
            return each
    return None


def keyed_like(keys: Collection[str]) -> Lookalike | None:
    """Return what a file is by the keys at its top, or None."""
    known = set(keys)
    return next((each for each in LOOKALIKES if any(found <= known for found in each.keys)), None)
