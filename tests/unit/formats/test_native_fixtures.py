"""Workflow files and what comes of them: steps and edges, or messages.

Each `ok/NAME.yml` has a `NAME.out` with its steps, its edges, its hooks and its warnings; each
`err/NAME.yml` one with its messages. What they include stands in folders.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.model_text import workflow_text
from wfopt.errors import LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.formats.reading import read_source
from wfopt.render.diagnostics import render_all
from wfopt.render.paint import Paint

FOLDER = Path(__file__).parents[2] / "fixtures" / "formats"
OK = sorted((FOLDER / "ok").glob("*.yml"))
ERR = sorted((FOLDER / "err").glob("*.yml"))
UNTRACED = {"too_many_edges", "too_many_patterns"}
"""Those that take long, in code that the others cover."""

ENVIRON = {"HOME": "/home/me", "FROM_ENV": "outside", "WFOPT_PARAM_TWIN": "9"}


def outcome(path: Path) -> str:
    """Return what a file gives, as its `.out` file has it."""
    options = LoadOptions(workspace=str(path.parent), environ=ENVIRON)
    try:
        workflow, remarks = load(read_source(str(path), name=path.name), options)
    except LoadError as error:
        return render_all(error.diagnostics, Paint(color=False)) + "\n"
    lines = [workflow_text(workflow)]
    if remarks:
        lines.append(render_all(remarks, Paint(color=False)))
    return "\n".join(lines) + "\n"


def test_there_are_fixtures() -> None:
    assert len(OK) > 15
    assert len(ERR) > 30


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_good_files_give_steps_and_edges(path: Path, expect: Callable[[str, Path], None]) -> None:
    text = outcome(path)
    assert "error[" not in text
    expect(text, path.with_suffix(".out"))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.untraced] if path.stem in UNTRACED else [])
        for path in ERR
    ],
)
def test_bad_files_give_messages(path: Path, expect: Callable[[str, Path], None]) -> None:
    text = outcome(path)
    assert "error[" in text
    expect(text, path.with_suffix(".out"))
