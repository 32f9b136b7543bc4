"""What `wfopt stats` tells: which runs are meant, what they have in common, and what else was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from wfopt.api.stats_compare import compare_view
from wfopt.api.stats_gates import USUAL_FLOOR, Floor, judged
from wfopt.api.stats_views import (
    cache_view,
    resources_view,
    runs_view,
    step_view,
    trend_view,
    within,
)
from wfopt.api.stats_whole import Place, whole
from wfopt.codes import BAD_OPTION, UNKNOWN_STEP
from wfopt.dataclass import dataclass, replace
from wfopt.errors import Diagnostic, UserError
from wfopt.metrics.base import History
from wfopt.metrics.gate import Gate
from wfopt.metrics.views import Stats, StepView, View
from wfopt.model.history import Scope
from wfopt.model.workflow import StepId
from wfopt.source import closest_match

_HOST_RUNS = 200
"""Which machines there are is looked up in so many of the newest runs."""

_MOST_LISTED = 12


class ViewKind(Enum):
    """What is looked at; the value is the name of the option."""

    OVERVIEW = "overview"
    STEP = "step"
    RUNS = "runs"
    COMPARE = "compare"
    TREND = "trend"
    RESOURCES = "resources"
    CACHE = "cache"
    OPTIMIZATION = "optimization"
    HEALTH = "health"


_BY_STEPS: Mapping[ViewKind, Callable[[History, Scope, Sequence[StepId]], View]] = {
    ViewKind.TREND: trend_view,
    ViewKind.RESOURCES: resources_view,
    ViewKind.CACHE: cache_view,
}
"""Views with a row for each step."""

_OF_ONE_WORKFLOW = frozenset((ViewKind.STEP, ViewKind.COMPARE, ViewKind.TREND, ViewKind.RESOURCES))
"""Views that mean nothing where steps of several workflows are mixed."""

_PART_OF_WHOLE = frozenset((ViewKind.OVERVIEW, ViewKind.OPTIMIZATION, ViewKind.HEALTH))
"""Views that need nothing beside what is told about all runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsOptions:
    """What is asked.

    Attributes:
        scope: which runs.
        kind: what is looked at.
        names: the step, or the two sides of a comparison.
        whole: whether what all runs have in common is told beside a view.
        gates: limits on how much worse the newest runs may be.
        floor: a smaller rise trips no gate.
    """

    scope: Scope
    kind: ViewKind = ViewKind.OVERVIEW
    names: tuple[str, ...] = ()
    whole: bool = True
    gates: tuple[Gate, ...] = ()
    floor: Floor = USUAL_FLOOR


def stats(history: History, options: StatsOptions, place: Place, now: float) -> Stats:
    """Return what is asked of a history.

    Args:
        history: what is remembered.
        options: what is asked.
        place: where the history is.
        now: seconds since the epoch.

    Raises:
        UserError: a step or run does not exist, or it is not clear which workflow is meant.
        HistoryError: the history cannot be read.
    """
    workflows = tuple(history.workflows())
    scope = _single(workflows, options)
    runs = history.count(scope)
    newest = history.runs(within(scope, _HOST_RUNS))
    gate_host = newest[-1].host.name if newest and options.gates else ""
    _check_steps(history, scope, options)
    is_part = options.kind in _PART_OF_WHOLE
    return Stats(
        scope=scope,
        runs=runs,
        remembered=place.remembered,
        workflows=workflows,
        hosts=tuple(dict.fromkeys(run.host.name for run in reversed(newest))),
        now=now,
        whole=whole(history, scope, place) if options.whole or is_part else None,
        view=_view(history, scope, options) if runs and not is_part else None,
        gates=judged(history, scope, options.gates, host=gate_host, floor=options.floor),
        gate_host=gate_host,
    )


def _single(workflows: tuple[str, ...], options: StatsOptions) -> Scope:
    """Return the scope with its only workflow, if it names none and there is just one.

    Raises:
        UserError: there are several, and the view or a gate is about one.
    """
    if options.scope.workflow is not None:
        return options.scope
    if len(workflows) == 1:
        return replace(options.scope, workflow=workflows[0])
    if len(workflows) > 1 and (options.gates or options.kind in _OF_ONE_WORKFLOW):
        what = f"`--{options.kind.value}`" if options.kind in _OF_ONE_WORKFLOW else "`--gate`"
        listed = ", ".join(f"`{each}`" for each in workflows[:_MOST_LISTED])
        message = f"{what} is about one workflow, and the history has {len(workflows)}: {listed}"
        raise _refused(message, "name one: `wfopt stats FILE`")
    return options.scope


def _check_steps(history: History, scope: Scope, options: StatsOptions) -> None:
    """Refuse steps that no run in the scope has.

    Raises:
        UserError: there are such.
    """
    wanted = [f"--step {name}" for name in options.names] if options.kind is ViewKind.STEP else []
    names = list(options.names) if wanted else []
    for gate in options.gates:
        if gate.step is not None:
            wanted.append(f"--gate {gate}")
            names.append(gate.step)
    known = history.steps(scope.workflow) if names else ()
    problems = [
        _unknown_step(option, name, known)
        for option, name in zip(wanted, names, strict=True)
        if name not in known and known
    ]
    if problems:
        raise UserError(tuple(problems))


def _unknown_step(option: str, name: str, known: Sequence[StepId]) -> Diagnostic:
    cells = [each for each in known if each.startswith(f"{name}[")]
    near = closest_match(name, known)
    listed = ", ".join(f"`{each}`" for each in (cells or known)[:_MOST_LISTED])
    if cells:
        hint = f"name one of its cells: {listed}"
    else:
        hint = f"did you mean `{near}`?" if near else f"known: {listed}"
    message = f"`{option}`: no run has a step `{name}`"
    return Diagnostic(code=UNKNOWN_STEP, message=message, hints=(hint,))


def _view(history: History, scope: Scope, options: StatsOptions) -> View:
    by_steps = _BY_STEPS.get(options.kind)
    if by_steps is not None:
        return by_steps(history, scope, history.steps(scope.workflow))
    if options.kind is ViewKind.STEP:
        return _step_view(history, scope, options.names[0])
    if options.kind is ViewKind.COMPARE:
        return compare_view(history, scope, (options.names[0], options.names[1]))
    return runs_view(history, scope)


def _step_view(history: History, scope: Scope, name: str) -> StepView:
    found = step_view(history, scope, StepId(name))
    if found is None:
        raise _refused(f"`--step {name}`: none of the runs that are looked at has a step `{name}`")
    return found


def _refused(message: str, *hints: str) -> UserError:
    return UserError((Diagnostic(code=BAD_OPTION, message=message, hints=hints),))
