"""Puts commands together to scripts that behave like Task does with them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence

from wfopt.formats.plain import text_in
from wfopt.formats.positions import MappingNode, Node
from wfopt.formats.taskfile.evaluating import Scope, fill


def joined(commands: Sequence[str]) -> str:
    """Return commands as one script: each starts in the same folder with the same variables."""
    return commands[0] if len(commands) == 1 else "\n".join(map(_apart, commands))


def guarded(command: str, status: Sequence[str], condition: str) -> str:
    """Return a command that is left out if a condition fails, or if all of `status` end well."""
    lines = []
    if condition:
        lines.append(f"if ! {_apart(condition)}; then exit 0; fi")
    if status:
        asked = " && ".join(map(_apart, status))
        lines.append(f"if {asked}; then exit 0; fi >/dev/null")
    return "\n".join([*lines, command])


def inside(folder: str, command: str) -> str:
    """Return a command that runs in a folder, which is made first."""
    name = shlex.quote(folder if not folder.startswith("-") else f"./{folder}")
    return f"mkdir -p {name}\ncd {name}\n{command}"


def preconditions(nodes: Sequence[Node], scope: Scope) -> str:
    """Return a script that fails, with what the file says, if a precondition does.

    Raises:
        TemplateError: one needs what is not known.
    """
    lines = []
    for node in nodes:
        command, message = node, ""
        if isinstance(node, MappingNode):
            command = node.get("sh") or node
            message = fill(text_in(node.get("msg")), scope)
        text = fill(text_in(command), scope)
        words = shlex.quote(message or f"`{text}` failed")
        lines.append(f"if ! {_apart(text)}; then printf '%s\\n' {words} >&2; exit 1; fi")
    return "\n".join(lines)


def prompts(nodes: Sequence[Node], scope: Scope) -> str:
    """Return a script that asks, and fails if the answer is not yes.

    Raises:
        TemplateError: a question needs what is not known.
    """
    lines = []
    for node in nodes:
        words = shlex.quote(fill(text_in(node), scope))
        lines.append(f"printf '%s [y/N]: ' {words}; read -r answer")
        lines.append('case "$answer" in y|Y|yes|Yes|YES) ;; *) exit 1 ;; esac')
    return "\n".join(lines)


CHECKS: Mapping[str, Callable[[Sequence[Node], Scope], str]] = {
    "precondition": preconditions,
    "prompt": prompts,
}
"""The scripts of what is checked before a task, by kind."""


def _apart(command: str) -> str:
    """Return a command in a shell of its own; the line break ends a comment or a here-document in it."""
    return f"(\n{command}\n)"
