"""What is said of a fault in wfopt itself."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from collections.abc import Sequence

from wfopt.cli.console import Console
from wfopt.version import __version__


def report_fault(console: Console, words: Sequence[str]) -> None:
    """Write the traceback of the exception that is being handled to a file and say where it is.

    Args:
        console: where to say it.
        words: the arguments of the program.
    """
    # The value of a param may be a secret.
    arguments = [word.partition("=")[0] + "=..." if "=" in word else word for word in words]
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
