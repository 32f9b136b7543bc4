"""The environment of a workflow: its `dotenv` files and its `env`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from wfopt.codes import BAD_ENV, MISSING_DOTENV
from wfopt.formats.native.context import Contexts, bound
from wfopt.formats.positions import Node, ScalarNode
from wfopt.formats.problems import Problems
from wfopt.model.expressions import Template

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")

Env = Mapping[str, Template | None]


def read_env(
    read: Mapping[str, tuple[ScalarNode, Template | None]], contexts: Contexts, problems: Problems
) -> dict[str, Template | None]:
    """Return the variables of an `env` mapping with everything known filled in."""
    found: dict[str, Template | None] = {}
    for name, (key, template) in read.items():
        if not _NAME.fullmatch(name):
            hint = "letters, digits and `_`, a letter first"
            problems.error(BAD_ENV, f"`{name}` cannot be a variable's name", key, hints=(hint,))
        found[name] = template if template is None else bound(template, _whole(key), contexts, problems)
    return found


def _whole(key: ScalarNode) -> Node:
    return key


def read_dotenv(paths: list[str], node: Node, workspace: str, problems: Problems) -> dict[str, str]:
    """Return the variables of the files; a later file wins.

    Lines are `NAME=VALUE` with optional quotes around the value, blank, or comments. A path with `?` in
    front may be missing.
    """
    found: dict[str, str] = {}
    for path in paths:
        name = path.removeprefix("?")
        folder = os.path.normpath(name)
        if os.path.isabs(name) or folder.split(os.sep)[0] == "..":
            problems.error(MISSING_DOTENV, f"`{name}` lies outside the workspace", node)
            continue
        try:
            with open(os.path.join(workspace, name), encoding="utf-8") as file:
                lines = file.read(1 << 20).splitlines()
        except FileNotFoundError:
            if not path.startswith("?"):
                hint = f"write `?{name}` if it may be missing"
                problems.error(MISSING_DOTENV, f"`{name}` does not exist", node, hints=(hint,))
            continue
        except (OSError, UnicodeDecodeError) as error:
            problems.error(MISSING_DOTENV, f"`{name}` cannot be read: {error}", node)
            continue
        _read_lines(name, lines, node, found, problems)
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
