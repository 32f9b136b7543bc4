"""The single error boundary: whatever happens becomes a message and an exit status."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import MutableMapping

from wfopt.cli.app import app
from wfopt.cli.console import Console, console_for
from wfopt.errors import UserError
from wfopt.render.diagnostics import render_all
from wfopt.version import __version__

_OWN = "WFOPT_"


def guarded(environ: MutableMapping[str, str]) -> int:
    """Run the command line; return the exit status."""
    if "WFOPT_RUN_ID" in environ:
        # Inside a step the outer run's settings and params are not meant for this one.
        for name in [name for name in environ if name.startswith(_OWN)]:
            del environ[name]
    console = console_for(environ)
    try:
        app(prog_name="wfopt", standalone_mode=True, obj=console)
    except UserError as error:
        console.log.write(render_all(error.diagnostics, console.paint) + "\n")
        return 2
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except Exception:  # noqa: BLE001 - the boundary: everything else is a fault in wfopt
        return _fault(console)
    return 0


def _fault(console: Console) -> int:
    """Write the traceback to a file and say where it is."""
    text = (
        f"wfopt {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"arguments: {sys.argv[1:]}\n\n{traceback.format_exc()}"
    )
    try:
        handle, path = tempfile.mkstemp(prefix="wfopt-fault-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        console.log.write(f"error: this is a fault in wfopt; what happened is in {path}\n")
    except OSError:
        console.log.write(text)
    return 3
