"""What `wfopt stats` does: read the history, print what it tells, and say which gates tripped."""

from __future__ import annotations

import gc
import os

from wfopt.api.stats import StatsOptions, ViewKind, stats
from wfopt.api.stats_gates import gate_messages
from wfopt.api.stats_health import Surroundings, unreadable_health
from wfopt.api.stats_whole import Place
from wfopt.cli.console import Console
from wfopt.cli.showing import as_json, tell
from wfopt.cli.stats_options import StatsRequest, Target, stats_options, target_of
from wfopt.cli.wrong import without_history, wrong
from wfopt.engine.clock import SystemClock
from wfopt.errors import UserError
from wfopt.metrics.base import History
from wfopt.metrics.damage import HistoryError
from wfopt.metrics.store import read_history
from wfopt.metrics.views import Stats
from wfopt.model.history import Scope
from wfopt.model.workflow import StepId
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint
from wfopt.render.stats_sheet import Sheet, sheet_text
from wfopt.source import Span, closest_match

DATABASE = "history.db"

_PLAIN_WIDTH = 80


def show_stats(request: StatsRequest, console: Console) -> int:
    """Print what is asked of the history; return 1 if a gate tripped, else 0.

    Raises:
        UserError: an option cannot be used, or the history cannot be read.
    """
    target = target_of(request.file, request.workspace, request.state_dir)
    clock = SystemClock()
    now = clock.wall()
    options = stats_options(request, target, now)
    around = Surroundings(
        workspace=target.workspace,
        state_folder=target.state_folder,
        cache_folder=os.path.join(target.state_folder, "cache"),
        wall=clock.wall,
    )
    # Of many thousands of runs nothing goes before the end: looking for garbage costs a tenth of the time.
    gc.disable()
    try:
        found = _read(options, target, around, now)
        if request.html is not None:
            _write_page(request.html, options.scope, target, console)
    except HistoryError as error:
        if options.kind is ViewKind.HEALTH and request.output == "table":
            from wfopt.render.stats import health_sheet

            _print_text(health_sheet(unreadable_health(around, error)), console)
        raise without_history(error) from error
    finally:
        gc.freeze()
        gc.enable()
    if request.html is None:
        _print(found, options, request.output, console)
    return _tell_gates(found, request, target, console)


def _write_page(path: str, scope: Scope, target: Target, console: Console) -> None:
    """Write the page of the newest run in a scope and of the runs before it.

    Raises:
        UserError: it cannot be written.
    """
    from wfopt.cli.pages import newest_page
    from wfopt.cli.run_reports import write_text

    with read_history(os.path.join(target.state_folder, DATABASE)) as history:
        page = newest_page(history, scope)
    trouble = write_text(path, lambda: page)
    if trouble:
        raise wrong(f"`--html {path}` could not be written: {trouble}")
    console.log.write(f"wrote {harmless(path)}\n")
    console.log.flush()


def _read(options: StatsOptions, target: Target, around: Surroundings, now: float) -> Stats:
    database = os.path.join(target.state_folder, DATABASE)
    with read_history(database) as history:
        _check_file(history, target)
        place = Place(around=around, database=database, remembered=history.count(Scope()))
        return stats(history, options, place, now)


def _check_file(history: History, target: Target) -> None:
    """Refuse a file that neither exists nor has runs.

    Raises:
        UserError: it is such a file.
    """
    if target.file is None or os.path.exists(target.file):
        return
    known = history.workflows()
    if target.workflow not in known:
        near = closest_match(target.workflow or "", known)
        hints = [f"did you mean `{near}`?"] if near else []
        raise wrong(f"`{target.file}` does not exist, and no run of it is remembered", *hints)


def _print(found: Stats, options: StatsOptions, output: str, console: Console) -> None:
    from wfopt.render.stats import stats_csv, stats_sheet

    part = options.kind.value if options.kind in (ViewKind.OPTIMIZATION, ViewKind.HEALTH) else "overview"
    if output == "json":
        from wfopt.render.stats_document import stats_document

        console.out.write(
            as_json(stats_document(found), len(found.whole.overview.steps) if found.whole else 0)
        )
    elif output == "csv":
        console.out.write(stats_csv(found, part))
    elif output == "markdown":
        from wfopt.render.stats_markdown import sheet_markdown

        console.out.write(sheet_markdown(stats_sheet(found, part)))
    else:
        _print_text(stats_sheet(found, part), console)
    console.out.flush()


def _print_text(sheet: Sheet, console: Console) -> None:
    is_fitted = console.out.isatty() or bool(console.environ.get("COLUMNS"))
    width = console.width if is_fitted else _PLAIN_WIDTH
    console.out.write(sheet_text(sheet, Paint(color=console.color_out), width, cut=is_fitted))


def _tell_gates(found: Stats, request: StatsRequest, target: Target, console: Console) -> int:
    if not found.tripped:
        return 0
    places = _Places(request, target, console)
    messages = tuple(gate_messages(found.tripped, host=found.gate_host, file=target.file, place_of=places.of))
    tell(console, messages)
    if console.environ.get("GITHUB_ACTIONS") == "true":
        from wfopt.render.github import annotate

        console.log.write("".join(f"{annotate(each)}\n" for each in messages))
    return 1


class _Places:
    """Where the steps of the workflow file are declared; it is loaded when the first is asked for."""

    def __init__(self, request: StatsRequest, target: Target, console: Console) -> None:
        self._request = request
        self._target = target
        self._console = console
        self._spans: dict[StepId, Span | None] | None = None

    def of(self, step: StepId) -> Span | None:
        """Return where a step is declared; None if the file has it no more, or cannot be loaded."""
        if self._spans is None:
            self._spans = self._load()
        return self._spans.get(step)

    def _load(self) -> dict[StepId, Span | None]:
        from wfopt.api.loading import load_workflow
        from wfopt.cli.options import Request, for_listing, options_of

        if self._target.file is None:
            return {}
        request = Request(
            arguments=(self._target.file,),
            workspace=self._request.workspace,
            state_dir=self._request.state_dir,
        )
        try:
            workflow = load_workflow(for_listing(options_of(request, self._console))).workflow
        except UserError:
            return {}
        return {step.id: step.span for step in workflow.steps}
