"""What ties a step to its place."""

from typing import Any

import pytest

from tests.support.builders import step
from wfopt.model.patterns import PathPattern
from wfopt.model.workflow import Argv, Opaque, StepId
from wfopt.optimizer.freedom import bond_of, reads_anything

CLOSED: dict[str, Any] = {"inputs": (), "outputs": (), "effects": frozenset()}


def test_a_closed_step_is_free() -> None:
    assert bond_of(step("a", **CLOSED), {}) is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"inputs": None}, "does not declare `inputs`"),
        ({"outputs": None, "effects": None}, "does not declare `outputs` and `effects`"),
        (dict.fromkeys(CLOSED), "does not declare `inputs`, `outputs` and `effects`"),
        ({"run": Opaque(what="x", why="an action")}, "is not run by wfopt itself"),
        ({"run": Opaque(what="x", why="an action", stand_in=Argv(()))}, "is an action"),
        ({"effects": frozenset({"network"})}, "has effects: network"),
        ({"interactive": True}, "takes the terminal for itself"),
        ({"rollback": step("undo")}, "has a rollback, which runs in reverse order"),
        ({"keep_on_failure": True}, "keeps its outputs when it fails"),
        ({"outputs": (PathPattern("x", persist=True),)}, "adds to outputs of earlier runs"),
    ],
)
def test_each_condition_ties(fields: dict[str, Any], why: str) -> None:
    bond = bond_of(step("a", **(CLOSED | fields)), {})
    assert bond is not None
    assert bond.why == why


def test_a_file_that_is_not_declared_ties() -> None:
    bond = bond_of(step("a", **CLOSED), {StepId("a"): "src/x"})
    assert bond is not None
    assert bond.why == "names `src/x`, which it does not declare"
    assert reads_anything(step("a", **CLOSED), {StepId("a"): "src/x"})
    assert not reads_anything(step("a", **CLOSED), {})
