"""What `wfopt stats --import` does: files of past runs in, a line for each out."""

from __future__ import annotations

from wfopt.api.importing import Imported, import_history
from wfopt.cli.console import Console
from wfopt.cli.showing import as_json, tell
from wfopt.cli.stats_options import StatsRequest, target_of
from wfopt.cli.wrong import without_history, wrong
from wfopt.engine.clock import SystemClock
from wfopt.metrics.damage import HistoryError
from wfopt.render.harmless import harmless


def import_files(request: StatsRequest, console: Console) -> int:
    """Add the runs of files to the history, under the workflow that is named, if one is.

    Raises:
        UserError: a file cannot be understood, or the history be used; files before it are in there.
    """
    if request.views or request.gates or request.html:
        raise wrong("`--import` shows nothing", "import first, then ask")
    target = target_of(request.file, request.workspace, request.state_dir)
    named = target.workflow if request.file is not None else None
    clock = SystemClock()
    done = []
    for file in request.imports:
        try:
            done.append(
                import_history(
                    file, target.state_folder, named, clock, lambda diagnostic: tell(console, (diagnostic,))
                )
            )
        except HistoryError as error:
            raise without_history(error) from error
        if request.output != "json":
            console.out.write(f"{_line(done[-1])}\n")
            console.out.flush()
    if request.output == "json":
        console.out.write(as_json({"schema": "wfopt.import/1", "files": [_document(each) for each in done]}))
        console.out.flush()
    return 0


def _line(imported: Imported) -> str:
    file = harmless(imported.file)
    if not imported.runs:
        return f"{file}: no runs in it"
    known = imported.runs - imported.added
    workflows = ", ".join(harmless(each) for each in imported.workflows[:3])
    more = len(imported.workflows) - 3
    workflows += f" and {more} more" if more > 0 else ""
    old = f", {_many(known, 'run')} known already" if known else ""
    return (
        f"{file}: {_many(imported.added, 'new run')} with {_many(imported.steps, 'step attempt')}{old}"
        f" ({imported.origin}, under {workflows})"
    )


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _document(imported: Imported) -> dict[str, object]:
    return {
        "file": imported.file,
        "format": imported.origin or None,
        "runs": imported.runs,
        "added": imported.added,
        "attempts": imported.steps,
        "workflows": list(imported.workflows),
    }
