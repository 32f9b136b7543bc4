"""Small workflow files, really run, and what became of them as text in which nothing depends on the time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.commands import clean_environ
from tests.support.model_text import step_lines
from tests.support.runs import FakeInterrupts
from wfopt.api.prepare import RunOptions, prepare
from wfopt.api.run import World, run
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.asking import Asker
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.report import RunReport, StepReport
from wfopt.errors import Diagnostic, UserError
from wfopt.events import Event, StepFinished, StepOutput, StepRetried, StepStarted
from wfopt.model.quantities import parse_size
from wfopt.model.workflow import Step, Workflow
from wfopt.render.diagnostics import render_all
from wfopt.render.listing import list_text
from wfopt.render.paint import Paint
from wfopt.render.progress import Progress, Verbosity
from wfopt.resources.pool import Capacity
from wfopt.scheduler.registry import STRATEGIES

PLAIN = Paint(color=False)
_DIRECTIVE = re.compile(r"# ([a-z-]+)(?:: (.+))?")
_KNOWN = frozenset({"slots", "memory", "keep-going", "env", "param", "show", "list", "model"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Directives:
    """What the comments at the top of a file ask for, one a line.

    Attributes:
        slots: how many steps may run at once, each with a cpu of its own (`# slots: 2`).
        memory_bytes: the memory that there is, or None for no limit (`# memory: 1GiB`).
        keep_going: whether steps that do not depend on a failed one still run (`# keep-going`).
        environ: variables of the environment (`# env: A=1 B=2`).
        params: values from the command line (`# param: A=1 B=2`).
        shown: files whose content counts (`# show: a.txt out/b.txt`).
        listed: whether what `--list` prints counts (`# list`).
        model: whether the steps as they were loaded count (`# model`): for keys that a run cannot show.
    """

    slots: int = 1
    memory_bytes: int | None = None
    keep_going: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    shown: Sequence[str] = ()
    listed: bool = False
    model: bool = False


def directives_of(text: str) -> Directives:
    """Return what the comments at the top of a file ask for.

    Raises:
        ValueError: one of them is not known.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _DIRECTIVE.fullmatch(line)
        if match is None:
            break
        if match[1] not in _KNOWN:
            raise ValueError(f"`{line}` is not known")
        found[match[1]] = match[2] or ""
    return Directives(
        slots=int(found.get("slots", "1")),
        memory_bytes=parse_size(found["memory"]) if "memory" in found else None,
        keep_going="keep-going" in found,
        environ=_pairs(found.get("env", "")),
        params=_pairs(found.get("param", "")),
        shown=found.get("show", "").split(),
        listed="list" in found,
        model="model" in found,
    )


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())


def outcome(file: str, workspace: Path) -> str:
    """Return what becomes of a file when it is run, or the messages with which it is refused.

    Args:
        file: its name; it lies in the workspace, which is the current folder.
        workspace: the absolute path of the folder to run in.
    """
    asked = directives_of((workspace / file).read_text(encoding="utf-8"))
    try:
        lines = _run(file, workspace, asked)
    except UserError as error:
        return f"refused, exit 2\n{render_all(error.diagnostics, PLAIN)}\n"
    return "\n".join([*lines, *_files(workspace, asked.shown)]) + "\n"


def _run(file: str, workspace: Path, asked: Directives) -> list[str]:
    # The system's programs first: wrappers of version managers are slow.
    path = os.pathsep.join([os.defpath, clean_environ()["PATH"]])
    environ = {"PATH": path, **asked.environ}
    options = RunOptions(
        file=file,
        workspace=str(workspace),
        state_folder=str(workspace / ".wfopt"),
        params=asked.params,
        environ=environ,
        capacity=Capacity(slots=asked.slots, cpu_milli=1000 * asked.slots, memory_bytes=asked.memory_bytes),
        strategy=STRATEGIES[0],
        keep_going=asked.keep_going,
    )
    prepared = prepare(options)
    events: list[Event] = []
    clock = SystemClock()
    world = World(
        runner=LocalRunner(environ, clock),
        clock=clock,
        interrupts=FakeInterrupts(),
        pause=lambda seconds: None,
        tell=_refuse_to_tell,
        display=lambda logs: events.append,
        ask=Asker(environ, clock),
    )
    report = run(prepared, options, world)
    workflow = prepared.workflow
    return [
        f"run: {report.status.value}, exit {report.exit_code}",
        *map(_step_line, (*report.steps, *report.hooks)),
        *_retries(events),
        *_most_at_once(events, asked),
        *_output(workflow, events, asked),
        *_notices(prepared.remarks, report),
        *(_model(workflow) if asked.model else ()),
        *(("listed:", *_indented(list_text(workflow, PLAIN, None).splitlines())) if asked.listed else ()),
    ]


def _refuse_to_tell(diagnostic: Diagnostic) -> None:
    raise AssertionError(diagnostic.message)


def _step_line(report: StepReport) -> str:
    allowed = ", allowed" * report.allowed
    return f"{report.id}: {report.status.value}{allowed} ({report.attempts}) {report.reason}".rstrip()


def _retries(events: Iterable[Event]) -> Iterator[str]:
    """Yield the planned waits: they are no measured times, so they may stand here."""
    for event in events:
        if isinstance(event, StepRetried):
            why = event.outcome.reason
            yield f"retry of {event.step} in {1000 * event.delay_s:g}ms after {event.attempt}: {why}"


def _most_at_once(events: Iterable[Event], asked: Directives) -> Iterator[str]:
    most = running = 0
    for event in events:
        running += isinstance(event, StepStarted) - isinstance(event, StepFinished | StepRetried)
        most = max(most, running)
    if asked.slots > 1:
        yield f"most at once: {most}"


def _output(workflow: Workflow, events: Iterable[Event], asked: Directives) -> list[str]:
    """Return the lines that the terminal shows: as they came, or step by step where steps run at once."""
    progress = Progress(workflow, PLAIN, Verbosity.NORMAL)
    pieces: dict[str, bytes] = {}
    for event in events:
        if isinstance(event, StepOutput) and progress.shows_output(event.step):
            pieces[event.step] = pieces.get(event.step, b"") + event.data
    if asked.slots > 1:
        pieces = dict(sorted(pieces.items()))
    lines = [f"{step} | {line}" for step, data in pieces.items() for line in data.decode().splitlines()]
    return ["output:", *_indented(lines)] if lines else []


def _notices(remarks: Iterable[Diagnostic], report: RunReport) -> Iterator[str]:
    for diagnostic in (*remarks, *report.notices):
        yield f"{diagnostic.severity.value} {diagnostic.code.number} {diagnostic.code.name}"


def _files(workspace: Path, shown: Iterable[str]) -> Iterator[str]:
    for name in shown:
        path = workspace / name
        yield f"{name}: {path.read_text(encoding='utf-8')!r}" if path.is_file() else f"{name}: absent"


def _model(workflow: Workflow) -> Iterator[str]:
    for step in workflow.steps:
        yield f"loaded {step.id}"
        yield from _indented((*step_lines(step), *_further_lines(step)))


def _further_lines(step: Step) -> Iterator[str]:
    """Yield what `step_lines` leaves out."""
    if step.effects is not None:
        yield f"effects: {sorted(step.effects)}"
    if step.priority:
        yield f"priority: {step.priority}"
    yield from (f"not stored: {each.text}" for each in step.outputs or () if not each.store)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}".rstrip() for line in lines)
