"""What `wfopt run` does: a request to options, options to a report, a report to text."""

from __future__ import annotations

import gc

from wfopt.api.prepare import Prepared, RunOptions, prepare
from wfopt.api.run import StoppedError, World
from wfopt.api.run import run as run_workflow
from wfopt.cli.console import Console
from wfopt.cli.options import Request, for_listing, options_of
from wfopt.cli.showing import display, print_list, print_plan, print_report, tell, write_graph
from wfopt.cli.signals import Interrupted, Signals
from wfopt.cli.terminal import controlling_terminal
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.local import LocalRunner


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
    if not (request.quiet or request.listing):
        tell(console, prepared.remarks)
    if request.graph is not None:
        write_graph(request.graph, prepared, options.strategy)
    if request.listing:
        print_list(request, prepared.workflow, console)
        return 0
    if request.dry_run:
        print_plan(request, prepared, options, console)
        return 0
    return _run(request, prepared, options, console)


def _run(request: Request, prepared: Prepared, options: RunOptions, console: Console) -> int:
    with Signals() as signals:
        clock = SystemClock()
        world = World(
            runner=LocalRunner(console.environ, clock, signals.wakeup_fd, controlling_terminal()),
            clock=clock,
            interrupts=signals,
            pause=signals.pause,
            tell=lambda diagnostic: tell(console, (diagnostic,)),
            display=lambda logs: display(request, prepared.workflow, console, logs),
        )
        try:
            report = run_workflow(prepared, options, world)
        except StoppedError as error:
            return 128 + error.number
    late = signals.next()
    if late is not None and report.signal is None:
        # It came when the run was already over; from here on a signal ends the program at once.
        raise Interrupted(late)
    print_report(request, report, options.file, console)
    return report.exit_code
