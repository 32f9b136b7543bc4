"""The formats that can be read, and how a file's format is found."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wfopt.codes import UNSUPPORTED_VERSION
from wfopt.errors import Diagnostic, LoadError, Severity
from wfopt.formats.imported import Format, Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.format import NativeFormat
from wfopt.formats.positions import MappingNode, parse_yaml
from wfopt.source import SourceFile

# The first that claims a file reads it: `wfopt: 1` is sure, the others go by names and keys.
FORMATS: tuple[Format, ...] = (NativeFormat(),)

_NATIVE = re.compile(r"^(?:wfopt|\"wfopt\"|'wfopt')[ \t]*:", re.MULTILINE)


def format_named(name: str) -> Format | None:
    """Return the format with a name, or None if there is none."""
    return next((each for each in FORMATS if each.name == name), None)


def detect(source: SourceFile, path: str) -> Format | None:
    """Return the format of a file, or None if it is of none that is known.

    Args:
        source: the file.
        path: where it stands, `/`-separated; some formats go by it.

    Raises:
        LoadError: the file is no YAML.
    """
    if _NATIVE.search(source.text):
        return FORMATS[0]
    keys = _top_keys(source)
    return next((each for each in FORMATS if each.claims(path, keys)), None)


def read_any(source: SourceFile, options: LoadOptions, name: str = "") -> Imported:
    """Return what a file of any known format says.

    Args:
        source: the file.
        options: what the outside contributes.
        name: the name of the format, or "" to detect it.

    Raises:
        LoadError: the file cannot be used, or is of no known format.
        KeyError: no format has this name.
    """
    if name:
        found = format_named(name)
        if found is None:
            raise KeyError(name)
    else:
        found = detect(source, options.path or source.name)
    if found is None:
        raise LoadError((_of_no_format(source),))
    return found.read(source, options)


def _top_keys(source: SourceFile) -> Sequence[str]:
    root, _ = parse_yaml(source, duplicate_keys=Severity.WARNING)
    return [key.text for key, _ in root.pairs] if isinstance(root, MappingNode) else []


def _of_no_format(source: SourceFile) -> Diagnostic:
    names = ", ".join(f"`{each.name}`" for each in FORMATS)
    return Diagnostic(
        code=UNSUPPORTED_VERSION,
        message="this is no workflow in a format that wfopt knows",
        file=source.name,
        hints=(
            "a native file starts with `wfopt: 1`",
            f"if it is one of another tool, name its format with `--from`: {names}",
        ),
    )
