"""The keys that Taskfiles know (https://taskfile.dev/reference/schema)."""

from __future__ import annotations

from wfopt.codes import IGNORED_KEY
from wfopt.formats.positions import Node
from wfopt.formats.remarks import Remarks
from wfopt.formats.taskfile.records import pairs_of
from wfopt.source import closest_match

FILE_KEYS = frozenset(
    (
        "version",
        "output",
        "method",
        "includes",
        "vars",
        "env",
        "tasks",
        "silent",
        "dotenv",
        "run",
        "interval",
        "set",
        "shopt",
        "failfast",
        "experiments",
        "expansions",
    )
)
TASK_KEYS = frozenset(
    (
        "cmds",
        "cmd",
        "deps",
        "label",
        "desc",
        "prompt",
        "summary",
        "aliases",
        "sources",
        "generates",
        "status",
        "preconditions",
        "dir",
        "set",
        "shopt",
        "vars",
        "env",
        "dotenv",
        "silent",
        "interactive",
        "internal",
        "method",
        "prefix",
        "ignore_error",
        "run",
        "platforms",
        "requires",
        "watch",
        "if",
        "failfast",
        "timeout",
        "use_gitignore",
    )
)
COMMAND_KEYS = frozenset(
    (
        "cmd",
        "task",
        "for",
        "silent",
        "ignore_error",
        "set",
        "shopt",
        "platforms",
        "defer",
        "vars",
        "if",
        "timeout",
        "dir",
        "env",
    )
)


def note_unknown_keys(node: Node | None, known: frozenset[str], what: str, remarks: Remarks) -> None:
    """Note each key that Taskfiles do not have; those that start with `x-` are the author's own."""
    for key, _ in pairs_of(node):
        if key.text not in known and not key.text.startswith(("x-", ".")):
            near = closest_match(key.text, known)
            hint = f"did you mean `{near}`?" if near else ""
            remarks.warn(IGNORED_KEY, f"{what} has no key `{key.text}`", key.span, hint=hint)
