"""The command that runs again what failed, ready to be pasted."""

from __future__ import annotations

import shlex

from wfopt.cli.options import Request, names_file
from wfopt.engine.report import RunReport
from wfopt.model.outcome import RunStatus
from wfopt.model.workflow import Workflow
from wfopt.render.harmless import harmless

MOST_STEPS = 8
"""With more failed steps than that, everything that was asked for is to run again."""


def rerun_line(request: Request, report: RunReport, file: str) -> str | None:
    """Return the line to print after a run, or None if it did not fail or may not be repeated.

    Args:
        request: what was asked.
        report: what became of it.
        file: the workflow file, whether typed or found.
    """
    if report.status is not RunStatus.FAILED or report.signal is not None:
        return None
    if request.params and _has_secrets(report.workflow):
        # A value on the command line may be one of them.
        return None
    file_typed = bool(request.arguments) and request.arguments[0] == file
    asked = request.arguments[1:] if file_typed else request.arguments
    failed = tuple(step.id for step in report.failed)
    steps = failed if 0 < len(failed) <= MOST_STEPS else asked
    # The first word could be taken for a file.
    named = file_typed or (len(steps) > 0 and names_file(steps[0]))
    words = ["wfopt", "run", *request.typed, *([file] if named else []), *steps]
    return f"run it again: {harmless(shlex.join(words))}"


def _has_secrets(workflow: Workflow) -> bool:
    return bool(workflow.secrets) or any(step.secrets for step in (*workflow.steps, *workflow.hooks))
