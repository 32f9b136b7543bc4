"""Reads the usual command lines of `wfopt run` without Typer, whose import takes longer than many a run.

Whatever is not surely fine is left to Typer, which then also says what is wrong. Its declarations in
`wfopt.cli.app` decide what the options are; tests compare the table here with them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from wfopt.cli.bare import BARE, OPTIMIZE, with_values
from wfopt.cli.config_files import nothing_is_set
from wfopt.cli.options import CacheRequest, Request

COMMAND = "run"

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_CACHE = "cache."

Value = str | bool | tuple[str, ...]


class QuickOption(NamedTuple):
    """An option as it is declared to Typer.

    Attributes:
        field: the field of the `Request`, or of its `CacheRequest` behind `cache.`.
        words: how it is written.
        variable: its environment twin, or "".
        is_flag: whether it takes no value.
        is_repeated: whether all of its values count, not just the last one.
        opposites: how the opposite of a flag is written.
        choices: the only values that it takes, or empty.
    """

    field: str
    words: tuple[str, ...]
    variable: str = ""
    is_flag: bool = False
    is_repeated: bool = False
    opposites: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


OPTIONS = (
    QuickOption("params", ("-p", "--param"), is_repeated=True),
    QuickOption("jobs", ("-j", "--jobs"), "WFOPT_JOBS"),
    QuickOption("cpus", ("--cpus",), "WFOPT_CPUS"),
    QuickOption("memory", ("--memory",), "WFOPT_MEMORY"),
    QuickOption("strategy", ("--strategy",), "WFOPT_STRATEGY"),
    QuickOption("optimized", (OPTIMIZE,), "WFOPT_OPTIMIZE", choices=("off", "declared", "observed")),
    QuickOption("trace", ("--trace",), "WFOPT_TRACE", is_flag=True),
    QuickOption("keep_going", ("-k", "--keep-going"), "WFOPT_KEEP_GOING", is_flag=True),
    QuickOption("wait", ("--wait",), "WFOPT_WAIT", is_flag=True, opposites=("--no-wait",)),
    QuickOption("dry_run", ("-n", "--dry-run"), is_flag=True),
    QuickOption("listing", ("--list",), is_flag=True),
    QuickOption("graph", ("--graph",)),
    QuickOption("output", ("--format",), "WFOPT_FORMAT", choices=("table", "json", "jsonl", "github")),
    QuickOption("cache.mode", ("--cache",), "WFOPT_CACHE", choices=("rw", "ro", "off")),
    QuickOption("cache.folder", ("--cache-dir",), "WFOPT_CACHE_DIR"),
    QuickOption("cache.size", ("--cache-size",), "WFOPT_CACHE_SIZE"),
    QuickOption("cache.ttl", ("--cache-ttl",), "WFOPT_CACHE_TTL"),
    QuickOption("cache.namespace", ("--cache-namespace",), "WFOPT_CACHE_NAMESPACE"),
    QuickOption("cache.force", ("--force",), "WFOPT_FORCE", is_flag=True),
    QuickOption("cache.forced", ("--force-step",), "WFOPT_FORCE_STEP", is_repeated=True),
    QuickOption("report", ("--report",), "WFOPT_REPORT"),
    QuickOption("profile", ("--profile",), "WFOPT_PROFILE"),
    QuickOption("junit", ("--junit",), "WFOPT_JUNIT"),
    QuickOption("keep", ("--keep",), "WFOPT_KEEP"),
    QuickOption("host", ("--host",), "WFOPT_HOST"),
    QuickOption("source_format", ("--from",), "WFOPT_FROM"),
    QuickOption("actions", ("--action",), is_repeated=True),
    QuickOption("live", ("--live",), "WFOPT_LIVE", is_flag=True, opposites=("--no-live",)),
    QuickOption("workspace", ("--workspace",), "WFOPT_WORKSPACE"),
    QuickOption("state_dir", ("--state-dir",), "WFOPT_STATE_DIR"),
    QuickOption("quiet", ("-q", "--quiet"), "WFOPT_QUIET", is_flag=True),
    QuickOption("verbose", ("-v", "--verbose"), "WFOPT_VERBOSE", is_flag=True),
)

LEFT_TO_TYPER = ("-C", "--show-config", "-h", "--help")
"""The other options, which are not looked for here."""

_BY_WORD = {word: option for option in OPTIONS for word in (*option.words, *option.opposites)}


class _UnsureError(Exception):
    """Typer must look at it."""


def request_of(words: Sequence[str], environ: Mapping[str, str]) -> Request | None:
    """Return what `wfopt run` is asked, or None if Typer must look at it.

    Args:
        words: the arguments of the program.
        environ: the process environment.
    """
    if list(words[:1]) != [COMMAND]:
        return None
    try:
        arguments, typed = _typed(with_values(words[1:]))
        twins = dict(_twins(environ))
        here = os.getcwd()
    except (_UnsureError, OSError):
        return None
    if not nothing_is_set(here):
        return None
    values: dict[str, Value] = {}
    origins: dict[str, str] = {}
    for option in OPTIONS:
        if option in typed:
            values[option.field] = typed[option]
        elif option in twins:
            values[option.field] = twins[option]
            origins[option.variable.removeprefix("WFOPT_").lower().replace("_", "-")] = option.variable
    return _request(arguments, values, origins, _retyped(typed))


def _typed(words: Sequence[str]) -> tuple[tuple[str, ...], dict[QuickOption, Value]]:
    """Return the arguments, and the values of the options that stand among them."""
    arguments: list[str] = []
    typed: dict[QuickOption, Value] = {}
    rest = iter(words)
    for word in rest:
        if len(word) < 2 or word[0] != "-":
            arguments.append(word)
            continue
        for name, given in _split(word):
            option = _BY_WORD.get(name)
            if option is None or (option.is_flag and given is not None):
                raise _UnsureError
            if option.is_flag:
                typed[option] = name in option.words
                continue
            value = next(rest, None) if given is None else given
            # As a value, this is rather a mistake than meant.
            if value is None or value.startswith("-"):
                raise _UnsureError
            earlier = typed.get(option, ())
            if option.is_repeated and isinstance(earlier, tuple):
                typed[option] = (*earlier, value)
            else:
                typed[option] = _checked(option, value)
    return tuple(arguments), typed


def _split(word: str) -> Iterator[tuple[str, str | None]]:
    """Yield the options that are written as one word, and the value of the last one if it is there, too."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        yield name, value if equals else None
        return
    for place, letter in enumerate(word[1:], start=1):
        option = _BY_WORD.get(f"-{letter}")
        if option is not None and not option.is_flag:
            yield f"-{letter}", word[place + 1 :] or None
            return
        yield f"-{letter}", None


def _twins(environ: Mapping[str, str]) -> Iterator[tuple[QuickOption, Value]]:
    """Yield the options that variables set, with their values."""
    for option in OPTIONS:
        if option.opposites and environ.get(option.variable.replace("_", "_NO_", 1)):
            raise _UnsureError
        text = environ.get(option.variable) if option.variable else None
        if not text:
            continue
        if option.is_flag:
            if text not in _TRUE | _FALSE:
                raise _UnsureError
            yield option, text in _TRUE
        elif option.is_repeated:
            yield option, tuple(text.split())
        else:
            yield option, _checked(option, text)


def _checked(option: QuickOption, value: str) -> str:
    if option.choices and value not in option.choices:
        raise _UnsureError
    return value


def _retyped(typed: Mapping[QuickOption, Value]) -> tuple[str, ...]:
    """Return the words of the options that were typed, in the order of the table."""
    words: list[str] = []
    for option in OPTIONS:
        if option not in typed:
            continue
        value = typed[option]
        if isinstance(value, bool):
            words.append(option.words[0] if value else option.opposites[0])
            continue
        for each in (value,) if isinstance(value, str) else value:
            words += (f"{option.words[0]}={each}",) if option.words[0] in BARE else (option.words[0], each)
    return tuple(words)


def _request(
    arguments: tuple[str, ...],
    values: Mapping[str, Value],
    origins: Mapping[str, str],
    typed: tuple[str, ...],
) -> Request:
    fields: dict[str, Any] = {name: value for name, value in values.items() if _CACHE not in name}
    cache: dict[str, Any] = {
        name.removeprefix(_CACHE): value for name, value in values.items() if _CACHE in name
    }
    return Request(arguments=arguments, cache=CacheRequest(**cache), origins=origins, typed=typed, **fields)
