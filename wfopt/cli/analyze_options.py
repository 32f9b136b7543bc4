"""From the command line of `wfopt analyze`, as typed, to the options of the api."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from wfopt.analyzer.baseline import BaselineError, Key, parse_baseline
from wfopt.analyzer.selecting import Selection, UnknownCodeError, code_of, codes_of
from wfopt.api.analyze import AnalyzeOptions
from wfopt.cli.console import Console
from wfopt.cli.foreign_options import format_option
from wfopt.cli.least import least_of_text
from wfopt.cli.options import Request, options_of
from wfopt.cli.wrong import wrong
from wfopt.codes import BAD_OPTION, Code
from wfopt.dataclass import dataclass, field, replace
from wfopt.errors import Diagnostic, LoadError, Severity, UserError
from wfopt.formats.reading import read_source

_ANY_FILE = "wfopt.yml"
_MOST_LIMIT_DIGITS = 9
_MOST_LISTED = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzeRequest:
    """What `wfopt analyze` is asked, option by option; texts are not checked yet.

    Attributes:
        config_params: values for params from the config file.
        file_ignores: by glob, codes that do not count in files, from the config file.
        ignores_folder: the absolute path of the folder of the config file, or "".
        origins: the environment variable or the config file that set the option of a name.
    """

    files: tuple[str, ...] = (".",)
    params: tuple[str, ...] = ()
    config_params: Mapping[str, str] = field(default_factory=dict)
    file_ignores: Mapping[str, frozenset[Code]] = field(default_factory=dict)
    ignores_folder: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: str = "note"
    min_saving: str | None = None
    fail_on: str = "error"
    limit: str = "30"
    source_format: str = ""
    output: str = "table"
    diff: bool = False
    unsafe_fixes: bool = False
    graph: str | None = None
    baseline: str | None = None
    write_baseline: str | None = None
    jobs: str = "auto"
    cpus: str | None = None
    strategy: str = "critical-path"
    host: str = ""
    workspace: str | None = None
    state_dir: str | None = None
    quiet: bool = False
    verbose: bool = False
    origins: Mapping[str, str] = field(default_factory=dict)


def analyze_options(request: AnalyzeRequest, console: Console) -> AnalyzeOptions:
    """Return what is asked.

    Raises:
        UserError: an option cannot be used, or two contradict each other.
    """
    _check_together(request)
    known_in = None if request.write_baseline else request.baseline
    run = options_of(
        Request(
            arguments=(_ANY_FILE,),
            params=request.params,
            config_params=request.config_params,
            jobs=request.jobs,
            cpus=request.cpus,
            strategy=request.strategy,
            workspace=request.workspace,
            origins=request.origins,
        ),
        console,
    )
    return AnalyzeOptions(
        paths=request.files,
        format=format_option(request.source_format, _cause(request, "from")),
        workspace=run.workspace if request.workspace is not None else None,
        state_folder=os.path.abspath(request.state_dir) if request.state_dir else None,
        params=run.params,
        environ=run.environ,
        host=request.host or os.uname().nodename,
        capacity=run.capacity,
        strategy=run.strategy,
        selection=_selection(request),
        file_ignores=request.file_ignores,
        ignores_folder=request.ignores_folder,
        known=_known(known_in) if known_in else {},
        baseline_folder=_folder_of(request.write_baseline or request.baseline),
    )


def shown_limit(request: AnalyzeRequest) -> int | None:
    """Return how many findings of a file are shown, or None for all.

    Raises:
        UserError: the option is no number.
    """
    text = request.limit.strip()
    if text == "all":
        return None
    if not (text.isdecimal() and text.isascii() and len(text) <= _MOST_LIMIT_DIGITS):
        raise wrong(f"`--limit {request.limit}` is not a number of findings", "write a number, or `all`")
    return int(text)


def named_code(word: str) -> Code:
    """Return the code that `--explain` names.

    Raises:
        UserError: there is none.
    """
    try:
        return code_of(word)
    except UnknownCodeError as error:
        problem = _unknown("explain", error, "")
    with suppress(UnknownCodeError):
        several = sorted(each.number for each in codes_of(word))[:_MOST_LISTED]
        listed = ", ".join(f"`{each}`" for each in several)
        problem = replace(problem, hints=(f"name one code: {listed} ...",))
    raise UserError((problem,))


def _check_together(request: AnalyzeRequest) -> None:
    if request.diff and request.output != "table":
        raise wrong(
            f"`--diff` prints a diff, and `--format {request.output}` something else", "leave one out"
        )
    if request.unsafe_fixes and not request.diff and "unsafe-fixes" not in request.origins:
        raise wrong("`--unsafe-fixes` says which fixes `--diff` shows", "add `--diff`")
    if request.graph is not None and (len(request.files) > 1 or os.path.isdir(request.files[0])):
        raise wrong("`--graph` draws one workflow", "name its file: `wfopt analyze FILE --graph out.svg`")


def _selection(request: AnalyzeRequest) -> Selection:
    problems: list[Diagnostic] = []
    select = _codes(request, "select", request.select, problems)
    ignore = _codes(request, "ignore", request.ignore, problems)
    if problems:
        raise UserError(tuple(problems))
    return Selection(
        select=select if request.select else None,
        ignore=ignore,
        severity=Severity(request.severity),
        least=None
        if request.min_saving is None
        else least_of_text(request.min_saving, request.origins.get("min-saving", "")),
    )


def _codes(
    request: AnalyzeRequest, option: str, words: Sequence[str], problems: list[Diagnostic]
) -> frozenset[Code]:
    codes: frozenset[Code] = frozenset()
    for word in (part.strip() for each in words for part in each.split(",")):
        try:
            codes |= codes_of(word) if word else frozenset()
        except UnknownCodeError as error:
            problems.append(_unknown(option, error, _cause(request, option)))
    return codes


def _unknown(option: str, error: UnknownCodeError, cause: str) -> Diagnostic:
    hint = f"did you mean `{error.near}`?" if error.near else "codes are numbers such as `WF103`, or names"
    return Diagnostic(
        code=BAD_OPTION,
        message=f"`--{option} {error.word}`: there is no code `{error.word}`",
        causes=(cause,) if cause else (),
        hints=(hint,),
    )


def _known(path: str) -> Mapping[Key, int]:
    try:
        return parse_baseline(read_source(path).text)
    except LoadError as error:
        what = error.diagnostics[0].message
        raise wrong(f"`--baseline`: {what}", f"`--write-baseline {path}` makes one") from error
    except BaselineError as error:
        raise wrong(f"`--baseline {path}` is no baseline: {error}") from error


def _folder_of(path: str | None) -> str:
    return os.path.dirname(os.path.abspath(path)) if path else ""


def _cause(request: AnalyzeRequest, option: str) -> str:
    origin = request.origins.get(option, "")
    return f"it is set by `{origin}`" if origin else ""
