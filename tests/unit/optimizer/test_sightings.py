"""What traces free, what they tie, and what a step may leave behind."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.builders import step
from wfopt.model.effects import Effects, Sighting
from wfopt.model.estimates import Knowledge, StepFacts
from wfopt.model.patterns import parse_pattern
from wfopt.model.workflow import Opaque, Step, StepId
from wfopt.optimizer.base import Facts
from wfopt.optimizer.sightings import may_spill, order_bond_of, runs_behind, spill_of

A = StepId("a")
SEEN = {A: Sighting(runs=2)}
CLOSED = step("a", inputs=(), outputs=(), effects=frozenset())
OPEN = step("a")


@pytest.mark.parametrize(
    ("one", "sightings", "why"),
    [
        (OPEN, SEEN, None),
        (OPEN, None, "does not declare `inputs`, `outputs` and `effects`"),
        (OPEN, {}, "was not traced"),
        (OPEN, {A: Sighting(runs=1, why_not="is odd")}, "is odd"),
        (CLOSED, {}, None),
        (CLOSED, None, None),
        (CLOSED, {A: Sighting(why_not="has changed")}, None),
        (step("a", effects=frozenset({"network"})), SEEN, "does not declare `inputs` and `outputs`"),
        (step("a", interactive=True), SEEN, "takes the terminal for itself"),
        (step("a", keep_on_failure=True), SEEN, "keeps its outputs when it fails"),
    ],
)  # fmt: skip
def test_bonds(one: Step, sightings: Mapping[StepId, Sighting] | None, why: str | None) -> None:
    bond = order_bond_of(one, Facts(sightings=sightings))
    assert (None if bond is None else bond.why) == why


def test_what_is_no_command_stays_tied() -> None:
    action = Step(id=A, run=Opaque(what="x", why="an action"))
    assert order_bond_of(action, Facts(sightings=SEEN)) is not None


def test_undeclared_paths_are_known_from_traces() -> None:
    undeclared = {A: "x"}
    assert order_bond_of(CLOSED, Facts(undeclared=undeclared, sightings=SEEN)) is None
    assert order_bond_of(CLOSED, Facts(undeclared=undeclared)) is not None


def test_evidence() -> None:
    assert runs_behind(OPEN, Facts(sightings=SEEN)) == 2
    assert runs_behind(CLOSED, Facts(sightings=SEEN)) is None
    assert runs_behind(OPEN, Facts()) is None


@pytest.mark.parametrize(
    ("outputs", "effects", "hint"),
    [
        ("", Effects(), None),
        ("", Effects(reads=frozenset({"x"})), None),
        ("", Effects(writes=frozenset({"x"})), "`outputs: [x]`"),
        ("x", Effects(writes=frozenset({"x"})), None),
        ("d/*.o", Effects(writes=frozenset({"d/x.o"})), None),
        ("d/", Effects(writes=frozenset({"d/e/x"})), None),
        ("y", Effects(writes=frozenset({"x"})), "`outputs: [x]`"),
        ("", Effects(writes=frozenset({"x"}), passing=frozenset({"x"})), None),
        ("", Effects(writes=frozenset({"/tmp/x"})), "what it writes as `outputs`"),
        ("", Effects(writes=frozenset({"/tmp/x"}), passing=frozenset({"/tmp/x"})), None),
        ("d/x", Effects(writes=frozenset({"d"}), names=frozenset({"d"}), trees=frozenset({"d"})), None),
        ("d/x", Effects(writes=frozenset({"d"})), "`outputs: [d]`"),
        ("", Effects(writes=frozenset("abcde")), "what it writes as `outputs`"),
    ],
)
def test_what_nobody_undoes(outputs: str, effects: Effects, hint: str | None) -> None:
    one = step("a", outputs=tuple(parse_pattern(each) for each in outputs.split()))
    spill = spill_of(one, Facts(sightings={A: Sighting(runs=1, effects=effects)}))
    assert (spill is None) == (hint is None)
    assert spill is None or hint in spill.hint


@pytest.mark.parametrize(
    ("consents", "facts", "may"),
    [
        ({"p"}, StepFacts(attempts=3), True),
        ({"p"}, StepFacts(attempts=3, failures=1), False),
        ({"p"}, StepFacts(), False),
        ({"q"}, StepFacts(attempts=3), False),
    ],
)
def test_who_may_leave_something_behind(consents: set[str], facts: StepFacts, may: bool) -> None:
    known = Facts(consents=frozenset(consents), knowledge=Knowledge(steps={A: facts}))
    assert may_spill([OPEN], known, "p") == may
