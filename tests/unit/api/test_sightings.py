"""Traces of the history count if they are complete and of the same script."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.history import past_attempt, story
from wfopt.api.fingerprints import fingerprint_of
from wfopt.api.sightings import sightings_of
from wfopt.dataclass import replace
from wfopt.metrics.store import open_history
from wfopt.model.effects import Effects, Sighting, Traced
from wfopt.model.workflow import Opaque, StepId, Workflow

A = StepId("a")
GRAPH = workflow([step("a"), step("b")])
READS = [Effects(reads=frozenset({name})) for name in "xy"]
TAINTED = Effects(taints=frozenset({"network", "io_uring"}))


def seen(
    folder: Path, graph: Workflow = GRAPH, *effects: Effects, same: bool = True
) -> dict[StepId, Sighting]:
    now, _ = fingerprint_of(GRAPH.steps[0], GRAPH, {}, "/work")
    place = ""
    if effects:
        path = str(folder / "history.db")
        with open_history(path, wall=lambda: 0.0, monotonic=lambda: 0.0, warn=lambda _: None) as writer:
            for number, each in enumerate(effects):
                traced = Traced(step=A, fingerprint=now if same else "other", effects=each)
                one = replace(story(f"r{number}", [past_attempt("a")]), traces=(traced,))
                place = one.run.workflow
                assert writer.write(one)
    return dict(sightings_of(str(folder), place or "wfopt.yml", graph, {}, "/work"))


def test_runs_are_joined(tmp_path: Path) -> None:
    assert seen(tmp_path, GRAPH, *READS) == {
        A: Sighting(runs=2, effects=Effects(reads=frozenset({"x", "y"})))
    }


def test_one_that_is_not_complete_spoils_the_others(tmp_path: Path) -> None:
    found = seen(tmp_path, GRAPH, *READS, TAINTED)[A]
    assert (found.runs, found.why_not) == (0, "was not traced completely: io_uring, network")


def test_another_script_is_another_matter(tmp_path: Path) -> None:
    found = seen(tmp_path, GRAPH, *READS, same=False)[A]
    assert (found.runs, found.why_not) == (0, "has changed since it was traced")
    assert "--trace" in found.hint


def test_what_has_no_fingerprint_is_told(tmp_path: Path) -> None:
    action = replace(step("a"), run=Opaque(what="x", why="an action"))
    found = seen(tmp_path, workflow([action]), *READS)[A]
    assert found.why_not == "cannot be traced: it is not run by wfopt itself"


@pytest.mark.parametrize("content", [None, b"", b"no database" * 100])
def test_without_a_history_nothing_is_known(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "history.db").write_bytes(content)
    assert seen(tmp_path) == {}
