"""What `wfopt run` does: a request to options, options to a report, a report to text."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import nullcontext

from wfopt.api.ahead import loading
from wfopt.api.prepare import Prepared, RunOptions, prepare
from wfopt.api.run import StoppedError, World
from wfopt.api.run import run as run_workflow
from wfopt.cli.console import Console
from wfopt.cli.options import Request, for_listing, options_of
from wfopt.cli.showing import TEXT_FORMATS, display, print_report, tell, wants_live
from wfopt.cli.signals import Interrupted, Signals
from wfopt.dataclass import replace
from wfopt.engine.chores import Chore
from wfopt.engine.clock import Clock, SystemClock
from wfopt.engine.executors.late import LateRunner
from wfopt.engine.report import RunReport
from wfopt.engine.runner import Runner
from wfopt.errors import Diagnostic, Severity
from wfopt.model.history import RunStory
from wfopt.model.workflow import StepId
from wfopt.render.live.view import Span


def execute(request: Request, console: Console) -> int:
    """Do what was asked and return the exit status.

    Raises:
        UserError: the options or the file are wrong.
        Interrupted: a signal broke the run off.
    """
    options = options_of(request, console)
    if request.listing:
        options = for_listing(options)
    # Loading makes many objects that all stay: collecting in between finds nothing and costs half the time.
    gc.disable()
    prepared = prepare(options)
    gc.freeze()
    gc.enable()
    original, rewrite = prepared, None
    if request.optimized != "off" and not request.listing:
        from wfopt.cli.optimizing import optimized

        prepared, options, rewrite = optimized(request, prepared, options, console)
    if not (request.quiet or request.listing):
        tell(console, _worth_telling(request, prepared))
        _tell_share(prepared, console)
    if request.graph is not None or request.listing or request.dry_run:
        _look(request, prepared, options, console)
    if request.listing or request.dry_run:
        return 0
    status = _run(request, prepared, options, console)
    if rewrite is not None:
        from wfopt.cli.optimizing import note

        note(rewrite, original, options)
    return status


def _worth_telling(request: Request, prepared: Prepared) -> tuple[Diagnostic, ...]:
    """Return remarks about a workflow; of other formats, notes say what the run says anyway."""
    if request.verbose or prepared.is_native:
        return prepared.remarks
    return tuple(each for each in prepared.remarks if each.severity is not Severity.NOTE)


def _tell_share(prepared: Prepared, console: Console) -> None:
    """Say how many steps can run here, if not all can."""
    if prepared.is_native:
        return
    from wfopt.model.left_out import share_of
    from wfopt.render.harmless import harmless

    share = share_of(prepared.workflow.steps)
    if share.left_out:
        console.log.write(f"{harmless(share.words)}\n")
        console.log.flush()


def _look(request: Request, prepared: Prepared, options: RunOptions, console: Console) -> None:
    from wfopt.cli.looking import print_list, print_plan, write_graph

    if request.graph is not None:
        write_graph(request.graph, prepared, options.strategy)
    if request.listing:
        print_list(request, prepared.workflow, console)
    elif request.dry_run:
        print_plan(request, prepared, options, console)


def _run(request: Request, prepared: Prepared, options: RunOptions, console: Console) -> int:
    stories: list[RunStory] = []
    live = None
    if wants_live(request, console):
        from wfopt.cli.live import LiveRun

        live = LiveRun(request, prepared.workflow, console, lambda: _usual(prepared, options))
    with Signals() as signals, live or nullcontext():
        clock = SystemClock()
        shown = live.console if live else console
        world = World(
            runner=LateRunner(lambda: _local_runner(console, clock, signals)),
            clock=clock,
            interrupts=signals,
            pause=signals.pause,
            tell=lambda diagnostic: tell(shown, (diagnostic,)),
            ask=lambda command, folder, env: _asked(console, clock, command, folder, env),
            display=lambda logs: display(request, prepared.workflow, console, logs, live),
            refresh=live.refresh if live else None,
            remember=stories.append,
            chores=_chores(request),
        )
        try:
            report = run_workflow(prepared, options, world)
        except StoppedError as error:
            return 128 + error.number
    late = signals.next()
    if late is not None and report.signal is None:
        # It came when the run was already over; from here on a signal ends the program at once.
        raise Interrupted(late)
    wanted = any((request.report, request.profile, request.junit))
    if stories and (wanted or not request.quiet or request.output != "table"):
        report = _with_suggestions(report, stories[0], options)
    print_report(request, report, options.file, console)
    if stories and wanted:
        from wfopt.cli.run_reports import write_reports

        write_reports(request, stories[0], options.state_folder, console, report.suggestions)
    return report.exit_code


def _with_suggestions(report: RunReport, story: RunStory, options: RunOptions) -> RunReport:
    """Return a report that says what steps should ask for, if any that ran asked for something."""
    if not any(step.usage for step in report.steps):
        return report
    from wfopt.engine.requested import asked_and_ran

    asking = asked_and_ran(report)
    if not asking:
        return report
    from wfopt.api.advice import suggestions_for

    return replace(report, suggestions=suggestions_for(story, asking, options))


def _chores(request: Request) -> Iterator[Chore]:
    """Yield the loading of what shows how the run ended."""
    yield from loading(0.0, "wfopt.engine.requested")
    if request.output not in TEXT_FORMATS:
        yield from loading(0.0, "wfopt.render.documents")
    elif not request.quiet:
        yield from loading(0.0, "rich.console", "wfopt.render.run_table")


def _usual(prepared: Prepared, options: RunOptions) -> Mapping[StepId, Span]:
    """Return how long steps are expected to take on this machine, as far as the history knows."""
    from wfopt.api.foreseeing import expected_walls

    return {
        step: Span(expected_s=each.expected, low_s=each.low, high_s=each.high)
        for step, each in expected_walls(prepared, options).items()
    }


def _local_runner(console: Console, clock: Clock, signals: Signals) -> Runner:
    from wfopt.engine.beginning import begin

    # It begins while the rest is loaded.
    begun = begin(console.environ)
    from wfopt.cli.terminal import controlling_terminal
    from wfopt.engine.executors.local import LocalRunner

    return LocalRunner(console.environ, clock, signals.wakeup_fd, controlling_terminal(), begun=begun)


def _asked(console: Console, clock: Clock, command: str, folder: str, env: Mapping[str, str | None]) -> bytes:
    from wfopt.engine.executors.asking import Asker

    return Asker(console.environ, clock)(command, folder, env)
