"""The single error boundary: whatever happens becomes a message and an exit status."""

from __future__ import annotations

import gc
import sys
from collections.abc import MutableMapping
from contextlib import redirect_stderr, redirect_stdout

from wfopt.cli.console import COMPLETE_VARIABLE, Console, console_for
from wfopt.cli.quick import request_of
from wfopt.cli.signals import Interrupted
from wfopt.errors import UserError

_OWN = "WFOPT_"
_PARENT = "WFOPT_RUN_ID"


def guarded(environ: MutableMapping[str, str]) -> int:
    """Run the command line; return the exit status."""
    held = ""
    if _PARENT in environ:
        held = environ.get("WFOPT_HELD", "")
        # Inside a step the outer run's settings and params are not meant for this one.
        for name in [name for name in environ if name.startswith(_OWN)]:
            del environ[name]
    console = console_for(environ, held)
    with redirect_stdout(console.out), redirect_stderr(console.log):
        try:
            status = _status(console)
        except Interrupted as signaled:
            status = 128 + signaled.number
    console.out.flush()
    trouble = getattr(console.out, "trouble", "")
    if trouble and status == 0:
        status = 1
    if trouble:
        console.log.write(f"error: the result could not be written: {trouble.lower()}\n")
    console.log.flush()
    return status


def _status(console: Console) -> int:
    """Run the command line and return the exit status as if everything could be written.

    Raises:
        Interrupted: a signal broke a run off.
    """
    try:
        return _invoke(console)
    except UserError as error:
        from wfopt.render.diagnostics import render_all

        console.log.write(render_all(error.diagnostics, console.paint) + "\n")
        return 2
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except Exception:  # noqa: BLE001 - the boundary: everything else is a fault in wfopt
        # Whoever completes a word wants no message in the middle of the line.
        if COMPLETE_VARIABLE in console.environ:
            return 1
        from wfopt.cli.faults import report_fault

        report_fault(console, sys.argv[1:])
        return 3


def _invoke(console: Console) -> int:
    words = sys.argv[1:]
    request = None if COMPLETE_VARIABLE in console.environ else request_of(words, console.environ)
    if request is not None:
        from wfopt.cli.run import execute

        return execute(request, console)
    from wfopt.cli.app import app
    from wfopt.cli.completion import answer

    gc.enable()
    answered = answer(words, console)
    if answered is None:
        app(prog_name="wfopt", standalone_mode=True, obj=console)
    return answered or 0
