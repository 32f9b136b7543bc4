"""Effects come back from the history as they were, and what is damaged is an error that is known."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.support.history import FakeHistory, past_attempt, story
from wfopt.dataclass import replace
from wfopt.metrics.effect_encoding import pack_effects, unpack_effects
from wfopt.metrics.store import open_history, read_history
from wfopt.model.effects import Effects, Traced
from wfopt.model.workflow import StepId

EFFECTS = Effects(
    reads=frozenset({"a", "", "odd \udcff\n"}),
    writes=frozenset({"b", "/tmp/x"}),
    names=frozenset({"b"}),
    passing=frozenset({"/tmp/x"}),
    taints=frozenset({"network"}),
)


@pytest.mark.parametrize("effects", [Effects(), EFFECTS])
def test_effects_come_back(effects: Effects) -> None:
    assert unpack_effects(pack_effects(effects)) == effects


@pytest.mark.parametrize("content", [b"", b"x", zlib.compress(b"[]"), zlib.compress(b"[[],[[1]]]")])
def test_damage_is_an_error(content: bytes) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        unpack_effects(content)


def test_the_history_keeps_traces_of_the_newest_runs(tmp_path: Path) -> None:
    path = str(tmp_path / "history.db")
    traced = [Traced(step=StepId("a"), fingerprint=f"f{number}", effects=EFFECTS) for number in range(3)]
    stories = [story(f"r{number}", [past_attempt("a")]) for number in range(4)]
    stories = [replace(one, traces=(each,)) for one, each in zip(stories, traced, strict=False)] + stories[3:]
    with open_history(path, wall=lambda: 0.0, monotonic=lambda: 0.0, warn=lambda _: None) as writer:
        for each in stories:
            assert writer.write(each)
    with read_history(path) as history:
        for known in (history, FakeHistory(stories)):
            workflow = stories[0].run.workflow
            assert known.traces(workflow, 2) == traced[1:] or tuple(known.traces(workflow, 2)) == tuple(
                traced[1:]
            )
            assert not known.traces("other.yml", 2)
            found = known.story("r1")
            assert found is not None
            assert found.traces == (traced[1],)
