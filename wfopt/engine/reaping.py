"""The end of an attempt: what came of it, what it hands on, and whether its result is kept."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.cache.publish import Done
from wfopt.dataclass import replace
from wfopt.engine import failures
from wfopt.engine.attempts import Attempt, judge, usage_of
from wfopt.engine.captures import ValuesError, captured_text, read_values
from wfopt.engine.exceeding import over_request
from wfopt.engine.reuse import Reuse
from wfopt.engine.runner import Ended
from wfopt.engine.world import Collaborators
from wfopt.model.outcome import CacheUse, StepOutcome, StepStatus
from wfopt.model.workflow import Step


def result_of(
    step: Step, attempt: Attempt, ended: Ended, world: Collaborators, reuse: Reuse
) -> tuple[StepOutcome, dict[str, str]]:
    """Return how an attempt ended, and the values that it hands on; store its result if it ended well.

    Args:
        step: the step.
        attempt: what is known of the attempt.
        ended: what the runner says.
        world: tells what came up.
        reuse: keeps the result.
    """
    if ended.left_behind:
        world.notice(step, failures.left_behind(step, ended.left_behind))
    if ended.output_held:
        world.notice(step, failures.output_held(step))
    if ended.serving:
        world.services.add(step.id)
    values: dict[str, str] = {}
    trouble = _read_values(step, attempt, values, world) if ended.error is None else ""
    outcome = judge(step, attempt, ended, lambda: trouble or _look_for_outputs(step, attempt, world))
    excess = None if outcome.usage is None or outcome.limit else over_request(step, outcome.usage)
    if excess is not None:
        world.notice(step, excess)
    if world.launcher.tracer is not None:
        world.launcher.tracer.take(step, outcome, world.notice)
    world.launcher.tidy(step)
    ticket = attempt.miss.ticket
    if ticket is not None:
        outcome = replace(outcome, cache=CacheUse(key=ticket.key))
    if outcome.status is StepStatus.SUCCEEDED and ticket is not None:
        _keep(step, attempt, ended, values, world, reuse)
    return outcome, values


def _keep(
    step: Step, attempt: Attempt, ended: Ended, values: Mapping[str, str], world: Collaborators, reuse: Reuse
) -> None:
    """Have the result of a step that ended well stored, before anybody hears that it did."""
    ticket, printed = attempt.miss.ticket, world.printed(step.id)
    flaw = attempt.flaw
    if ended.left_behind:
        flaw = "it left processes behind"
    elif any(world.launcher.masker.hides(text) for text in (*values, *values.values())):
        flaw = "it hands on a secret"
    if ticket is None or printed is None:
        return
    done = Done(
        wall_s=usage_of(ended).wall_s,
        log=printed,
        values=values,
        ended_at=world.clock.wall(),
    )
    flaw = flaw or reuse.keep(step, ticket, done)
    if flaw:
        world.notice(step, failures.not_stored(step, flaw))


def _read_values(step: Step, attempt: Attempt, values: dict[str, str], world: Collaborators) -> str:
    """Fill in the `values` that a step hands on, even one that failed; return their fault, or ""."""
    if attempt.flooded:
        return "its captured stdout is too long"
    if attempt.captured is not None:
        values[step.capture] = captured_text(bytes(attempt.captured))
        if step.capture in step.secrets:
            world.launcher.masker.add(values[step.capture])
    try:
        values.update(read_values(world.launcher.values_path(step)))
    except OSError as error:
        return f"`$WFOPT_STEP_OUTPUT` cannot be used: {failures.system_reason(error)}"
    except ValuesError as error:
        return f"`$WFOPT_STEP_OUTPUT` cannot be used: {error}"
    if step.session and world.launcher.jobs is not None:
        try:
            values.update(world.launcher.jobs.take(step))
        except ValuesError as error:
            return str(error)
    return ""


def _look_for_outputs(step: Step, attempt: Attempt, world: Collaborators) -> str:
    """Return which output of a step that ended well is missing, or ""."""
    if not step.outputs:
        return ""
    absent, empty = world.outputs.missing(step)
    for output in empty:
        attempt.flaw = f"its output `{output.text}` matched nothing"
        world.notice(step, failures.empty_glob(step, output))
    for output in absent:
        world.notice(step, failures.missing_output(step, output))
    return f"its output `{absent[0].text}` is missing" if absent else ""
