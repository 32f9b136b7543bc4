"""What perfect traces would tell of the steps of made-up workflows."""

from __future__ import annotations

from random import Random

from tests.support.random_workflows import Case, Op, ops_of
from wfopt.model.effects import Effects, Sighting
from wfopt.model.patterns import contains
from wfopt.model.workflow import StepId


def sightings_of(case: Case, rnd: Random, share: float = 0.9) -> dict[StepId, Sighting]:
    """Return what was seen of the steps of a case; some were not traced."""
    ops = {step.id: ops_of(step, case.scripts) for step in case.workflow.steps}
    folders = {"", *(op.path.rpartition("/")[0] for each in ops.values() for op in each)}
    return {
        step: Sighting(runs=1, effects=effects_of(each, folders))
        for step, each in ops.items()
        if rnd.random() < share
    }


def effects_of(ops: list[Op], folders: set[str]) -> Effects:
    """Return what is seen of a script; what it reads may or may not be there.

    Args:
        ops: what the script does.
        folders: all that there may be.
    """
    looked = {op.path for op in ops if op.kind in ("read", "append", "delete")}
    written = {op.path for op in ops if op.kind in ("write", "append", "delete")}
    lists = {op.path for op in ops if op.kind in ("list", "names")}
    lists |= {folder for op in ops if op.kind == "list" for folder in folders if contains(op.path, folder)}
    return Effects(
        reads=frozenset(looked),
        absent=frozenset(looked | written),
        lists=frozenset(lists),
        writes=frozenset(written),
        names=frozenset(written),
    )
