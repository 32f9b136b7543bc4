"""What `wfopt optimize` does: work out the rewrite, print it, and write it where asked."""

from __future__ import annotations

import gc
import os
import time

from wfopt.analyzer.selecting import Least
from wfopt.api.optimize import OptimizeOptions, Outcome, optimize_file
from wfopt.api.optimize_writing import ChangedError, backed_up, note_rewrite
from wfopt.api.run import StoppedError
from wfopt.cli.console import Console
from wfopt.cli.optimize_converting import converted_text
from wfopt.cli.optimize_options import (
    NATIVE,
    OptimizeRequest,
    least_of,
    optimize_options,
    verify_options,
)
from wfopt.cli.run_reports import write_text
from wfopt.cli.showing import as_json, tell
from wfopt.cli.wrong import wrong
from wfopt.dataclass import replace
from wfopt.optimizer.registry import PASSES, pass_like, pass_named
from wfopt.optimizer.report import OptimizeReport
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint, Style

STDOUT = "-"
"""As the name of a file, the standard output."""

_PLAIN_WIDTH = 100
_ROUNDED = 1e-9


def print_pass(name: str, console: Console) -> None:
    """Print what a pass does.

    Raises:
        UserError: there is no such pass.
    """
    from wfopt.render.analysis.explaining import dedented

    found = pass_named(name)
    if found is None:
        near = pass_like(name)
        raise wrong(
            f"there is no pass `{name}`", f"did you mean `{near}`?" if near else "see `--list-passes`"
        )
    paint = Paint(color=console.color_out)
    console.out.write(paint(f"{found.name} (level {found.level.value})", Style.BOLD) + "\n\n")
    console.out.write(dedented(type(found).__doc__ or "").rstrip() + "\n")


def print_passes(console: Console) -> None:
    """Print a line for each pass."""
    width = max(len(each.name) for each in PASSES)
    for each in PASSES:
        console.out.write(f"{each.name:<{width}}  {each.level.value:<8}  {each.summary}\n")


def execute(request: OptimizeRequest, console: Console) -> int:
    """Work out what is asked for, print and write it; return the exit status.

    Raises:
        UserError: an option or the file is wrong, or a file cannot be written.
    """
    options, least = optimize_options(request, console), least_of(request)
    gc.disable()
    outcome = optimize_file(options, time.perf_counter)
    gc.freeze()
    gc.enable()
    report = outcome.report
    if not request.quiet:
        tell(console, report.remarks)
    if request.verify:
        outcome, status = _verified(outcome, options, request, console)
        if status:
            return status
        report = outcome.report
    if request.to == NATIVE:
        text = converted_text(outcome, request.out or "-", console)
        _print(report, report.source.text, request, console)
    else:
        text = _text(outcome, request)
        _print(report, text, request, console)
    differs = report.verified is not None and not report.verified.equal
    if differs and (request.write or request.out is not None):
        console.log.write("the two versions differ: nothing was written\n")
    elif request.write:
        _write(report, text, console)
    elif request.out is not None:
        _write_out(request.out, text, console)
    if not differs and (request.write or request.out is not None):
        note_rewrite(outcome, options, time.time())  # noqa: TID251 - what is noted is when it was written
    if differs:
        return 1
    return int(request.check and report.is_changed and _is_reached(least, report, console))


def _verified(
    outcome: Outcome, options: OptimizeOptions, request: OptimizeRequest, console: Console
) -> tuple[Outcome, int]:
    """Run both versions; return the outcome with what came of it, and the exit status of a signal, or 0."""
    from wfopt.api.verify import verify
    from wfopt.cli.trying import TrialWorlds

    with TrialWorlds(console) as worlds:
        try:
            found = verify(outcome, options, verify_options(request, console), worlds.make)
        except StoppedError as error:
            return outcome, 128 + error.number
    return replace(outcome, report=replace(outcome.report, verified=found)), 0


def _is_reached(least: Least | None, report: OptimizeReport, console: Console) -> bool:
    """Return whether the saving is as large as asked for; seconds are not known without durations."""
    if least is None:
        return True
    if least.seconds is None:
        return report.share >= (least.share or 0.0) - _ROUNDED
    if not report.timed:
        console.log.write(
            "how many seconds are saved is not known: run it first, or ask for a share of them\n"
        )
        return False
    return report.saving >= least.seconds - _ROUNDED


def _text(outcome: Outcome, request: OptimizeRequest) -> str:
    """Return the new text.

    Raises:
        UserError: the format cannot be written.
    """
    report = outcome.report
    if report.text is not None:
        return report.text
    if request.write or request.out is not None:
        raise wrong(
            f"`{report.file}` is in the format `{report.format}`, which `optimize` does not write",
            "`--to native` makes a native file of it; `wfopt analyze --diff` shows edits of the file itself",
        )
    return report.source.text


def _print(report: OptimizeReport, text: str, request: OptimizeRequest, console: Console) -> None:
    if request.output == "json":
        from wfopt.render.optimization.document import optimize_document

        console.out.write(as_json(optimize_document(report), report.before.steps))
        return
    is_terminal = console.out.isatty()
    diff = is_terminal if request.diff is None else request.diff
    if not request.quiet or request.explain:
        from wfopt.render.optimization.text import optimization_text

        # A diff or a file that was asked for is the result: it must stand alone where a program reads it.
        alone = request.diff or request.out == STDOUT
        fitted = is_terminal or bool(console.environ.get("COLUMNS"))
        told = optimization_text(
            report,
            console.paint if alone else Paint(color=console.color_out),
            console.width if fitted else _PLAIN_WIDTH,
            cut=fitted,
            verbose=request.verbose or request.explain,
        )
        (console.log if alone else console.out).write(told)
    if diff and request.out != STDOUT and text != report.source.text:
        from wfopt.render.analysis.diff import diff_text

        shown = diff_text(report.file, report.source.text, text)
        if is_terminal:
            shown = "\n" + "".join(f"{harmless(line)}\n" for line in shown.split("\n")[:-1])
        console.out.write(shown)
    console.out.flush()


def _write(report: OptimizeReport, text: str, console: Console) -> None:
    """Write the new text over the file, if that is still as it was read.

    Raises:
        UserError: it has changed, or cannot be written.
    """
    if text == report.source.text:
        console.log.write(f"{harmless(report.file)} stays as it is\n")
        return
    try:
        copy = backed_up(report.path, report.source.text, text)
    except ChangedError as error:
        raise wrong(f"`{report.file}` has changed meanwhile: nothing was written", "run it again") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise wrong(f"`{report.file}` could not be written: {reason}") from error
    console.log.write(f"wrote {harmless(report.file)}; as it was, it is {harmless(os.path.relpath(copy))}\n")


def _write_out(path: str, text: str, console: Console) -> None:
    if path == STDOUT:
        console.out.write(text)
        return
    if os.path.isfile(path):
        raise wrong(f"`-o {path}`: the file exists", "name another one, or remove it")
    trouble = write_text(path, lambda: text)
    if trouble:
        raise wrong(f"`-o {path}` could not be written: {trouble}")
    console.log.write(f"wrote {harmless(path)}\n")
