"""The values that `${...}` can name: `params.yaml`, and what `vars` declares or loads."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping

from wfopt.codes import NOT_FETCHED
from wfopt.errors import LoadError, Severity
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.plain import Plain, plain
from wfopt.formats.positions import Node, SequenceNode, parse_yaml
from wfopt.formats.remarks import Remarks

DEFAULT_FILE = "params.yaml"

Values = Mapping[str, Plain]


class ValueFiles:
    """Reads files of values within a workspace.

    Args:
        options: what the outside contributes.
        remarks: where notes go.
    """

    def __init__(self, options: LoadOptions, remarks: Remarks) -> None:
        self._look = options.outside
        self._workspace = options.outside.real(options.workspace)
        self._remarks = remarks
        self._known: dict[str, Values | None] = {}

    def exists(self, path: str) -> bool:
        """Return whether there is a file under an absolute path."""
        return self._look.exists(path)

    def read(self, path: str, at: Node) -> Values | None:
        """Return the values of a file, or None if it cannot be read as such."""
        if "\0" in path:
            return None
        real = self._look.real(path)
        if real not in self._known:
            self._known[real] = self._fresh(real, os.path.relpath(real, self._workspace), at)
        return self._known[real]

    def _fresh(self, real: str, shown: str, at: Node) -> Values | None:
        words = ""
        if not real.startswith(f"{self._workspace.rstrip('/')}/"):
            words = "it lies outside the workspace"
        elif not self._look.exists(real):
            words = "there is no such file"
        else:
            try:
                found = self._parsed(real, shown)
            except (LoadError, tomllib.TOMLDecodeError) as error:
                words = str(error)
            else:
                if isinstance(found, dict):
                    return found
                words = "it holds no mapping"
        self._remarks.warn(NOT_FETCHED, f"the values of `{shown}` are missing: {words}", at.span)
        return None

    def _parsed(self, real: str, shown: str) -> Plain:
        source = self._look.read(real, shown)
        if real.endswith(".toml"):
            found: Plain = _plain_toml(tomllib.loads(source.text))
            return found
        if real.endswith(".py"):
            return None
        return plain(parse_yaml(source, duplicate_keys=Severity.WARNING)[0])


def load_vars(node: Node | None, outer: Values, folder: str, files: ValueFiles) -> Values:
    """Return values with those that a `vars` list declares or names files of.

    Args:
        node: the list; anything else adds nothing.
        outer: the values so far; mappings are merged, of two other values the later one counts.
        folder: the absolute folder that files are relative to.
        files: reads them.
    """
    values = outer
    for item in node.items if isinstance(node, SequenceNode) else ():
        read = plain(item)
        if isinstance(read, dict):
            values = merged(values, read)
        elif isinstance(read, str):
            path, _, names = read.partition(":")
            found = files.read(os.path.join(folder, path), item) or {}
            keys = [name for name in names.split(",") if name]
            values = merged(values, {key: found[key] for key in keys or found if key in found})
    return values


def merged(first: Values, second: Values) -> dict[str, Plain]:
    """Return two mappings as one; where both have a mapping, these are merged as well."""
    found = dict(first)
    for key, value in second.items():
        known = found.get(key)
        found[key] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return found


def _plain_toml(value: object) -> Plain:
    """Return what TOML holds as plain values: its dates become text."""
    if isinstance(value, dict):
        return {str(key): _plain_toml(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_toml(item) for item in value]
    return value if isinstance(value, bool | int | float | str) else str(value)
