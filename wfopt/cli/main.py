"""The entry of the program: a sound process first, then the cheap answers, then the one boundary."""

from __future__ import annotations

import gc
import os
import sys

from wfopt.cli.descriptors import STDOUT, fill_standard
from wfopt.cli.signals import end_on_signals, ignore_signals
from wfopt.version import __version__


def main() -> None:
    """Run the command line and exit: 0 fine, 1 failed, 2 wrong input, 3 a fault in wfopt."""
    fill_standard()
    end_on_signals()
    sys.exit(_status())


def _status() -> int | str:
    if sys.argv[1:] == ["--version"]:
        return _print_version()
    # Importing makes many objects that all stay; commands that run for long enable it again.
    gc.disable()
    from wfopt.cli.boundary import guarded

    status = guarded(os.environ)  # noqa: TID251 - the one place that reads it
    ignore_signals()
    return status


def _print_version() -> int | str:
    try:
        os.write(STDOUT, f"wfopt {__version__}\n".encode())
    except BrokenPipeError:
        return 0
    except OSError as error:
        return f"error: the version could not be written: {(error.strerror or str(error)).lower()}"
    return 0
