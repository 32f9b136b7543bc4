"""Files of other formats and what comes of them: steps, edges and jobs, or messages.

Each folder of `tests/fixtures/importers` is named like a format. Each file in it that has a `FILE.out` beside
it is read with the format's own reader, whatever its name; the other files are what it includes. A file named
`bad-*` is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.model_text import workflow_text
from tests.support.pipeline_text import pipeline_text
from wfopt.errors import LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.outside import Outside
from wfopt.formats.reading import read_source
from wfopt.formats.registry import read_any
from wfopt.render.diagnostics import render_all
from wfopt.render.paint import Paint

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers"
FILES = sorted(path.with_suffix("") for path in FOLDER.rglob("*.out"))
ENVIRON = {"HOME": "/home/me", "FROM_ENV": "outside"}


def outcome(path: Path) -> str:
    """Return what a file gives, as its `.out` file has it."""
    folder = FOLDER / path.relative_to(FOLDER).parts[0]
    options = LoadOptions(
        workspace=str(path.parent), path=str(path), environ=ENVIRON, outside=Outside(ENVIRON)
    )
    try:
        found = read_any(read_source(str(path), name=path.name), options, folder.name)
    except LoadError as error:
        return render_all(error.diagnostics, Paint(color=False)) + "\n"
    lines = [workflow_text(found.workflow), f"{found.runnable} of {len(found.workflow.steps)} runnable"]
    lines += [f"{step} took {seconds:g}" for step, seconds in found.durations.items()]
    if found.pipeline is not None:
        lines.append(pipeline_text(found.pipeline))
    if found.remarks:
        lines.append(render_all(found.remarks, Paint(color=False)))
    return "\n".join(lines) + "\n"


def test_there_are_fixtures() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_files_give_steps_and_jobs(path: Path, expect: Callable[[str, Path], None]) -> None:
    text = outcome(path)
    assert ("error[" in text) == path.name.startswith("bad-")
    expect(text, path.with_name(path.name + ".out"))
