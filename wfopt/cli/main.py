"""The entry of the program: the cheap answers first, then Typer, and the one boundary for errors."""

from __future__ import annotations

import os
import sys

from wfopt.version import __version__


def main() -> None:
    """Run the command line and exit: 0 fine, 1 failed, 2 wrong input, 3 a fault in wfopt."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"wfopt {__version__}\n")
        return
    from wfopt.cli.boundary import guarded

    sys.exit(guarded(os.environ))  # noqa: TID251 - the one place that reads it
