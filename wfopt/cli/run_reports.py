"""Writes the files that `--report`, `--profile` and `--junit` ask for, when a run is over."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from wfopt.cli.console import Console
from wfopt.cli.options import Request
from wfopt.cli.showing import tell
from wfopt.codes import REPORT_NOT_WRITTEN
from wfopt.engine.report import Suggestion
from wfopt.errors import Diagnostic, Severity
from wfopt.model.history import RunStory


def write_reports(
    request: Request,
    story: RunStory,
    state_folder: str,
    console: Console,
    suggestions: Sequence[Suggestion] = (),
) -> None:
    """Write what is asked for; a file that cannot be written is told and changes nothing about the run."""

    def report() -> str:
        return _report(request.report or "", story, state_folder, suggestions)

    def profile() -> str:
        from wfopt.render.profile import profile_text

        return profile_text(story)

    def junit() -> str:
        from wfopt.render.junit import junit_of

        return junit_of(story)

    for option, path, text in (
        ("report", request.report, report),
        ("profile", request.profile, profile),
        ("junit", request.junit, junit),
    ):
        trouble = write_text(path, text) if path else ""
        if trouble:
            message = f"`--{option} {path}` could not be written: {trouble}"
            tell(console, (Diagnostic(code=REPORT_NOT_WRITTEN, message=message, severity=Severity.WARNING),))


def _report(path: str, story: RunStory, state_folder: str, suggestions: Sequence[Suggestion]) -> str:
    """Return the report that the end of a file's name means: a page unless it is `.md` or `.csv`."""
    if path.endswith(".md"):
        from wfopt.render.markdown_report import markdown_of

        return markdown_of(story, suggestions)
    if path.endswith(".csv"):
        from wfopt.render.csv_rows import steps_csv

        return steps_csv(story)
    from wfopt.cli.pages import page_of

    return page_of(story, state_folder)


def write_text(path: str, text: Callable[[], str]) -> str:
    """Write a file whole or not at all; return why that is impossible, or ""."""
    try:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        if os.path.exists(path) and not os.path.isfile(path):
            # A pipe or a device takes the text as it comes.
            with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text())
            return ""
        partial = f"{path}.{os.getpid()}.part"
        try:
            with open(partial, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
                file.write(text())
            os.replace(partial, path)
        finally:
            if os.path.lexists(partial):
                os.unlink(partial)
    except (OSError, ValueError) as error:
        return (getattr(error, "strerror", None) or str(error)).lower()
    return ""
