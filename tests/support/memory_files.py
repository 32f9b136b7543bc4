"""Runs workflows over files in memory, one operation at a time, in whatever order somebody chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

from tests.support.random_workflows import Op, ops_of
from wfopt.engine.following import candidates
from wfopt.engine.plan import Changes, Plan
from wfopt.model.outcome import StepStatus
from wfopt.model.patterns import matches, selects
from wfopt.model.workflow import Step, StepId, Workflow

Move = tuple[str, int]
"""`start` a step or let it `go` on, and its node."""

Chooser = Callable[[Plan, Sequence[Move]], Move | None]
"""Says what happens next; None if nothing of it ever does."""

_MADE_UP = frozenset[StepId]()


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run left: how steps ended, the files, what was undone, and in which order steps ended."""

    statuses: dict[StepId, str]
    files: dict[str, str]
    undone: frozenset[StepId]
    order: tuple[StepId, ...]


@dataclass(slots=True)
class _Running:
    """A script that runs: what is left to do, what it has seen, and what its globs matched before."""

    left: list[Op]
    seen: str
    known: dict[str, str]
    failed: bool = False


@dataclass(slots=True)
class MemoryRun:
    """A run of a workflow over files in memory.

    Attributes:
        workflow: what is run.
        scripts: what its scripts do.
        files: their contents by path.
        keep_going: whether what does not depend on a failed step still runs.
        tame: the steps that never fail.
        hears: whether what starts steps right after others hears in time that the run is to stop.
    """

    workflow: Workflow
    scripts: Mapping[str, tuple[Op, ...]]
    files: dict[str, str]
    keep_going: bool
    tame: frozenset[StepId] = _MADE_UP
    hears: bool = True
    _running: dict[int, _Running] = field(default_factory=dict)
    _known: dict[int, dict[str, str]] = field(default_factory=dict)
    _ready: list[int] = field(default_factory=list)
    _ended: list[StepId] = field(default_factory=list)
    _candidates: dict[int, int] = field(default_factory=dict)
    # By the node that they follow.
    _lined_up: dict[int, int] = field(default_factory=dict)

    def run(self, choose: Chooser) -> Ended:
        """Run it to its end, or until the chooser wants nothing more."""
        plan = Plan(self.workflow, keep_going=self.keep_going)
        self._candidates = candidates(plan)
        self._take(plan.begin())
        while True:
            self._ready = [node for node in self._ready if plan.states[node].value == "ready"]
            moves = [("start", node) for node in self._ready] + [("go", node) for node in self._running]
            move = choose(plan, moves) if moves else None
            if move is None:
                break
            if move[0] == "start":
                self._start(plan, move[1])
            else:
                self._go(plan, move[1])
        undone = [node for node, _ in plan.undo()]
        for node in undone:
            self._set_aside(self.workflow.steps[node], self._known.get(node, {}))
        steps = self.workflow.steps
        statuses = {
            step.id: "left" if status is None else status.value
            for step, status in zip(steps, plan.statuses, strict=True)
        }
        return Ended(statuses, self.files, frozenset(steps[node].id for node in undone), tuple(self._ended))

    def _take(self, changes: Changes) -> None:
        self._ready += changes.ready

    def _start(self, plan: Plan, node: int) -> None:
        plan.start(node)
        self._ready.remove(node)
        step = self.workflow.steps[node]
        known: dict[str, str] = {}
        outputs = step.outputs or ()
        for output in outputs:
            found = [path for path in self.files if matches(output, path)]
            if output.is_glob:
                known |= {path: self.files[path] for path in found}
            else:
                for path in found:
                    del self.files[path]
        self._begin(node, known)
        self._line_up(plan, node)

    def _begin(self, node: int, known: dict[str, str]) -> None:
        step = self.workflow.steps[node]
        ops = [op for op in ops_of(step, self.scripts) if step.id not in self.tame or "fail" not in op.kind]
        self._known[node] = known
        self._running[node] = _Running(ops, _digest(str(ops)), known)

    def _line_up(self, plan: Plan, node: int) -> None:
        if not plan.may_be_followed(node):
            return
        while node in self._candidates:
            self._lined_up[node] = self._candidates[node]
            node = self._candidates[node]
            plan.promise(node)

    def _follower(self, plan: Plan, node: int, *, ended_well: bool) -> int | None:
        """Return what starts by itself after a step, of which nothing but its exit status is known."""
        if node not in self._lined_up:
            return None
        if ended_well and not (plan.stopped and self.hears):
            return self._lined_up.pop(node)
        withdrawn = []
        while node in self._lined_up:
            node = self._lined_up.pop(node)
            withdrawn.append(node)
        self._take(plan.withdraw(withdrawn))
        return None

    def _go(self, plan: Plan, node: int) -> None:
        step, running = self.workflow.steps[node], self._running[node]
        if running.left and not running.failed:
            self._do(running.left.pop(0), running)
        if running.left and not running.failed:
            return
        del self._running[node]
        self._ended.append(step.id)
        follower = self._follower(plan, node, ended_well=not running.failed)
        if follower is not None:
            plan.start(follower)
            self._begin(follower, {})
        failed = (running.failed or self._misses(step)) and step.id not in self.tame
        allowed = bool(step.allow_failure)
        if failed and not allowed and not step.keep_on_failure:
            self._set_aside(step, running.known)
        status = StepStatus.FAILED if failed else StepStatus.SUCCEEDED
        self._take(plan.finish(node, status, allowed=failed and allowed))

    def _do(self, op: Op, running: _Running) -> None:
        files, seen = self.files, ""
        if op.kind == "read":
            seen = files.get(op.path, "-")
        elif op.kind in ("list", "names"):
            start = f"{op.path}/" if op.path else ""
            below = [path[len(start) :] for path in files if path.startswith(start)]
            seen = " ".join(sorted(path for path in below if op.kind == "list" or "/" not in path))
        elif op.kind == "write":
            files[op.path] = running.seen
        elif op.kind == "append":
            files[op.path] = _digest(files.get(op.path, ""), running.seen)
        elif op.kind == "delete":
            files.pop(op.path, None)
        else:
            running.failed = op.kind == "fail" or int(running.seen[:1], 16) % 2 == 1
        running.seen = _digest(running.seen, op.kind, seen)

    def _misses(self, step: Step) -> bool:
        return any(not any(matches(output, path) for path in self.files) for output in step.outputs or ())

    def _set_aside(self, step: Step, known: Mapping[str, str]) -> None:
        outputs = step.outputs or ()
        for path in list(self.files):
            if selects(outputs, path) and known.get(path) != self.files[path]:
                del self.files[path]


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:12]


def at_random(rnd: Random, slots: int) -> Chooser:
    """Return a chooser that starts and continues anything, with so many steps at once."""

    def choose(_: Plan, moves: Sequence[Move]) -> Move:
        return rnd.choice(_possible(moves, slots))

    return choose


def last_first(rnd: Random, slots: int) -> Chooser:
    """Return a chooser that lets the last steps of the file end before earlier ones."""

    def choose(_: Plan, moves: Sequence[Move]) -> Move:
        return max(_possible(moves, slots), key=lambda move: move[1])

    return choose


def overtakers_first(rnd: Random, slots: int) -> Chooser:
    """Return a chooser that starts all it can and lets steps end that may overtake others before these."""

    def choose(plan: Plan, moves: Sequence[Move]) -> Move:
        possible = _possible(moves, slots)
        starts = [move for move in possible if move[0] == "start"]
        if starts:
            return rnd.choice(starts)
        return max(possible, key=lambda move: (len(plan.workflow.steps[move[1]].ahead_of), move[1]))

    return choose


def _possible(moves: Sequence[Move], slots: int) -> Sequence[Move]:
    running = [move for move in moves if move[0] == "go"]
    return running if len(running) >= slots else moves


ORDERS = (at_random, at_random, last_first, overtakers_first)
