"""What several checks ask of the jobs of a pipeline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wfopt.analyzer.base import Case
from wfopt.model.pipeline import Job, Pipeline
from wfopt.model.scripts import Command
from wfopt.model.workflow import Argv, Opaque, Script, Step, StepId
from wfopt.source import Span

PULL_REQUESTS = frozenset({"pull_request", "pull_request_target", "merge_request_event"})
"""The events of a change that somebody proposes."""

UNATTENDED = frozenset({"schedule", "workflow_dispatch", "repository_dispatch", "release"})
"""The events for which nobody waits, and which do not come with each push."""

# A task that a task calls is named after both: `all#2/build`.
_CALLER = re.compile(r".*#\d+/")


def steps_of(case: Case, job: Job) -> tuple[Step, ...]:
    """Return the steps of the first copy of a job: what the file says of all."""
    return tuple(map(case.step, job.cells[0])) if job.cells else ()


def weight_of(case: Case, steps: Iterable[StepId]) -> float:
    """Return the weight of some steps together."""
    return sum(map(case.seconds, steps))


def has_script(case: Case, job: Job) -> bool:
    """Return whether a job runs a command of its own, and not only actions."""
    return any(is_script(step) for step in steps_of(case, job))


def is_script(step: Step) -> bool:
    """Return whether a step is a command that the file spells out."""
    if isinstance(step.run, Opaque):
        return action_of(step) == ""
    return isinstance(step.run, Script | Argv)


def action_of(step: Step) -> str:
    """Return the name of the action that a step is, in lower case, such as `actions/checkout`, or ""."""
    return step.run.name.lower() if isinstance(step.run, Opaque) and "uses" in step.places else ""


def option(step: Step, name: str) -> str:
    """Return what the file hands to an action under a name, in lower case, or ""."""
    return step.run.options.get(name, "").strip().lower() if isinstance(step.run, Opaque) else ""


def place_of(step: Step) -> Span | None:
    """Return where a step is shown: its command or action, else where it is declared."""
    for key in ("run", "uses", "cmd"):
        if key in step.places:
            return step.places[key]
    return step.span


def events(pipeline: Pipeline) -> frozenset[str]:
    """Return the names of the events that start a pipeline."""
    return frozenset(trigger.event for trigger in pipeline.triggers)


def jobs_with_places(case: Case) -> Iterator[tuple[Job, Span]]:
    """Yield the jobs that run steps here, with the places of their names."""
    for job in case.jobs:
        if not job.is_called and job.span is not None and job.cells:
            yield job, job.span


def first_line(span: Span) -> Span:
    """Return a place cut to its first line; of a block scalar, the first line behind its `|`."""
    line, text = span.line, span.source.line(span.line)
    column = span.column
    if text[column - 1 : column] in {"|", ">"} and span.end_line > line:
        line, text = line + 1, span.source.line(line + 1)
        column = len(text) - len(text.lstrip()) + 1
    elif span.end_line == line:
        return span
    return Span(span.source, line, column, line, max(column + 1, len(text.rstrip()) + 1))


def command_place(step: Step, command: Command) -> Span | None:
    """Return the line of a step's script on which a command stands, as far as the text shows it."""
    place = place_of(step)
    if place is None:
        return None
    words = " ".join(command.words[:2])
    for line in range(place.line, place.end_line + 1):
        text = place.source.line(line)
        at = text.find(words)
        if words and at >= 0 and not text.lstrip().startswith("#"):
            return Span(place.source, line, at + 1, line, len(text.rstrip()) + 1)
    return first_line(place)


def key_of(step: Step) -> Span | None:
    """Return where the first key of a step stands, which may be behind the dash of a list."""
    span = step.span
    if span is None:
        return None
    text = span.source.line(span.line)
    column = span.column
    while text[column - 1 : column] in {"-", " "}:
        column += 1
    return Span(span.source, span.line, column, span.line, column + 1)


def uses_matrix(step: Step) -> bool:
    """Return whether the value of a cell reaches a step through an expression."""
    return any(each.startswith(("matrix", "strategy", "item")) for each in step.references)


def name_of(step: Step) -> str:
    """Return the name under which the file declares a step, without its variant and its caller."""
    own = _CALLER.sub("", step.definition)
    return re.split(r"[#(]", own, maxsplit=1)[0] or own
