"""Makes the steps of one cell of a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wfopt.formats.github.commands import command_of
from wfopt.formats.github.declared import Declared
from wfopt.formats.github.environment import extended
from wfopt.formats.github.flow import Flow
from wfopt.formats.github.mapped import command_for, variables_of
from wfopt.formats.github.meaning import unknowns
from wfopt.formats.github.place import Place, Spot, may_fail
from wfopt.formats.github.remarks import Remarks
from wfopt.formats.github.scope import Finished, Scope, both
from wfopt.formats.github.shapes import number_of, text_of
from wfopt.formats.github.texts import Text, split
from wfopt.formats.github.translate import asks_status, condition_of, template_of
from wfopt.model.expressions import Call, Expression, Template
from wfopt.model.workflow import MatrixGroup, Opaque, Step, StepId

_SUCCESS = Text((Call("success"),), frozenset({"success()"}))
_SERVICE = frozenset({"service"})


def steps_of(place: Place, remarks: Remarks) -> Iterator[Step]:
    """Yield the steps of a cell, in order."""
    job = place.job
    flow = job.flow
    names: dict[str, StepId] = {}
    setters: tuple[str, ...] = ()
    ancestors = _ancestors(flow) if asks_status(job.condition) else None
    for number, step in enumerate(flow.steps):
        own = None if ancestors is None else _so_far(place, sorted(ancestors[number]))
        scope = _scope(place, names, setters, own)
        env = extended(place.env, step.node.get("env"), scope)
        if env is not place.env:
            scope = _scope(place, names, setters, own, env.values)
        condition = _condition(place, step, scope)
        yield _step(Spot(place=place, step=step, scope=scope, env=env, condition=condition), number, remarks)
        if step.own:
            names[step.own] = place.ids[number]
        if step.sets:
            setters = (*setters, text_of(step.run))


def _scope(
    place: Place,
    names: dict[str, StepId],
    setters: tuple[str, ...],
    own: Finished | None,
    env: Mapping[str, Template] | None = None,
) -> Scope:
    above = place.scope
    return Scope(
        matrix=above.matrix,
        env=place.env.values if env is None else env,
        unsure=setters,
        steps=names,
        needs=above.needs,
        inputs=above.inputs,
        strategy=above.strategy,
        own=own,
    )


def _ancestors(flow: Flow) -> list[set[int]]:
    """Return for each step of a job all that end before it starts."""
    found: list[set[int]] = [set() for _ in flow.steps]
    for before, after in sorted(flow.edges, key=lambda pair: pair[1]):
        found[after] |= found[before] | {before}
    return found


def _so_far(place: Place, numbers: list[int]) -> Finished:
    steps = place.job.flow.steps
    asked = [number for number in numbers if not may_fail(steps[number])]
    return Finished(definitions=tuple(place.ids[number] for number in asked))


def _condition(place: Place, step: Declared, scope: Scope) -> Expression | None:
    """Return the condition of a step with that of its job.

    Whether a job has failed is asked of the whole graph, but where the job runs after failures above it: then
    only its own steps count.
    """
    job = place.job
    whole = place.condition
    if whole is None:
        return None if step.condition is None else condition_of(step.condition, scope)
    if not asks_status(job.condition):
        return whole if step.condition is None else both(whole, condition_of(step.condition, scope))
    parts = [whole]
    if not asks_status(step.condition):
        parts.append(condition_of(_SUCCESS, scope))
    if step.condition is not None:
        parts.append(condition_of(step.condition, scope))
    return both(*parts)


def _step(spot: Spot, number: int, remarks: Remarks) -> Step:
    place, step = spot.place, spot.step
    job = place.job
    run, folder = command_of(spot, remarks)
    definition = f"{job.prefix}/{step.name}" if step.name else job.prefix
    left_out = isinstance(run, Opaque) and run.stand_in is None
    return Step(
        id=place.ids[number],
        run=run,
        definition=definition,
        cell=place.cell.labels,
        group=_group(place, definition),
        description=text_of(step.node.get("name")),
        cwd=folder,
        env=spot.env.values if left_out else _variables(spot),
        condition=spot.condition,
        timeout_s=_timeout(spot),
        allow_failure=_allowed(spot),
        effects=_SERVICE if number in job.flow.stopped else None,
        secrets=spot.env.secret,
        references=step.mentions | spot.env.mentions,
        session=place.session,
        span=step.span,
        places=step.places,
    )


def _variables(spot: Spot) -> Mapping[str, Template]:
    """Return the variables of a step that runs, and the inputs of an action for what runs in its place."""
    known = spot.env.known
    return {**known, **dict(variables_of(spot))} if command_for(spot) else known


def _group(place: Place, definition: str) -> MatrixGroup | None:
    matrix = place.job.expansion.matrix
    if matrix is None:
        return None
    return MatrixGroup(definition=definition, max_parallel=matrix.max_parallel, fail_fast=matrix.fail_fast)


def _timeout(spot: Spot) -> float | None:
    """Return the seconds that a step may take: no more than its job."""
    minutes = number_of(spot.step.node.get("timeout-minutes"))
    known = [each for each in (spot.place.job.timeout_s, minutes and 60 * minutes) if each is not None]
    return min(known, default=None)


def _allowed(spot: Spot) -> bool | Expression:
    if not may_fail(spot.step):
        return False
    text = text_of(spot.step.node.get("continue-on-error"))
    found = template_of(split(text), spot.scope)
    if found.static is not None:
        return found.static == "true"
    if found.only is None or unknowns(found):
        return False
    return found.only
