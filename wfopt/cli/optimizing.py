"""`wfopt run --optimize`: the workflow is optimized before the run, and a line says so."""

from __future__ import annotations

import time

from wfopt.api.optimize_kept import Kept
from wfopt.api.optimize_run import RunRewrite, note_run_rewrite, optimize_prepared
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.cli.console import Console
from wfopt.cli.options import Request
from wfopt.cli.showing import tell
from wfopt.codes import NOT_OPTIMIZED
from wfopt.dataclass import replace
from wfopt.errors import Diagnostic, Severity, UserError
from wfopt.model.quantities import format_duration
from wfopt.optimizer.base import Level
from wfopt.render.harmless import harmless
from wfopt.render.words import counted


def optimized(
    request: Request, prepared: Prepared, options: RunOptions, console: Console
) -> tuple[Prepared, RunOptions, RunRewrite | None]:
    """Return what is to be run instead, with its options and what was done; on any trouble what there was.

    Args:
        request: what was asked.
        prepared: the workflow.
        options: those of the run.
        console: where it is told.
    """
    if not prepared.is_native:
        _refuse(console, "only the native format is optimized for a run")
        return prepared, options, None
    try:
        rewrite = optimize_prepared(prepared, options, Level(request.optimized), time.perf_counter)
    except UserError as error:
        _refuse(console, error.diagnostics[0].message)
        return prepared, options, None
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a pass, the original can be run
        _refuse(console, f"a fault in wfopt: {str(error) or type(error).__name__}")
        return prepared, options, None
    if not request.quiet:
        _print(rewrite.kept, console, verbose=request.verbose)
    if rewrite.kept.is_changed:
        options = replace(options, optimized=request.optimized)
    return rewrite.prepared, options, rewrite


def note(rewrite: RunRewrite, original: Prepared, options: RunOptions) -> None:
    """Note in the history that a run was of an optimized workflow, the first time."""
    if rewrite.is_fresh:
        note_run_rewrite(rewrite, original, options, time.time())  # noqa: TID251 - when it was run


def _refuse(console: Console, cause: str) -> None:
    message = "the workflow is run as it is, not optimized"
    tell(
        console,
        (Diagnostic(code=NOT_OPTIMIZED, message=message, severity=Severity.NOTE, causes=(cause,)),),
    )


def _print(kept: Kept, console: Console, *, verbose: bool) -> None:
    console.log.write(f"optimized: {told_of(kept)}\n")
    if verbose:
        for change in kept.changes:
            console.log.write(f"  {harmless(change)}\n")
    console.log.flush()


def told_of(kept: Kept) -> str:
    """Return what is said of an optimization before the run."""
    if not kept.is_changed:
        return "nothing to change"
    passes = ", ".join(kept.passes)
    if kept.saving <= 0:
        return f"{counted(kept.steps, 'step')}, no less makespan expected ({passes})"
    amount = f"{format_duration(kept.saving)}, " if kept.timed else ""
    return (
        f"{counted(kept.steps, 'step')}, {amount}{kept.share * 100:.0f} % less makespan expected ({passes})"
    )
