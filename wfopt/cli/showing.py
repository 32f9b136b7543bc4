"""How a run is shown: the display while it goes on, and its report at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping

from wfopt.cli.console import Console
from wfopt.cli.options import Request
from wfopt.engine.logs import LogSink
from wfopt.engine.report import RunReport
from wfopt.errors import Diagnostic
from wfopt.events import Event, Sink
from wfopt.model.outcome import RunStatus, StepStatus
from wfopt.model.workflow import Workflow
from wfopt.render.closing import closing_line
from wfopt.render.lines import LineDisplay
from wfopt.render.progress import Verbosity

_READABLE_STEPS = 200

TEXT_FORMATS = ("table", "github")
_SCREEN_LINES = 25
_POOR_TERMINALS = frozenset({"", "dumb", "unknown"})


def tell(console: Console, diagnostics: tuple[Diagnostic, ...]) -> None:
    """Show messages on stderr."""
    if diagnostics:
        from wfopt.render.diagnostics import render_all

        console.log.write(render_all(diagnostics, console.paint) + "\n")
        console.log.flush()


def wants_live(request: Request, console: Console) -> bool:
    """Return whether a run is shown live: to a person, on a terminal that can be drawn on."""
    return (
        request.live
        and request.output == "table"
        and not request.quiet
        and console.log.isatty()
        and console.environ.get("TERM", "") not in _POOR_TERMINALS
        and not any(console.environ.get(name) for name in ("CI", "GITHUB_ACTIONS"))
    )


def display(
    request: Request, workflow: Workflow, console: Console, logs: LogSink, live: Sink | None = None
) -> Sink:
    """Return the sink that shows a run while it goes on: `live`, if there is such a display."""
    shown = live or _display(request, workflow, console, logs)
    if request.output != "jsonl":
        return shown
    from wfopt.render.jsonl import EventLog

    stream = EventLog(console.out)

    def both(event: Event) -> None:
        shown(event)
        stream(event)

    return both


def _display(request: Request, workflow: Workflow, console: Console, logs: LogSink) -> Sink:
    verbosity = Verbosity.VERBOSE if request.verbose else Verbosity.NORMAL
    verbosity = Verbosity.QUIET if request.quiet else verbosity
    out = console.out if request.output in TEXT_FORMATS else console.log
    if not _on_github(request, console):
        return LineDisplay(workflow, log=console.log, out=out, paint=console.paint, verbosity=verbosity)
    import secrets
    from pathlib import Path

    from wfopt.render.github import GithubDisplay

    return GithubDisplay(
        workflow,
        log=out,
        log_of=lambda step: Path(path) if (path := logs.path(step)) else None,
        token=secrets.token_hex(16),
        paint=console.paint,
        verbosity=verbosity,
    )


def _on_github(request: Request, console: Console) -> bool:
    return request.output == "github" or console.environ.get("GITHUB_ACTIONS") == "true"


def print_report(request: Request, report: RunReport, file: str, console: Console) -> None:
    """Print what became of a run; `file` is its workflow file."""
    if request.output == "json":
        from wfopt.render.documents import run_document

        console.out.write(as_json(run_document(report), len(report.steps)))
    elif request.output in TEXT_FORMATS and not request.quiet:
        if any(step.status is not StepStatus.CACHED for step in report.steps):
            _print_table(report, console)
            _print_requests(report, console)
        console.out.write(closing_line(report) + "\n")
    console.out.flush()
    if _on_github(request, console):
        _append_summary(report, console)
    if request.output == "table" and not request.quiet and report.status is not RunStatus.SUCCEEDED:
        from wfopt.cli.hints import rerun_line

        line = rerun_line(request, report, file)
        console.log.write(f"{line}\n" if line else "")
    console.log.flush()


def _append_summary(report: RunReport, console: Console) -> None:
    path = console.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from wfopt.render.github_summary import summary_of

    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(summary_of(report))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        console.log.write(f"warning: the summary could not be written: {reason.lower()}\n")


def as_json(document: Mapping[str, object], steps: int = 0) -> str:
    """Return a document as text: indented for readers, unless it is so long that only programs read it."""
    return json.dumps(document, indent=2 if steps <= _READABLE_STEPS else None) + "\n"


def _print_requests(report: RunReport, console: Console) -> None:
    from wfopt.render.requests import request_lines

    for line in request_lines(report):
        console.out.write(f"{line}\n")


def _print_table(report: RunReport, console: Console) -> None:
    from rich.console import Console as RichConsole

    from wfopt.render.run_table import run_table

    rich = RichConsole(
        file=console.out,
        width=console.width,
        # Given, so that Rich does not read it from the environment, where anything may stand.
        height=_SCREEN_LINES,
        force_terminal=console.color_out,
        no_color=not console.color_out,
        highlight=False,
        legacy_windows=False,
    )
    rich.print(run_table(report))
