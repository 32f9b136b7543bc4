"""What steps and hooks have in common: what runs, where, in which environment, how long and how often."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from wfopt.codes import BAD_CWD, CUT_BY_COMMENT, UNKNOWN_SHELL
from wfopt.formats.native.context import Binder
from wfopt.formats.native.environment import Env, fill_env
from wfopt.formats.native.policies import read_retries
from wfopt.formats.native.records import Record
from wfopt.formats.native.scalars import DURATION
from wfopt.formats.native.scope import Scope
from wfopt.formats.native.texts import read_template
from wfopt.formats.positions import Node, ScalarNode, SequenceNode, comment_after
from wfopt.model.expressions import Template
from wfopt.model.patterns import STATE_FOLDER
from wfopt.model.workflow import Argv, Retries, Script, Shell
from wfopt.source import Span

SHELLS: Mapping[str, Shell] = {
    "bash": Shell("bash", ("bash", "-euo", "pipefail", "-c")),
    "sh": Shell("sh", ("sh", "-eu", "-c")),
    "python": Shell("python", ("python3", "-c")),
}

Layers = tuple[Record | None, ...]
"""Mappings to look for a key in, the first that has it counts: the step, then the defaults."""


def place_of(layers: Layers, name: str, where: str) -> str:
    """Return where a key stands, for messages: in `where`, or in the defaults of all steps."""
    own = layers[0]
    return where if len(layers) < 2 or own is None or name in own.values else "`defaults`"


def look_up(layers: Layers, name: str) -> tuple[Any, Node | None]:
    """Return the value and the node of a key, or twice None."""
    for record in layers:
        if record is not None and name in record.values:
            return record.values[name], record.nodes[name]
    return None, None


class BodyReader:
    """Reads the keys that steps and hooks of one file share.

    Attributes:
        scope: the file.
        defaults: its `defaults`, or None.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.defaults: Record | None = scope.record.get("defaults")
        self._folders: dict[str, str | None] = {}

    def run(self, layers: Layers, binder: Binder, where: str) -> Script | Argv:
        """Return what runs: `run` of the first layer, in the shell of any."""
        own = layers[0]
        node, read = (own.nodes.get("run"), own.get("run")) if own else (None, None)
        if isinstance(node, SequenceNode) and isinstance(read, list):
            args = zip(read, node.items, strict=False)
            return Argv(tuple(binder.fill(template, item) for template, item in args))
        if not isinstance(node, ScalarNode) or read is None:
            return Argv(())
        if comment_after(node):
            message = f"the script of {where} ends where YAML starts a comment"
            hint = "use a block scalar: `run: |` and the script below it"
            binder.problems.warn(CUT_BY_COMMENT, message, node, hints=(hint,))
        template = read_template(node, binder.problems) or Template.plain("")
        return Script(binder.fill(template, node), self._shell(layers, binder, where))

    def _shell(self, layers: Layers, binder: Binder, where: str) -> Shell:
        read, node = look_up(layers, "shell")
        if isinstance(read, list):
            return Shell(read[0] if read else "", tuple(read))
        if read == "none" and node is not None:
            message = f"{where} has a script but `shell: none`"
            hint = "write `run` as a list: the program and its arguments"
            binder.problems.error(UNKNOWN_SHELL, message, node, hints=(hint,))
        return SHELLS.get(read or "bash", SHELLS["bash"])

    def env(self, own: Record, base: Env, binder: Binder) -> Env:
        """Return the variables of `own` on top of others."""
        read = own.get("env")
        return {**base, **fill_env(read, own.nodes["env"], binder)} if read else base

    def cwd(self, layers: Layers, binder: Binder, where: str) -> str:
        """Return the folder to run in, relative to the workspace."""
        read, node = look_up(layers, "cwd")
        if node is None or not isinstance(read, Template):
            return self.scope.setting.folder
        where = place_of(layers, "cwd", where)
        text = binder.text(read, node, f"`cwd` of {where}")
        if text is None:
            return ""
        if text not in self._folders:
            self._folders[text] = self._folder(text, node, binder, where)
        return self._folders[text] or ""

    def _folder(self, text: str, node: Node, binder: Binder, where: str) -> str | None:
        path = os.path.normpath(os.path.join(self.scope.setting.folder, text or "."))
        if os.path.isabs(path) or path.split(os.sep)[0] in ("..", STATE_FOLDER):
            message = f"`cwd` of {where} lies outside the workspace"
            hint = "write a path below the file's folder"
            binder.problems.error(BAD_CWD, message, node, hints=(hint,))
            return None
        return "" if path == "." else path

    def timeout_s(self, layers: Layers, binder: Binder, where: str) -> float | None:
        """Return the seconds that one attempt may take, or None."""
        read, node = look_up(layers, "timeout")
        if node is None:
            return None
        where = place_of(layers, "timeout", where)
        seconds: float | None = binder.value(read, DURATION, node, f"`timeout` of {where}")
        return seconds

    def retries(self, layers: Layers, binder: Binder, where: str) -> Retries:
        """Return how often and when it is tried again."""
        read, node = look_up(layers, "retries")
        return read_retries(read, node, binder, place_of(layers, "retries", where))


def places_of(own: Record, defaults: Record | None) -> dict[str, Span]:
    """Return where values stand, and each request and limit, which may stand in the defaults."""
    places = {name: node.span for name, node in own.nodes.items()}
    for layer in (defaults, own):
        for key in ("resources", "limits"):
            read = layer.get(key) if layer is not None else None
            if isinstance(read, Record):
                places.update({f"{key}.{name}": node.span for name, node in read.nodes.items()})
    return places


def names_of(record: Record, key: str) -> tuple[str, ...]:
    """Return the texts of a key that takes one or a list, each once."""
    read = record.get(key)
    if not read:
        return ()
    return tuple(dict.fromkeys(read)) if isinstance(read, list) else (read,)
