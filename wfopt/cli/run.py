"""What `wfopt run` does: arguments to options, options to a report, a report to text."""

from __future__ import annotations

import gc
import glob
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wfopt.api.run import Prepared, RunOptions, World, plan, prepare
from wfopt.api.run import run as run_workflow
from wfopt.cli.console import Console
from wfopt.cli.signals import Signals
from wfopt.codes import BAD_OPTION
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.logs import LogSink
from wfopt.engine.report import RunReport
from wfopt.errors import Diagnostic, UserError
from wfopt.events import Event, Sink
from wfopt.model.outcome import StepStatus
from wfopt.model.quantities import QuantityError, parse_cpu, parse_size
from wfopt.render.closing import closing_line
from wfopt.render.diagnostics import render_all
from wfopt.render.documents import plan_document, run_document
from wfopt.render.github import GithubDisplay
from wfopt.render.graph import GraphFormat, render_graph
from wfopt.render.jsonl import EventLog
from wfopt.render.lines import LineDisplay
from wfopt.render.plan_text import plan_text
from wfopt.render.progress import Verbosity
from wfopt.resources.machine import slots_of, total_memory, usable_cpus
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy
from wfopt.scheduler.registry import STRATEGIES, strategy_named

_READABLE_STEPS = 200

_FILE_ENDS = (".yml", ".yaml", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The command line of `wfopt run`, as typed."""

    arguments: tuple[str, ...]
    params: tuple[str, ...]
    jobs: str
    cpus: float | None
    memory: str | None
    strategy: str
    keep_going: bool
    dry_run: bool
    listing: bool
    graph: str | None
    output: str
    folder: str | None
    workspace: str | None
    state_dir: str | None
    quiet: bool
    verbose: bool


def execute(request: Request, console: Console) -> int:
    """Do what was asked and return the exit status.

    Raises:
        UserError: the options or the file are wrong.
    """
    if request.folder is not None:
        _enter(request.folder)
    options = _options(request, console.environ)
    # Loading makes many objects that all stay: collecting in between finds nothing and costs half the time.
    gc.disable()
    prepared = prepare(options)
    gc.freeze()
    gc.enable()
    if prepared.remarks and not request.quiet:
        console.log.write(render_all(prepared.remarks, console.paint) + "\n")
        console.log.flush()
    if request.graph is not None:
        _write_graph(request.graph, prepared, options.strategy)
    if request.listing:
        _print_list(prepared, console)
        return 0
    if request.dry_run:
        _print_plan(request, prepared, options, console)
        return 0
    return _run(request, prepared, options, console)


def _wrong(message: str, *hints: str) -> UserError:
    return UserError((Diagnostic(code=BAD_OPTION, message=message, hints=hints),))


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise _wrong(f"`-C {folder}`: {(error.strerror or str(error)).lower()}") from error


def _options(request: Request, environ: Mapping[str, str]) -> RunOptions:
    file, steps = _file_and_steps(request.arguments)
    folder = request.workspace or os.path.dirname(os.path.abspath(file))
    workspace = os.path.abspath(folder)
    if request.workspace is not None and not os.path.isdir(workspace):
        raise _wrong(f"`--workspace {request.workspace}` is not a folder")
    strategy = strategy_named(request.strategy)
    if strategy is None:
        known = ", ".join(f"`{each.name}`" for each in STRATEGIES)
        raise _wrong(f"there is no strategy `{request.strategy}`", f"known: {known}")
    return RunOptions(
        file=file,
        workspace=workspace,
        state_folder=os.path.abspath(request.state_dir or os.path.join(workspace, ".wfopt")),
        steps=steps,
        params=dict(_assignment(each) for each in request.params),
        environ=environ,
        capacity=_capacity(request),
        strategy=strategy,
        keep_going=request.keep_going,
    )


def _file_and_steps(arguments: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the workflow file and the steps: the first word is a file if it exists or looks like one."""
    if arguments and (os.path.exists(arguments[0]) or arguments[0].endswith(_FILE_ENDS)):
        return arguments[0], arguments[1:]
    found = [name for name in ("wfopt.yml", "wfopt.yaml") if os.path.exists(name)]
    found += sorted(glob.glob("*.wfopt.yml"))
    if len(found) == 1:
        return found[0], arguments
    if not found:
        wanted = "`wfopt.yml`, `wfopt.yaml` or `*.wfopt.yml`"
        if arguments:
            raise _wrong(
                f"`{arguments[0]}` is no file, and this folder has no {wanted} to look for a step in"
            )
        raise _wrong(f"this folder has no {wanted}", "name a workflow file: `wfopt run FILE`")
    listed = ", ".join(f"`{name}`" for name in found)
    raise _wrong(f"this folder has several workflows: {listed}", "name one: `wfopt run FILE`")


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise _wrong(f"`-p {text}` is not `NAME=VALUE`")
    return name, value


def _capacity(request: Request) -> Capacity:
    cpus = usable_cpus()
    slots = slots_of(request.jobs, cpus)
    if slots is None:
        raise _wrong(f"`-j {request.jobs}` is not a number of jobs", "write a number, `50%` or `auto`")
    try:
        cpu_milli = slots * 1000 if request.cpus is None else parse_cpu(f"{request.cpus:.3f}")
        memory = total_memory() if request.memory is None else parse_size(request.memory)
    except QuantityError as error:
        raise _wrong(error.message, error.hint) from error
    return Capacity(slots=slots, cpu_milli=cpu_milli, memory_bytes=memory)


def _write_graph(path: str, prepared: Prepared, strategy: Strategy) -> None:
    kinds = {f".{each.value}": each for each in GraphFormat}
    kind = kinds.get(os.path.splitext(path)[1])
    if kind is None:
        raise _wrong(f"`--graph {path}`: the name must end in `.dot` or `.mmd`")
    text = render_graph(prepared.workflow, plan(prepared, strategy).critical_path, kind)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise _wrong(f"`--graph {path}`: {(error.strerror or str(error)).lower()}") from error


def _print_list(prepared: Prepared, console: Console) -> None:
    seen = {step.definition: step.description for step in prepared.workflow.steps}
    width = max(map(len, seen), default=0)
    for name, description in seen.items():
        console.out.write(f"{name:<{width}}  {description}".rstrip() + "\n")
    console.out.flush()


def _print_plan(request: Request, prepared: Prepared, options: RunOptions, console: Console) -> None:
    report = plan(prepared, options.strategy)
    if request.output == "table":
        console.out.write(plan_text(report, console.paint) + "\n")
    else:
        console.out.write(_json(plan_document(report), len(report.workflow.steps)))
    console.out.flush()


def _run(request: Request, prepared: Prepared, options: RunOptions, console: Console) -> int:
    signals, clock = Signals(), SystemClock()
    signals.install()
    world = World(
        runner=LocalRunner(options.environ, clock, signals.wakeup_fd),
        clock=clock,
        interrupts=signals,
        display=lambda logs: _display(request, prepared, console, logs),
    )
    report = run_workflow(prepared, options, world)
    _print_report(request, report, console)
    trouble = getattr(console.out, "trouble", "")
    if trouble:
        console.log.write(f"error: the result could not be written: {trouble.lower()}\n")
        return report.exit_code or 1
    return report.exit_code


def _display(request: Request, prepared: Prepared, console: Console, logs: LogSink) -> Sink:
    verbosity = Verbosity.VERBOSE if request.verbose else Verbosity.NORMAL
    verbosity = Verbosity.QUIET if request.quiet else verbosity
    workflow = prepared.workflow
    if console.environ.get("GITHUB_ACTIONS") == "true":
        display: Sink = GithubDisplay(
            workflow,
            log=console.out if request.output == "table" else console.log,
            log_of=lambda step: Path(path) if (path := logs.path(step)) else None,
            token=secrets.token_hex(16),
            paint=console.paint,
            verbosity=verbosity,
        )
    else:
        display = LineDisplay(
            workflow,
            log=console.log,
            out=console.out if request.output == "table" else console.log,
            paint=console.paint,
            verbosity=verbosity,
        )
    if request.output != "jsonl":
        return display
    stream = EventLog(console.out)

    def both(event: Event) -> None:
        display(event)
        stream(event)

    return both


def _print_report(request: Request, report: RunReport, console: Console) -> None:
    if request.output == "json":
        console.out.write(_json(run_document(report), len(report.steps)))
    elif request.output == "table" and not request.quiet:
        if any(step.status is not StepStatus.CACHED for step in report.steps):
            _print_table(report, console)
        console.out.write(closing_line(report) + "\n")
    console.out.flush()
    console.log.flush()


def _json(document: Mapping[str, object], steps: int) -> str:
    """Return a document as text: indented for readers, unless it is so long that only programs read it."""
    return json.dumps(document, indent=2 if steps <= _READABLE_STEPS else None) + "\n"


def _print_table(report: RunReport, console: Console) -> None:
    from rich.console import Console as RichConsole

    from wfopt.render.run_table import run_table

    rich = RichConsole(
        file=console.out,
        width=console.width,
        force_terminal=console.color_out,
        no_color=not console.color_out,
        highlight=False,
        legacy_windows=False,
    )
    rich.print(run_table(report))
