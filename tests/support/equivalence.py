"""Whether an optimized workflow leaves what the original one could have left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random

from tests.support.memory_files import ORDERS, Ended, MemoryRun, Move
from tests.support.random_workflows import Case
from wfopt.dataclass import replace
from wfopt.engine.plan import Plan
from wfopt.formats.native.loader import load
from wfopt.formats.native.rewriting import NotWritableError, rewritten
from wfopt.model.patterns import selects
from wfopt.model.workflow import StepId, Workflow
from wfopt.optimizer.base import Facts, Pass
from wfopt.optimizer.pipeline import Optimized, optimize
from wfopt.optimizer.registry import PASSES
from wfopt.source import SourceFile

NOTHING_KNOWN = Facts()

_RAN = {"skipped": "not run", "cancelled": "not run"}
"""Which of the two a step is after a failure depends on what ran just then, in the original as well."""


def optimized_of(case: Case, passes: Sequence[Pass] = PASSES, facts: Facts = NOTHING_KNOWN) -> Optimized:
    """Return what passes make of the workflow of a case."""
    return optimize(case.workflow, passes, facts, lambda: 0.0)


def reloaded(case: Case, made: Optimized) -> Workflow | None:
    """Return the optimized workflow as it is read from its text; None if it cannot be written."""
    try:
        text = rewritten(case.source, case.workflow, made.after, case.options)
    except NotWritableError:
        return None
    return load(SourceFile("wfopt.yml", text), case.options)[0]


def differences(case: Case, made: Optimized, after: Workflow, rnd: Random) -> Iterator[str]:
    """Yield what one run of the optimized workflow left that no run of the original one could leave.

    The original is played through with what came of the steps of the other run: those that ended well first,
    then those that failed. So it may be any workflow, also one whose runs can end in several ways. There all
    steps wait for their turn, whatever it says of steps that start right after others. Left out are steps
    that were removed, and files that were there before in place of outputs that were undone.
    """
    keep_going = rnd.random() < 0.5
    order = rnd.choice(ORDERS)(rnd, rnd.choice([1, 2, 3, 9]))
    hears = rnd.random() < 0.5
    ran = MemoryRun(after, case.scripts, dict(case.files), keep_going, hears=hears).run(order)
    wanted = _expected(case.workflow, made, ran)
    removed = frozenset(step for step, status in wanted.items() if status == "removed")
    meant = MemoryRun(_in_turn(case.workflow), case.scripts, dict(case.files), keep_going, tame=removed)
    original = meant.run(_Replay(case.workflow, wanted, made, ran))
    way = f"{order.__qualname__.partition('.')[0]}{' -k' * keep_going}"
    for step, status in original.statuses.items():
        told = wanted[step]
        if (
            told != "removed"
            and step not in made.stands_for
            and _RAN.get(told, told) != _RAN.get(status, status)
        ):
            yield f"{way}: `{step}` is {told} instead of {status}"
    steps = case.workflow.steps
    undone = [step for step in steps if step.id in ran.undone]
    dead = [step for step in steps if step.id in removed]
    for path in sorted(original.files.keys() | ran.files.keys()):
        left, meant_to = ran.files.get(path), original.files.get(path)
        is_undone = any(selects(step.outputs or (), path) for step in undone)
        is_dead = any(selects(step.outputs or (), path) for step in dead)
        if left != meant_to and not is_dead and not (is_undone and (left is None or path in case.files)):
            yield f"{way}: `{path}` is {left} instead of {meant_to}"


def _in_turn(workflow: Workflow) -> Workflow:
    return replace(workflow, steps=tuple(replace(step, right_after=None) for step in workflow.steps))


def _expected(workflow: Workflow, made: Optimized, ran: Ended) -> Mapping[StepId, str]:
    found = {}
    for step in workflow.steps:
        now: StepId | None = step.id
        while now is not None and now not in ran.statuses:
            now = made.stands_for[now]
        found[step.id] = "removed" if now is None else ran.statuses[now]
    return found


class _Replay:
    """Chooses so that a run comes to the same end as another one, if it can."""

    def __init__(self, workflow: Workflow, wanted: Mapping[StepId, str], made: Optimized, ran: Ended) -> None:
        self._wanted = [wanted[step.id] for step in workflow.steps]
        self._allowed = [bool(step.allow_failure) for step in workflow.steps]
        self._turns = [ran.order.index(step.id) if step.id in ran.order else 0 for step in workflow.steps]
        self._merged = [made.stands_for.get(step.id) is not None for step in workflow.steps]

    def __call__(self, _: Plan, moves: Sequence[Move]) -> Move | None:
        ranked = [(rank, move) for move in moves if (rank := self._rank(move)) is not None]
        return min(ranked)[1] if ranked else None

    def _rank(self, move: Move) -> tuple[int, int] | None:
        """Return when a move has its turn; None if never."""
        kind, node = move
        status = self._wanted[node]
        if status in ("succeeded", "removed") or (status == "failed" and self._allowed[node]):
            return (0, 0) if kind == "go" else (1, 0)
        if status == "failed":
            return (2, 0) if kind == "start" else (3, self._turns[node])
        # Who does its work may be skipped for a reason of its own.
        return (4, 0) if self._merged[node] else None
