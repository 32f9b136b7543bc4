"""Which files are meant when files and folders are named."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress

from wfopt.analyzer.report import Left
from wfopt.dataclass import dataclass
from wfopt.errors import LoadError
from wfopt.formats.imported import Format
from wfopt.formats.reading import MAX_BYTES, decode, read_bytes
from wfopt.formats.registry import FORMATS
from wfopt.source import SourceFile

MOST_FILES = 5000
"""So many files of a folder are read at most."""

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})
"""Folders that are not looked into, beside hidden ones."""

HIDDEN_FOLDERS = frozenset({".github", ".gitlab", ".gitlab-ci"})
"""Hidden folders that are."""

_YAML = (".yml", ".yaml")
_START = 4096

_KEY = re.compile(
    r"""^(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#'"{}\[\],&*!|>%@`:-](?:[^\n#:]|:(?!\s))*?))\s*:(?=\s|$)""",
    re.MULTILINE,
)
_JSON_KEY = re.compile(r'"([A-Za-z_][\w-]*)"\s*:')


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file to analyze.

    Attributes:
        file: its path as messages show it.
        source: its text, or None if it is to be read first.
        format: the format that its name and keys speak for, or None.
        is_named: whether it was named itself, and not a folder.
    """

    file: str
    source: SourceFile | None = None
    format: Format | None = None
    is_named: bool = False


def format_of(source: SourceFile, path: str) -> Format | None:
    """Return the format that claims a file by its path and the keys at its top; None if none does.

    The keys are found without parsing, so that a broken file has a format, too.
    """
    keys = top_keys(source.text)
    slashed = path.replace(os.sep, "/")
    return next((each for each in FORMATS if each.claims(slashed, keys)), None)


def top_keys(text: str) -> list[str]:
    """Return the keys at the top of a YAML or JSON file, as far as they can be seen line by line."""
    if text.lstrip()[:1] == "{":
        return list(dict.fromkeys(_JSON_KEY.findall(text[:_START])))
    return list(dict.fromkeys(first or second or third for first, second, third in _KEY.findall(text)))


def files_of(paths: Iterable[str], left: Counter[Left]) -> Iterator[Found]:
    """Yield the files that are named, and the workflows in folders that are; each once.

    Args:
        paths: files and folders.
        left: counts what is left out of folders.
    """
    seen: set[str] = set()
    for path in paths:
        found = _in_folder(path, left) if os.path.isdir(path) else iter((Found(file=path, is_named=True),))
        for each in found:
            real = os.path.realpath(each.file)
            if real not in seen:
                seen.add(real)
                yield each


def _in_folder(folder: str, left: Counter[Left]) -> Iterator[Found]:
    count = 0
    for file in _candidates(folder, left):
        count += 1
        if count > MOST_FILES:
            left[Left.TOO_MANY] += 1
            continue
        source = _text_of(file, left)
        if source is None:
            continue
        found = format_of(source, os.path.abspath(file))
        if found is None:
            left[Left.NO_WORKFLOW] += 1
        else:
            yield Found(file=file, source=source, format=found)


def _candidates(folder: str, left: Counter[Left]) -> Iterator[str]:
    """Yield the YAML and JSON files below a folder, in order."""
    root = os.path.realpath(folder)

    def on_error(_: OSError) -> None:
        left[Left.UNREADABLE] += 1

    for place, folders, names in os.walk(folder, onerror=on_error):
        folders[:] = sorted(name for name in folders if _is_entered(name))
        for name in sorted(names):
            file = os.path.normpath(os.path.join(place, name))
            if not name.endswith(_YAML) and not (name.endswith(".json") and _is_instance(file)):
                continue
            if os.path.islink(file) and not os.path.realpath(file).startswith(root.rstrip(os.sep) + os.sep):
                left[Left.OUTSIDE] += 1
                continue
            yield file


def _is_entered(name: str) -> bool:
    return name in HIDDEN_FOLDERS or not (name.startswith(".") or name in SKIPPED_FOLDERS)


def _is_instance(file: str) -> bool:
    """Return whether the start of a JSON file looks like a WfFormat instance; most JSON files are none."""
    with suppress(OSError):
        if stat.S_ISREG(os.stat(file).st_mode):
            with open(file, "rb") as opened:
                return b'"schemaVersion"' in opened.read(_START)
    return False


def _text_of(file: str, left: Counter[Left]) -> SourceFile | None:
    """Return the text of a file, or count why there is none."""
    try:
        size = os.stat(file).st_size
        raw = read_bytes(file, file) if size <= MAX_BYTES else b""
    except (OSError, LoadError):
        left[Left.UNREADABLE] += 1
        return None
    if size > MAX_BYTES:
        left[Left.HUGE] += 1
        return None
    try:
        return decode(raw, file)
    except LoadError:
        left[Left.BINARY] += 1
        return None
