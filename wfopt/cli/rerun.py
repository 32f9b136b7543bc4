"""What `wfopt cache verify --rerun` does: a request to options, options to a report, a report to text."""

from __future__ import annotations

from wfopt.api.prepare import prepare
from wfopt.api.rerun import RerunWorld, rerun
from wfopt.api.run import StoppedError
from wfopt.cli.console import Console
from wfopt.cli.options import Request, options_of
from wfopt.cli.showing import as_json, tell
from wfopt.cli.signals import Interrupted, Signals
from wfopt.dataclass import replace
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.asking import Asker
from wfopt.engine.executors.late import LateRunner
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.rerun_report import Rerun
from wfopt.render.rerun import rerun_document, rerun_lines, summary_text


def verify_by_running(request: Request, console: Console) -> int:
    """Run cached steps again and return the exit status.

    Raises:
        UserError: the options or the file are wrong, or the cache cannot be used.
        Interrupted: a signal broke it off.
    """
    options = options_of(request, console)
    # Not only what the file's targets need: whatever is in the cache.
    options = replace(options, steps=options.steps or ("*",))
    prepared = prepare(options)
    tell(console, prepared.remarks)
    as_text = request.output != "json"

    def show(found: Rerun) -> None:
        if as_text:
            console.out.write(rerun_lines(found))
            console.out.flush()

    with Signals() as signals:
        clock = SystemClock()
        world = RerunWorld(
            runner=LateRunner(lambda: LocalRunner(console.environ, clock, signals.wakeup_fd)),
            clock=clock,
            interrupts=signals,
            pause=signals.pause,
            ask=Asker(console.environ, clock),
            show=show,
        )
        try:
            report = rerun(prepared, options, world)
        except StoppedError as error:
            return 128 + error.number
    late = signals.next()
    if late is not None:
        raise Interrupted(late)
    console.out.write(summary_text(report) if as_text else as_json(rerun_document(report), len(report.steps)))
    return report.exit_code
