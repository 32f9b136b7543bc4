"""From the command line of `wfopt stats`, as typed, to the options of the api."""

from __future__ import annotations

import os
from collections.abc import Mapping

from wfopt.api.stats import StatsOptions, ViewKind
from wfopt.api.stats_gates import Floor
from wfopt.cli.options import file_and_steps, names_file
from wfopt.cli.wrong import wrong
from wfopt.codes import BAD_OPTION
from wfopt.dataclass import dataclass, field
from wfopt.errors import Diagnostic, Label, UserError
from wfopt.metrics.gate import Gate, GateError, parse_gate
from wfopt.model.history import Scope
from wfopt.model.quantities import QuantityError, parse_duration, parse_size
from wfopt.source import SourceFile, Span

_MOST_RUNS_DIGITS = 9
_SINCE_HINT = "write a duration such as `7d` or `12h`, or a date such as `2026-11-01`"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsRequest:
    """What `wfopt stats` is asked, option by option; texts are not checked yet.

    Attributes:
        views: the views that are asked for, by the names of their options, with the values of these.
    """

    file: str | None = None
    views: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    since: str | None = None
    branch: str | None = None
    host: str | None = None
    limit: str | None = None
    gates: tuple[str, ...] = ()
    gate_floor: str | None = None
    html: str | None = None
    imports: tuple[str, ...] = ()
    output: str = "table"
    workspace: str | None = None
    state_dir: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which workflow is meant, and where its history is.

    Attributes:
        file: the workflow file, as messages name it, or None for all workflows.
        workflow: its path in the workspace, or None.
        workspace: the absolute path of the workspace.
        state_folder: the absolute path of the folder for state.
    """

    file: str | None
    workflow: str | None
    workspace: str
    state_folder: str


def target_of(file: str | None, workspace: str | None, state_dir: str | None) -> Target:
    """Return which workflow is meant: the file, or the only one in this folder, or all.

    Raises:
        UserError: the file cannot be one, or the workspace is no folder.
    """
    if file is not None and (not names_file(file) or os.path.isdir(file)):
        raise wrong(f"`{file}` is no workflow file", "options start with `--`, such as `--step build`")
    found = file or _only_file()
    folder = os.path.abspath(workspace or os.path.dirname(os.path.abspath(found or "wfopt.yml")))
    if workspace is not None and not os.path.isdir(folder):
        raise wrong(f"`--workspace {workspace}` is not a folder")
    return Target(
        file=found,
        workflow=None if found is None else os.path.relpath(os.path.abspath(found), folder),
        workspace=folder,
        state_folder=os.path.abspath(state_dir or os.path.join(folder, ".wfopt")),
    )


def _only_file() -> str | None:
    try:
        return file_and_steps(())[0]
    except UserError:
        return None


def stats_options(request: StatsRequest, target: Target, now: float) -> StatsOptions:
    """Return what is asked.

    Args:
        request: as typed.
        target: which workflow is meant.
        now: seconds since the epoch.

    Raises:
        UserError: an option cannot be used, or two contradict each other.
    """
    if len(request.views) > 1:
        listed = " and ".join(f"`--{name}`" for name in request.views)
        raise wrong(f"{listed} are different views", "ask for one at a time")
    name, names = next(iter(request.views.items()), (ViewKind.OVERVIEW.value, ()))
    return StatsOptions(
        scope=Scope(
            workflow=target.workflow,
            since=None if request.since is None else _moment(request.since, now),
            branch=request.branch,
            host=request.host,
            limit=None if request.limit is None else _limit(request.limit),
        ),
        kind=ViewKind(name),
        names=names,
        whole=request.output == "json",
        gates=_gates(request.gates),
        floor=_floor(request.gate_floor),
    )


def _moment(text: str, now: float) -> float:
    try:
        return now - parse_duration(text)
    except QuantityError as error:
        quantity = error
    from datetime import datetime

    try:
        # Without a time zone it is local time, as people mean it.
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        what = (
            quantity.message
            if text[:1].isdigit() and text[-1:].isalpha()
            else "neither a duration nor a date"
        )
        raise wrong(f"`--since {text}`: {what}", _SINCE_HINT) from quantity


def _limit(text: str) -> int:
    number = text.strip()
    if not number.isdecimal() or not number.isascii() or len(number) > _MOST_RUNS_DIGITS or int(number) == 0:
        raise wrong(f"`--limit {text}` is not a number of runs", "write a number above 0")
    return int(number)


def _gates(texts: tuple[str, ...]) -> tuple[Gate, ...]:
    gates: list[Gate] = []
    problems: list[Diagnostic] = []
    for text in texts:
        try:
            gates.append(parse_gate(text))
        except GateError as error:
            problems.append(_bad_gate(text, error))
    if problems:
        raise UserError(tuple(problems))
    return tuple(gates)


def _bad_gate(text: str, error: GateError) -> Diagnostic:
    end = text.find(" ", error.column - 1) + 1 or len(text) + 1
    span = Span(SourceFile("--gate", text), 1, error.column, 1, end)
    return Diagnostic(code=BAD_OPTION, message=error.message, primary=Label(span), hints=(error.hint,))


def _floor(text: str | None) -> Floor:
    if text is None:
        return Floor()
    try:
        return Floor(seconds=parse_duration(text))
    except QuantityError as error:
        message, hint = error.message, error.hint
    try:
        return Floor(size=parse_size(text))
    except QuantityError:
        raise wrong(f"`--gate-floor {text}`: {message}", f"{hint}; for memory a size: `4MiB`") from None
