"""The three standard descriptors, when somebody closed them or nobody reads them any more."""

from __future__ import annotations

import os

STDOUT, STDERR = 1, 2


def fill_standard() -> None:
    """Open descriptors 0 to 2 on the null device where they are closed, as after `>&-`.

    Else the next pipe or file would get such a number, and what is written to stdout would land there.
    """
    for number in (0, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is given: those below are open by now.
            os.open(os.devnull, os.O_RDWR)


def discard_output() -> None:
    """Let everything that is still written to stdout and stderr go nowhere, without waiting for a reader."""
    for number in (STDOUT, STDERR):
        discard(number)


def discard(number: int) -> None:
    """Let everything that is written to a descriptor go nowhere from now on."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)
