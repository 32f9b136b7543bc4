"""The variables that a task sees: https://taskfile.dev/docs/guide#variables.

A variable may name those before it. What a command makes (`sh`) is declared, but not known.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from wfopt.formats.plain import Plain, plain
from wfopt.formats.positions import MappingNode, Node
from wfopt.formats.taskfile.evaluating import Known, Open, Scope, fill, value_of_reference
from wfopt.formats.taskfile.naming import wildcards
from wfopt.formats.taskfile.records import Task, Unit
from wfopt.formats.taskfile.templates import TemplateError

FROM_COMMAND = Open("a variable from a command")
_LATER = Open("a value that only a run of Task has")

_SET_BY_CALL: Mapping[str, Known] = {
    "CLI_ARGS": "",
    "CLI_ARGS_LIST": [],
    **dict.fromkeys(("CLI_FORCE", "CLI_SILENT", "CLI_VERBOSE", "CLI_OFFLINE", "CLI_ASSUME_YES"), False),
    **dict.fromkeys(("CHECKSUM", "TIMESTAMP", "TASK_VERSION", "EXIT_CODE"), _LATER),
    "TASK_EXE": "task",
}


def settle(node: Node | None, scope: Scope, outer: Scope | None = None) -> Scope:
    """Return a scope with the variables of a mapping on top.

    Args:
        node: the mapping; anything else declares none.
        scope: what they are added to.
        outer: what their templates see; by default `scope`, and each sees those before it.
    """
    if not isinstance(node, MappingNode) or not node.pairs:
        return scope
    values = dict(scope.values)
    seen = outer or Scope(values, scope.environ)
    for key, value in node.pairs:
        values[key.text] = value_of(value, seen)
    return Scope(values, scope.environ)


def value_of(node: Node, scope: Scope) -> Known:
    """Return the value of a variable, or why it is not known."""
    try:
        if not isinstance(node, MappingNode):
            return filled(plain(node), scope)
        if node.get("sh") is not None:
            return FROM_COMMAND
        reference = node.get("ref")
        if reference is not None:
            return value_of_reference(str(plain(reference)), scope)
        for key in ("map", "value"):
            if (inner := node.get(key)) is not None:
                return filled(plain(inner), scope)
    except TemplateError as error:
        return Open(str(error))
    return Open("a variable of an unknown kind")


def filled(value: Plain, scope: Scope) -> Plain:
    """Return a value with all templates in it filled in.

    Raises:
        TemplateError: one needs what is not known.
    """
    if isinstance(value, str):
        return fill(value, scope)
    if isinstance(value, list):
        return [filled(item, scope) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, scope) for key, item in value.items()}
    return value


class Variables:
    """Finds what tasks see.

    Args:
        units: all files; variables of short includes are shared by all tasks, a later file wins.
        environ: the process environment.
    """

    def __init__(self, units: tuple[Unit, ...], environ: Mapping[str, str]) -> None:
        self._units = units
        self._root = units[0]
        self._environ = environ

    def of(self, task: Task, name: str, given: Mapping[str, Known], folder: Callable[[Scope], str]) -> Scope:
        """Return what a task sees.

        Args:
            task: the task.
            name: what it is called by.
            given: the variables that a call hands over.
            folder: tells the folder of the task.
        """
        unit = task.unit
        scope = Scope({**_SET_BY_CALL, **self._special(task, name)}, self._environ)
        for each in self._units:
            scope = settle(each.root.get("env"), scope)
        for each in self._units:
            scope = settle(each.root.get("vars"), scope)
        for mapping in unit.given:
            scope = settle(mapping, scope)
        if unit.own_variables:
            scope = settle(unit.root.get("vars"), scope)
        scope = Scope({**scope.values, **given}, self._environ)
        scope = settle(task.get("vars"), scope)
        return Scope({**scope.values, "TASK_DIR": folder(scope)}, self._environ)

    def _special(self, task: Task, name: str) -> Mapping[str, Known]:
        root = os.path.dirname(self._root.path)
        match: Known = Open("what a name with `*` matches")
        if "*" in task.name and name != task.name:
            match = list(wildcards(task.name, name) or ())
        return {
            "TASK": name if "*" in task.name else task.name,
            "ALIAS": name,
            "TASKFILE": task.unit.path,
            "TASKFILE_DIR": os.path.dirname(task.unit.path),
            "ROOT_TASKFILE": self._root.path,
            "ROOT_DIR": root,
            "USER_WORKING_DIR": root,
            **dict.fromkeys(("MATCH",) * ("*" in task.name), match),
        }
