"""The single error boundary: whatever happens becomes a message and an exit status."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import MutableMapping
from contextlib import redirect_stderr, redirect_stdout

from wfopt.cli.app import app
from wfopt.cli.completion import COMPLETE_VARIABLE, answer
from wfopt.cli.console import Console, console_for
from wfopt.cli.signals import Interrupted
from wfopt.errors import UserError
from wfopt.version import __version__

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
        answered = answer(sys.argv[1:], console)
        if answered is None:
            app(prog_name="wfopt", standalone_mode=True, obj=console)
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
        return 1 if COMPLETE_VARIABLE in console.environ else _fault(console)
    return answered or 0


def _fault(console: Console) -> int:
    """Write the traceback to a file and say where it is."""
    # The value of a param may be a secret.
    arguments = [word.partition("=")[0] + "=..." if "=" in word else word for word in sys.argv[1:]]
    text = (
        f"wfopt {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"arguments: {arguments}\n\n{traceback.format_exc()}"
    )
    try:
        handle, path = tempfile.mkstemp(prefix="wfopt-fault-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        console.log.write(f"error: this is a fault in wfopt; what happened is in {path}\n")
    except OSError:
        console.log.write(text)
    return 3
