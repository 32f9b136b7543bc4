"""Files that other programs wrote and the runs that are made of them, or messages.

Each file in `ok` has a `.out` with its runs and their attempts, each in `err` one with its messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wfopt.errors import UserError
from wfopt.formats.history.reading import parse_history, read_history
from wfopt.model.history import PastAttempt, RunStory
from wfopt.render.diagnostics import render_all
from wfopt.render.paint import Paint

FOLDER = Path(__file__).parents[3] / "fixtures" / "imports"
OK = sorted(path for path in (FOLDER / "ok").iterdir() if path.suffix != ".out")
ERR = sorted(path for path in (FOLDER / "err").iterdir() if path.suffix != ".out")


def lines_of(story: RunStory) -> Iterator[str]:
    run = story.run
    memory = "" if run.host.memory_bytes is None else f" with {run.host.memory_bytes} bytes"
    yield f"{run.run_id}: {run.workflow} of {run.origin} {run.ending.value}"
    yield f"  on {run.host.name}, {run.host.cpus} cpus{memory}, {run.slots} slots"
    yield f"  started at {run.started_at:.2f}, {run.wall_s:g} s, {run.cpu_s:g} s of cpu"
    yield f"  critical path {run.critical_path_s:g} s, lower bound {run.lower_bound_s:g} s"
    if run.revision.commit:
        yield f"  commit {run.revision.commit} of {run.revision.branch}"
    for place, step in enumerate(story.shape.steps):
        before = [story.shape.steps[first] for first, then in story.shape.edges if then == place]
        yield f"  {step}{' after ' if before else ''}{', '.join(before)}"
    for attempt in story.attempts:
        yield f"  - {attempt_text(attempt)}"


def attempt_text(attempt: PastAttempt) -> str:
    words = [attempt.step, str(attempt.attempt), attempt.status.value]
    if attempt.started_s is not None:
        words.append(f"{attempt.started_s:g} + {attempt.wall_s:g} s")
    facts = {
        "cpu_s": attempt.cpu_s,
        "peak": attempt.peak_memory_bytes,
        "input": attempt.input_bytes,
        "read": attempt.read_bytes or None,
        "written": attempt.written_bytes or None,
        "cpus": attempt.cpu_milli / 1000,
    }
    words += [f"{name}={value:g}" for name, value in facts.items() if value is not None]
    return " ".join([*words, *(["critical"] if attempt.critical else []), f"({attempt.reason})"])


def outcome(path: Path) -> str:
    try:
        stories = read_history(str(path), name=path.name)
    except UserError as error:
        return render_all(error.diagnostics, Paint(color=False)) + "\n"
    return "\n".join(line for story in stories for line in lines_of(story)) + "\n"


def test_there_are_fixtures() -> None:
    assert len(OK) >= 10
    assert len(ERR) >= 20


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_good_files_give_runs(path: Path, expect: Callable[[str, Path], None]) -> None:
    text = outcome(path)
    assert "error[" not in text
    expect(text, path.with_suffix(".out"))


@pytest.mark.parametrize("path", ERR, ids=lambda path: path.stem)
def test_bad_files_give_messages(path: Path, expect: Callable[[str, Path], None]) -> None:
    text = outcome(path)
    assert "error[" in text
    expect(text, path.with_suffix(".out"))


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_runs_have_the_same_id_and_content_whenever_they_are_imported(path: Path) -> None:
    first = parse_history(path.read_bytes(), path.name)
    again = parse_history(path.read_bytes(), f"elsewhere/{path.name}")
    assert [each.run.run_id for each in first] == [each.run.run_id for each in again]
    assert [each.run.content for each in first] == [each.run.content for each in again]
    assert len({each.run.run_id for each in first}) == len(first)


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_stories_keep_what_their_classes_promise(path: Path) -> None:
    for story in read_history(str(path)):
        told = [each.step for each in story.attempts]
        assert sorted(told) == sorted(story.shape.steps)
        assert len(set(told)) == len(told)
        for each in story.attempts:
            assert (each.started_s is None) == (each.wall_s is None) == (each.attempt == 0)
        places = range(len(story.shape.steps))
        assert all(first in places and then in places for first, then in story.shape.edges)
