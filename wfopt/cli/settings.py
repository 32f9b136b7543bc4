"""Where the options of a command come from: command line, environment, config file, default.

Typer itself prefers the command line to the environment, and both to a map of defaults, which is filled
here. Its parameters are the only table of options: one with an environment twin is also a key of the config.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import typer

from wfopt.cli.bare import BARE
from wfopt.cli.config import Config, Key, Kind, Setting, load_config
from wfopt.cli.wrong import wrong
from wfopt.dataclass import dataclass, field
from wfopt.render.option_rows import OptionRow, OptionValue, Source

TWIN = "WFOPT_"

_NOTES = "wfopt.settings"
_PATHS = frozenset({"workspace", "state-dir", "cache-dir", "report", "profile", "junit", "baseline"})
_TRUE = frozenset({"1", "true", "yes", "on", "t", "y"})
_FALSE = frozenset({"0", "false", "no", "off", "f", "n"})

_SOURCES = {
    "COMMANDLINE": Source.COMMAND_LINE,
    "ENVIRONMENT": Source.ENVIRONMENT,
    "DEFAULT_MAP": Source.CONFIG,
}


@dataclass(frozen=True, slots=True)
class _Notes:
    """What was found out before the options were read.

    Attributes:
        config: the config file.
        negated: parameters set by a variable such as `WFOPT_NO_WAIT`, and its name.
    """

    config: Config
    negated: Mapping[str, str] = field(default_factory=dict)


def start_in(context: typer.Context, folder: str | None) -> str | None:
    """Enter the folder of `-C` and take over what the config file there says; before all other options.

    Raises:
        UserError: the folder cannot be entered, or the config file is wrong.
    """
    if context.resilient_parsing:
        # A word is being completed: no place for messages.
        _enter_if_possible(folder)
        return folder
    if folder is not None:
        try:
            os.chdir(folder)
        except OSError as error:
            raise wrong(f"`-C {folder}`: {(error.strerror or str(error)).lower()}") from error
    try:
        here = os.getcwd()
    except OSError as error:
        hint = "change to another one, or name one with `-C DIR`"
        raise wrong("the current folder does not exist any more", hint) from error
    parameters = {key.name: parameter for parameter, key in _twins(context)}
    config = load_config(here, _all_keys(context))
    defaults: dict[str, Setting] = {
        parameters[name].name: value for name, value in config.values.items() if name in parameters
    }
    negated: dict[str, str] = {}
    for parameter, key in _twins(context):
        variable = f"{TWIN}NO_{key.name.upper().replace('-', '_')}"
        text = context.obj.environ.get(variable, "")
        if parameter.secondary_opts and text:
            defaults[parameter.name] = not _truth(variable, text)
            negated[parameter.name] = variable
    context.default_map = defaults
    context.meta[_NOTES] = _Notes(config, negated)
    return folder


def _enter_if_possible(folder: str | None) -> None:
    try:
        os.chdir(folder or ".")
    except OSError:
        return


def _truth(variable: str, text: str) -> bool:
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise wrong(f"`{variable}={text}` is neither true nor false")


def _all_keys(context: typer.Context) -> list[Key]:
    """Return what a config file may set: it is one for all commands, whichever of them runs."""
    keys: dict[str, Key] = {}
    for command in (context.command, *_commands(context.find_root().command)):
        for _, key in _twins_of(command):
            keys.setdefault(key.name, key)
    return list(keys.values())


def _commands(command: Any) -> Iterator[Any]:
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from _commands(inner)


def _twins(context: typer.Context) -> Iterator[tuple[Any, Key]]:
    """Yield the parameters of the command that have an environment twin, with their keys."""
    return _twins_of(context.command)


def _twins_of(command: Any) -> Iterator[tuple[Any, Key]]:
    for parameter in command.params:
        if parameter.envvar:
            name = str(parameter.envvar).removeprefix(TWIN).lower().replace("_", "-")
            choices = tuple(str(each) for each in getattr(parameter.type, "choices", ()))
            yield parameter, Key(name=name, kind=_kind(name, parameter), choices=choices)


def _kind(name: str, parameter: Any) -> Kind:
    if name in _PATHS:
        return Kind.PATH
    if getattr(parameter, "is_flag", False):
        return Kind.FLAG
    return Kind.LIST if getattr(parameter, "multiple", False) else Kind.TEXT


def config_of(context: typer.Context) -> Config:
    """Return what the config file says."""
    notes: _Notes = context.meta[_NOTES]
    return notes.config


def rows_of(context: typer.Context) -> tuple[OptionRow, ...]:
    """Return every option that has an environment twin, as it stands now."""
    notes: _Notes = context.meta[_NOTES]
    rows = []
    for parameter, key in _twins(context):
        value = context.params[parameter.name]
        source, place = _source(context, parameter.name), ""
        if parameter.name in notes.negated and source is Source.CONFIG:
            source, place = Source.ENVIRONMENT, notes.negated[parameter.name]
        elif source is Source.ENVIRONMENT:
            place = str(parameter.envvar)
        elif source is Source.CONFIG:
            place = notes.config.file
        rows.append(OptionRow(name=key.name, value=_plain(value), source=source, place=place))
    return tuple(rows)


def text_of(context: typer.Context, name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values of a repeated option whose values have spaces in them.

    A variable holds several of them with `;` between them, but was taken apart at the spaces.
    """
    if _source(context, name) is not Source.ENVIRONMENT:
        return values
    return tuple(part.strip() for part in " ".join(values).split(";") if part.strip())


def typed_options(context: typer.Context) -> tuple[str, ...]:
    """Return the words of the options that stand on the command line, in the order of the help."""
    words: list[str] = []
    for parameter in context.command.params:
        typed = _source(context, parameter.name or "") is Source.COMMAND_LINE
        if typed and parameter.param_type_name == "option":
            words += _words(parameter, context.params[parameter.name or ""])
    return tuple(words)


def _words(parameter: Any, value: Any) -> list[str]:
    if parameter.is_flag:
        return [parameter.opts[0] if value else parameter.secondary_opts[0]]
    values = value if parameter.multiple else [value]
    # A value that looks like an option must stand behind a `=`, and so must one that can be left out.
    words: list[str] = []
    for each in map(str, map(_unwrapped, values)):
        long = parameter.opts[-1]
        joined = (each.startswith("-") and long.startswith("--")) or long in BARE
        words += [f"{long}={each}"] if joined else [parameter.opts[0], each]
    return words


def _source(context: typer.Context, name: str) -> Source:
    source = context.get_parameter_source(name)
    return _SOURCES.get(source.name, Source.DEFAULT) if source else Source.DEFAULT


def _plain(value: Any) -> OptionValue:
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, list | tuple):
        return [str(each) for each in value] or None
    return str(_unwrapped(value))


def _unwrapped(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
