"""Workspaces whose runs use the cache, and what became of the steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.commands import run


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that has ended.

    Attributes:
        code: its exit status.
        err: what it wrote to stderr.
        report: its document.
    """

    code: int
    err: str
    report: Mapping[str, Any]

    @property
    def steps(self) -> dict[str, Mapping[str, Any]]:
        """The steps of the document, by id."""
        return {each["id"]: each for each in self.report["steps"]}

    @property
    def executed(self) -> list[str]:
        """The steps that were not taken from the cache."""
        return [name for name, each in self.steps.items() if each["status"] != "cached"]

    @property
    def reasons(self) -> dict[str, str]:
        """Why each step ran, or how its result was had."""
        return {name: each["reason"] for name, each in self.steps.items()}


def workspace(folder: Path, text: str, files: Mapping[str, str] | None = None) -> Path:
    """Make a workspace: a workflow that runs `sh`, and its files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wfopt.yml").write_text(f"wfopt: 1\ndefaults: {{shell: sh}}\n{text}")
    for name, content in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def ran(folder: Path, *args: str, env: Mapping[str, str] | None = None, file: str = "wfopt.yml") -> Ran:
    """Run the workflow of a workspace."""
    done = run(["run", file, "--format", "json", *args], folder, env)
    assert done.stdout, done.stderr
    return Ran(done.returncode, done.stderr, json.loads(done.stdout))


def trashed(folder: Path) -> dict[str, str]:
    """Return the files in the trash of a workspace, with what is in them."""
    found = [path for path in (folder / ".wfopt" / "trash").glob("*/**/*") if path.is_file()]
    return {"/".join(path.relative_to(folder).parts[3:]): path.read_text() for path in found}
