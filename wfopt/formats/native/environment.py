"""The environment of a workflow: its `dotenv` files and its `env`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from wfopt.codes import MISSING_DOTENV
from wfopt.errors import LoadError
from wfopt.formats.native.context import Binder
from wfopt.formats.native.records import Record
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode, read_source
from wfopt.formats.problems import Problems
from wfopt.model.expressions import Template

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")

Env = Mapping[str, Template | None]
"""Variables; None unsets one."""

ReadEnv = Mapping[str, tuple[ScalarNode, Template | None]]
"""An `env` mapping as its shape reads it."""


def fill_env(read: ReadEnv, node: Node, binder: Binder) -> dict[str, Template | None]:
    """Return the variables of a step's `env` with everything known filled in."""
    return {
        name: template if template is None else binder.fill(template, _value(node, name, key))
        for name, (key, template) in read.items()
    }


def fixed_env(record: Record | None, where: str, binder: Binder) -> dict[str, Template | None]:
    """Return the variables of an `env` that stands above the steps: all of it is known before the run."""
    read, node = (record.get("env"), record.nodes.get("env")) if record else (None, None)
    if not read or node is None:
        return {}
    found: dict[str, Template | None] = {}
    for name, (key, template) in read.items():
        value = _value(node, name, key)
        text = template and binder.text(template, value, f"`{name}` in {where}")
        found[name] = None if template is None else Template.plain(text or "", value.span)
    return found


def _value(node: Node, name: str, key: ScalarNode) -> Node:
    return (node.get(name) if isinstance(node, MappingNode) else None) or key


def read_dotenv(record: Record, workspace: str, folder: str, problems: Problems) -> dict[str, str]:
    """Return the variables of the files that `dotenv` names; a later file wins.

    Lines are `NAME=VALUE` with optional quotes around the value, blank, or comments. A path with `?` in
    front may be missing.

    Args:
        record: the workflow's keys.
        workspace: the absolute path of the workspace.
        folder: the folder that the paths are relative to, itself relative to the workspace.
        problems: where errors go.
    """
    found: dict[str, str] = {}
    paths, node = record.get("dotenv"), record.nodes.get("dotenv")
    if not paths or not isinstance(node, SequenceNode):
        return found
    for path, at in zip(paths, node.items, strict=False):
        name = path.removeprefix("?")
        inner = os.path.normpath(os.path.join(folder, name))
        if os.path.isabs(inner) or inner.split(os.sep)[0] == "..":
            problems.error(MISSING_DOTENV, f"`{name}` lies outside the workspace", at)
            continue
        full = os.path.join(workspace, inner)
        if not os.path.lexists(full):
            if not path.startswith("?"):
                hint = f"write `?{name}` if it may be missing"
                problems.error(MISSING_DOTENV, f"`{name}` does not exist", at, hints=(hint,))
            continue
        try:
            lines = read_source(full, name=name).text.splitlines()
        except LoadError as error:
            problems.error(MISSING_DOTENV, error.diagnostics[0].message, at)
            continue
        _read_lines(name, lines, at, found, problems)
    return found


def _read_lines(name: str, lines: list[str], node: Node, found: dict[str, str], problems: Problems) -> None:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            problems.error(MISSING_DOTENV, f"line {number} of `{name}` is not `NAME=VALUE`", node)
            continue
        value = match[2]
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        found[match[1]] = value
