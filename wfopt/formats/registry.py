"""The formats that can be read, and how a file's format is found."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wfopt.codes import UNSUPPORTED_VERSION
from wfopt.errors import Diagnostic, LoadError, UserError
from wfopt.formats.dvc.format import DvcFormat
from wfopt.formats.github.format import GithubFormat
from wfopt.formats.gitlab.format import GitLabFormat
from wfopt.formats.history.records import parse_json
from wfopt.formats.imported import Format, Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.lookalikes import keyed_like, named_like
from wfopt.formats.native.format import NativeFormat
from wfopt.formats.positions import top_keys
from wfopt.formats.taskfile.format import TaskfileFormat
from wfopt.formats.wfformat.format import WfFormat
from wfopt.source import SourceFile

# The first that claims a file reads it: `wfopt: 1` is sure, the others go by names and keys.
FORMATS: tuple[Format, ...] = (
    NativeFormat(),
    GithubFormat(),
    GitLabFormat(),
    TaskfileFormat(),
    DvcFormat(),
    WfFormat(),
)

_NATIVE = re.compile(r"^(?:wfopt|\"wfopt\"|'wfopt')[ \t]*:", re.MULTILINE)

_SCRIPT = re.compile(r"^(?: {2}| {4})(?:before_)?script[ \t]*:", re.MULTILINE)

_OF_OTHERS = frozenset({"jobs", "pipelines", "pool", "script", "steps", "tasks"})
"""Keys at the top of files of other services with scripts."""


def format_named(name: str) -> Format | None:
    """Return the format with a name, or None if there is none."""
    return next((each for each in FORMATS if each.name == name), None)


def detect(source: SourceFile, path: str) -> Format | None:
    """Return the format of a file, or None if it is of none that is known.

    Its path is looked at first: only if that says nothing, the file is read for the keys at its top.

    Args:
        source: the file.
        path: where it stands, `/`-separated; some formats go by it.

    Raises:
        LoadError: the file is neither YAML nor JSON.
    """
    if _NATIVE.search(source.text):
        return FORMATS[0]
    named = _claiming(path, ())
    if named or named_like(path):
        return named
    keys = _top_keys(source)
    return _claiming(path, keys) or _with_jobs_only(source, keys)


def _with_jobs_only(source: SourceFile, keys: Sequence[str]) -> Format | None:
    """Return GitLab CI for a file with nothing but jobs: their names are free, but each has a `script`."""
    scripts = len(_SCRIPT.findall(source.text))
    # A job may be called like a key of another service.
    is_likely = scripts > 1 or (scripts == 1 and keyed_like(keys) is None)
    return format_named("gitlab") if keys and is_likely and not _OF_OTHERS & set(keys) else None


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
        raise LoadError((_of_no_format(source, options.path or source.name),))
    return found.read(source, options)


def _claiming(path: str, keys: Sequence[str]) -> Format | None:
    return next((each for each in FORMATS if each.claims(path, keys)), None)


def _top_keys(source: SourceFile) -> Sequence[str]:
    """Return the keys at the top of the last document of a file."""
    if source.text.lstrip()[:1] in ("{", "["):
        # A large document would take long as YAML; one that is no JSON may be YAML in brackets.
        try:
            document = parse_json(source)
        except UserError as error:
            if source.name.endswith(".json"):
                raise LoadError(error.diagnostics) from error
        else:
            return list(document) if isinstance(document, dict) else ()
    return top_keys(source)


def _of_no_format(source: SourceFile, path: str) -> Diagnostic:
    """Say that a file is no workflow, and what it may be."""
    names = ", ".join(f"`{each.name}`" for each in FORMATS)
    message = "this is no workflow in a format that wfopt knows"
    found = named_like(path) or keyed_like(_top_keys(source))
    if found is not None:
        hints = (found.hint,) if found.hint else ()
        return Diagnostic(
            code=UNSUPPORTED_VERSION,
            message=f"{message}: it looks like a {found.what} file",
            file=source.name,
            hints=hints or ("name a file of another format, or write a native one",),
        )
    return Diagnostic(
        code=UNSUPPORTED_VERSION,
        message=message,
        file=source.name,
        hints=(
            "a native file starts with `wfopt: 1`",
            f"if it is one of another tool, name its format with `--from`: {names}",
        ),
    )
