"""Defaults for options from `.wfopt.toml`, or from `[tool.wfopt]` in `pyproject.toml`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from wfopt.cli.config_files import MOST_BYTES, candidates, mentions
from wfopt.codes import BAD_CONFIG, Code
from wfopt.dataclass import dataclass, field
from wfopt.errors import Diagnostic, Label, UserError
from wfopt.source import SourceFile, Span, closest_match

PARAMS = "param"
ALERTS = "alerts"
FILE_IGNORES = "per-file-ignores"

_AT = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)")
_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*"
_HEADER = re.compile(rf"[ \t]*\[[ \t]*({_DOTTED})[ \t]*\]")
_ENTRY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")

Setting = str | bool | list[str]
"""What an option may be set to: a text (numbers as text), a flag, or the texts of a repeated option."""


class Kind(Enum):
    """What an option takes; the value says it in a message."""

    FLAG = "`true` or `false`"
    TEXT = "a text or a number"
    PATH = "a path"
    LIST = "a list of texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An option that a config file may set.

    Attributes:
        name: as on the command line, without `--`.
        kind: what it takes.
        choices: the only texts that it takes, or empty.
    """

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a config file says.

    Attributes:
        file: its path as messages show it; "" if there is none.
        values: by name of the option.
        params: values for params of the workflow, by name.
        alerts: what to warn of, by the names of rules; all of it can be used.
        file_ignores: by glob of paths, relative to `folder`, the codes that do not count there.
        folder: the absolute path of its folder.
    """

    file: str = ""
    values: Mapping[str, Setting] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    alerts: Mapping[str, object] = field(default_factory=dict)
    file_ignores: Mapping[str, frozenset[Code]] = field(default_factory=dict)
    folder: str = ""


def load_config(folder: str, keys: Sequence[Key]) -> Config:
    """Return what the config file for a folder says; an empty config if there is none.

    Args:
        folder: the absolute path of the folder in which wfopt runs.
        keys: the options that may be set.

    Raises:
        UserError: the file cannot be read or is wrong; carries every problem.
    """
    for each, path, table in candidates(folder):
        source = _read(path, os.path.relpath(path, folder))
        if mentions(source.text, table):
            content = _inner(_parse(source), table)
            if content is not None:
                return interpret(content, table, keys, source, each)
    return Config()


def _read(path: str, shown: str) -> SourceFile:
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _wrong_file(shown, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(data) > MOST_BYTES:
        raise _wrong_file(shown, "is larger than 1 MiB")
    try:
        return SourceFile(shown, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _wrong_file(shown, "is not UTF-8 text") from error


def _wrong_file(shown: str, what: str) -> UserError:
    return UserError((Diagnostic(code=BAD_CONFIG, message=f"`{shown}` {what}", file=shown),))


def _parse(source: SourceFile) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(source.text)
    except (ValueError, RecursionError) as error:
        # Besides its own error, the parser lets through what Python says of numbers that are too long.
        place = _AT.search(str(error))
        what = _AT.sub("", str(error))
        message = f"not well-formed TOML: {what[:1].lower()}{what[1:]}"
        primary = None
        if place is not None:
            # What is wrong at the end of the document is wrong in its last line.
            lines = source.text.splitlines() or [""]
            line = int(place[1]) if place[1] else len(lines)
            column = int(place[2]) if place[2] else len(lines[-1])
            primary = Label(Span(source, line, column, line, column + 1))
        diagnostic = Diagnostic(code=BAD_CONFIG, message=message, file=source.name, primary=primary)
        raise UserError((diagnostic,)) from error


def _inner(content: Any, path: Sequence[str]) -> Any:
    """Return what stands in a table of tables, or None."""
    for name in path:
        content = content.get(name) if isinstance(content, dict) else None
    return content


def interpret(
    content: Any, table: tuple[str, ...], keys: Sequence[Key], source: SourceFile, folder: str
) -> Config:
    """Return what a parsed table says.

    Args:
        content: what was parsed; should be a table.
        table: where it stands in the file.
        keys: the options that may be set.
        source: the file, for messages.
        folder: its folder, from which relative paths start.

    Raises:
        UserError: a key is unknown or a value has another type than the option takes.
    """
    if not isinstance(content, dict):
        raise UserError((_problem(source, table, f"`{'.'.join(table)}` is not a table", ()),))
    known = {key.name: key for key in keys}
    values: dict[str, Setting] = {}
    tables: dict[str, Any] = {}
    problems: list[Diagnostic] = []

    def report(path: Sequence[str], message: str, *hints: str) -> None:
        problems.append(_problem(source, (*table, *path), message, hints))

    for name, value in content.items():
        key = known.get(name)
        if name in _TABLES:
            tables[name] = _TABLES[name](value, report)
        elif key is None:
            near = closest_match(name, [*known, *_TABLES])
            listed = ", ".join(f"`{each}`" for each in [*known, *_TABLES])
            report(
                (name,), f"unknown option `{name}`", f"did you mean `{near}`?" if near else f"known: {listed}"
            )
        else:
            setting, trouble = _setting(value, key)
            if trouble:
                report((name,), *trouble)
            elif key.kind is Kind.PATH:
                values[name] = os.path.join(folder, str(setting))
            else:
                values[name] = setting
    if problems:
        raise UserError(tuple(problems))
    return Config(
        file=source.name,
        values=values,
        params=tables.get(PARAMS, {}),
        alerts=tables.get(ALERTS, {}),
        file_ignores=tables.get(FILE_IGNORES, {}),
        folder=folder,
    )


def _params(value: Any, report: Callable[..., None]) -> dict[str, str]:
    if not isinstance(value, dict):
        report((PARAMS,), f"`{PARAMS}` is not a table", f'write `[{PARAMS}]` and below it `NAME = "value"`')
        return {}
    params = {}
    for name, given in value.items():
        text = _text(given)
        if text is None:
            report((PARAMS, name), f"param `{name}` is neither a text nor a number nor true or false")
        else:
            params[name] = text
    return params


def _alerts(value: Any, report: Callable[..., None]) -> dict[str, object]:
    """Return what to warn of; whether it can be used is found out here, where it stands in a file."""
    from wfopt.resources.alerts.settings import SettingsError, rules_of

    if not isinstance(value, dict):
        report((ALERTS,), f"`{ALERTS}` is not a table", f'write `[{ALERTS}]` and below it `disk = "5GiB"`')
        return {}
    try:
        rules_of(value)
    except SettingsError as error:
        for problem in error.problems:
            path = (ALERTS, problem.key, problem.within) if problem.within else (ALERTS, problem.key)
            report(path, problem.message, problem.hint)
    return value


def _file_ignores(value: Any, report: Callable[..., None]) -> dict[str, frozenset[Code]]:
    from wfopt.analyzer.selecting import UnknownCodeError, codes_of
    from wfopt.model.globs import compile_glob

    if not isinstance(value, dict):
        hint = f'write `[{FILE_IGNORES}]` and below it `"ci/**" = ["WF301"]`'
        report((FILE_IGNORES,), f"`{FILE_IGNORES}` is not a table", hint)
        return {}
    ignores: dict[str, frozenset[Code]] = {}
    for glob, given in value.items():
        words = [given] if isinstance(given, str) else given
        if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
            report((FILE_IGNORES, glob), f"`{glob}` takes a list of codes")
            continue
        try:
            compile_glob(glob)
            ignores[glob.removeprefix("./")] = frozenset[Code]().union(*map(codes_of, words))
        except UnknownCodeError as error:
            near = (f"did you mean `{error.near}`?",) if error.near else ()
            report((FILE_IGNORES, glob), f"there is no code `{error.word}`", *near)
        except ValueError as error:
            report((FILE_IGNORES, glob), f"`{glob}` is no pattern of paths: {error}")
    return ignores


_TABLES: Mapping[str, Callable[[Any, Callable[..., None]], Any]] = {
    PARAMS: _params,
    ALERTS: _alerts,
    FILE_IGNORES: _file_ignores,
}
"""The tables that a config file may have, and what reads them."""


def _setting(value: Any, key: Key) -> tuple[Setting, tuple[str, ...]]:
    """Return an option's value and no words, or the words of what is wrong: a message and hints."""
    setting: Setting | None
    if key.kind is Kind.FLAG:
        setting = value if isinstance(value, bool) else None
    elif key.kind is Kind.LIST:
        texts = [value] if isinstance(value, str) else value
        setting = texts if isinstance(texts, list) and all(isinstance(each, str) for each in texts) else None
    elif key.kind is Kind.PATH:
        setting = value if isinstance(value, str) and value else None
    else:
        setting = None if isinstance(value, bool) else _text(value)
    if setting is None:
        return "", (f"`{key.name}` takes {key.kind.value}",)
    if key.choices and setting not in key.choices:
        near = closest_match(str(setting), key.choices)
        listed = ", ".join(f"`{each}`" for each in key.choices)
        return "", (f"`{key.name}` is not one of {listed}", *([f"did you mean `{near}`?"] if near else []))
    return setting, ()


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _problem(source: SourceFile, path: tuple[str, ...], message: str, hints: tuple[str, ...]) -> Diagnostic:
    # The keys of a table that stands in one line are not seen, that of the table is.
    span = place_of(source, path) or place_of(source, path[:-1])
    primary = Label(span) if span else None
    return Diagnostic(code=BAD_CONFIG, message=message, file=source.name, primary=primary, hints=hints)


def place_of(source: SourceFile, path: tuple[str, ...]) -> Span | None:
    """Return where a key stands in a TOML file, or None if that is not seen line by line."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(source.text.splitlines(), start=1):
        header = _HEADER.match(line)
        entry = header or _ENTRY.match(line)
        if entry is None:
            continue
        names = tuple(name.strip("\"'") for name in re.findall(_NAME, entry[1]))
        if header is not None:
            table = names
        full = names if header is not None else (*table, *names)
        if full[: len(path)] == path:
            return Span(source, number, entry.start(1) + 1, number, entry.end(1) + 1)
    return None
