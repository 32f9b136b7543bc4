"""The environment of a task's commands: https://taskfile.dev/docs/guide#environment-variables.

A variable that the process has already keeps its value: Task lets it win. Files of `dotenv` only add.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from wfopt.codes import MISSING_DOTENV, NOT_FETCHED
from wfopt.errors import LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.plain import text_in
from wfopt.formats.positions import Node
from wfopt.formats.remarks import Remarks
from wfopt.formats.taskfile.dotenv import variables_in
from wfopt.formats.taskfile.evaluating import Known, Open, Scope, fill
from wfopt.formats.taskfile.records import Task, Unit, items_of
from wfopt.formats.taskfile.templates import TemplateError
from wfopt.formats.taskfile.texts import go_text
from wfopt.formats.taskfile.variables import settle
from wfopt.model.expressions import Template


class Environment:
    """Finds what commands have in their environment.

    Args:
        units: all files.
        options: what the outside contributes.
        remarks: where notes go.
    """

    def __init__(self, units: tuple[Unit, ...], options: LoadOptions, remarks: Remarks) -> None:
        self._units = units
        self._options = options
        self._remarks = remarks
        self._workspace = options.outside.real(options.workspace)
        self._files: dict[str, Mapping[str, str]] = {}

    def of(self, task: Task, scope: Scope) -> tuple[dict[str, Template | None], str]:
        """Return the variables of a task, and why they are not all known, or ""."""
        found: dict[str, Known] = {}
        for unit in self._units:
            found |= self._declared(unit.root.get("env"), scope)
        root = self._units[0]
        for name, text in self._read(root.root.get("dotenv"), root, scope):
            found.setdefault(name, text)
        own = self._declared(task.get("env"), scope)
        for name, text in self._read(task.get("dotenv"), task.unit, scope):
            own.setdefault(name, text)
        found |= own
        why = ""
        env: dict[str, Template | None] = {}
        for name, value in found.items():
            if name in self._options.environ:
                continue
            if isinstance(value, Open):
                why = why or f"an environment with {value.why}"
            elif "=" not in name and "\0" not in name and name:
                env[name] = Template.plain(go_text(value).replace("\0", ""))
        return env, why

    def _declared(self, node: Node | None, scope: Scope) -> dict[str, Known]:
        return dict(settle(node, Scope({}, {}), scope).values)

    def _read(self, node: Node | None, unit: Unit, scope: Scope) -> Iterator[tuple[str, str]]:
        """Yield the variables of the files that a `dotenv` names; those of earlier files count."""
        for item in items_of(node):
            try:
                path = fill(text_in(item), scope)
            except TemplateError as error:
                self._remarks.note(MISSING_DOTENV, f"a `dotenv` file is not read: {error}", item.span)
                continue
            yield from self._variables(os.path.join(unit.base, path), path, item).items()

    def _variables(self, full: str, path: str, at: Node) -> Mapping[str, str]:
        look = self._options.outside
        if not path or "\0" in path or not look.exists(full):
            return {}
        real = look.real(full)
        if real not in self._files:
            self._files[real] = {}
            if not real.startswith(f"{self._workspace.rstrip('/')}/"):
                message = f"`{path}` lies outside the workspace and is not read"
                self._remarks.warn(NOT_FETCHED, message, at.span)
                return {}
            try:
                self._files[real] = variables_in(look.read(real, path).text)
            except LoadError as error:
                self._remarks.warn(MISSING_DOTENV, error.diagnostics[0].message, at.span)
        return self._files[real]
