"""What `wfopt optimize --to native` does: make a native file, and tell what of it is not converted."""

from __future__ import annotations

import os

from wfopt.api.optimize import Outcome
from wfopt.api.optimize_writing import converted
from wfopt.cli.console import Console
from wfopt.render.harmless import harmless

MOST_LOST = 20
"""So many things that are not converted are told."""


def converted_text(outcome: Outcome, out: str, console: Console) -> str:
    """Return the result as a native file, and tell what of it is not converted.

    Args:
        outcome: what was made.
        out: the file that it goes to; `-` is stdout.
        console: where to tell it.

    Raises:
        UserError: it cannot be converted.
    """
    found = converted(outcome)
    for step, what in found.lost[:MOST_LOST]:
        console.log.write(f"not converted: `{harmless(found.ids.get(step, step))}`: {harmless(what)}\n")
    more = len(found.lost) - MOST_LOST
    if more > 0:
        console.log.write(f"not converted: {more} more things\n")
    workspace = outcome.loading.workspace
    if out != "-" and os.path.dirname(os.path.abspath(out)) != workspace:
        where = harmless(os.path.relpath(workspace))
        console.log.write(f"its paths start at {where}: move it there, or run it with --workspace {where}\n")
    return found.text
