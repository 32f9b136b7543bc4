"""The environment of a workflow: its `dotenv` files and its `env`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from wfopt.codes import MISSING_DOTENV
from wfopt.dataclass import dataclass
from wfopt.errors import LoadError
from wfopt.formats.native.context import Binder
from wfopt.formats.native.records import Record
from wfopt.formats.outside import Outside
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.problems import Problems
from wfopt.model.expressions import Template, Value

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")

Env = Mapping[str, Template | None]
"""Variables; None unsets one."""

ReadEnv = Mapping[str, tuple[ScalarNode, Template | None]]
"""An `env` mapping as its shape reads it."""


class Variables(Mapping[str, Value]):
    """The environment as expressions see it: that of the process under what files set and unset."""

    __slots__ = ("_outer", "_own")

    def __init__(self, outer: Mapping[str, Value], own: Mapping[str, Value]) -> None:
        """Lay `own` over `outer`; a variable that is null is unset."""
        self._outer = outer
        self._own = own

    def under(self, own: Mapping[str, Value]) -> Variables:
        """Return these variables under others."""
        return Variables(self._outer, {**self._own, **own})

    def __getitem__(self, name: str) -> Value:
        value = self._own[name] if name in self._own else self._outer[name]
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        kept = (name for name in self._outer if name not in self._own)
        return (*kept, *(name for name, value in self._own.items() if value is not None)).__iter__()

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a workspace.

    Attributes:
        workspace: the absolute path of the workspace.
        inner: the path of the folder within it.
        outside: looks at the files in it.
    """

    workspace: str
    inner: str
    outside: Outside


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


def read_dotenv(record: Record, folder: Folder, problems: Problems) -> dict[str, str]:
    """Return the variables of the files that `dotenv` names; a later file wins.

    Lines are `NAME=VALUE` with optional quotes around the value, blank, or comments. A path with `?` in
    front may be missing.

    Args:
        record: the workflow's keys.
        folder: the folder that the paths are relative to.
        problems: where errors go.
    """
    found: dict[str, str] = {}
    paths, node = record.get("dotenv"), record.nodes.get("dotenv")
    if not paths or not isinstance(node, SequenceNode):
        return found
    for path, at in zip(paths, node.items, strict=False):
        name = path.removeprefix("?")
        inner = os.path.normpath(os.path.join(folder.inner, name))
        if os.path.isabs(inner) or inner.split(os.sep)[0] == "..":
            problems.error(MISSING_DOTENV, f"`{name}` lies outside the workspace", at)
            continue
        full = os.path.join(folder.workspace, inner)
        if not folder.outside.is_entry(full):
            if not path.startswith("?"):
                hint = f"write `?{name}` if it may be missing"
                problems.error(MISSING_DOTENV, f"`{name}` does not exist", at, hints=(hint,))
            continue
        try:
            lines = folder.outside.read(full, name).text.splitlines()
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
