"""The plan of a run: a pure state machine that knows which steps wait, may start, run, or are over.

It never prints, sleeps or starts anything. Tell it what happened and it answers with what follows:
steps that became ready, and steps that will not run, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Protocol

from wfopt.dataclass import dataclass
from wfopt.graph.order import Dag, dag_of, topological
from wfopt.model.expressions import Expression, ExpressionError, Value, evaluate, references
from wfopt.model.outcome import StepStatus
from wfopt.model.values import is_true
from wfopt.model.workflow import Opaque, Origin, Step, StepId, Workflow


class State(Enum):
    """Where a step is; one that is promised starts right after another one, or waits again."""

    WAITING = "waiting"
    READY = "ready"
    PROMISED = "promised"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A step will not run: skipped or cancelled, and why; `fault` if its condition has no value."""

    node: int
    status: StepStatus
    reason: str
    fault: ExpressionError | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What follows from something that happened.

    Attributes:
        ready: nodes that may start now, in file order.
        over: nodes that will not run, in the order in which that became clear.
    """

    ready: tuple[int, ...] = ()
    over: tuple[Verdict, ...] = ()


_NOTHING = Changes()
_ALWAYS = frozenset({"always()", "failure()", "cancelled()"})


class Plan:
    """The state of every step of a run.

    Attributes:
        workflow: what is run.
        dag: its graph, nodes in the order of `workflow.steps`.
        succeeded: the nodes that ran and ended well, in the order of their ends.
        failed: whether a step has really failed.
        stopped: why nothing new starts, or "".
        contexts_of: what the expressions of a step with a session know; None if there are no such steps.

    Args:
        workflow: what is run.
        keep_going: whether what does not depend on a failed step still runs.
        groups: what expressions call several steps at once, such as a matrix, and their nodes.
    """

    def __init__(
        self,
        workflow: Workflow,
        *,
        keep_going: bool = False,
        groups: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:
        self.workflow = workflow
        self.keep_going = keep_going
        self._groups = groups or {}
        index = {step.id: node for node, step in enumerate(workflow.steps)}
        pairs = [(index[edge.before], index[edge.after]) for edge in workflow.edges]
        self.dag: Dag = dag_of(len(workflow.steps), pairs)
        self._order = topological(self.dag)
        self.states = [State.WAITING] * len(workflow.steps)
        self.statuses: list[StepStatus | None] = [None] * len(workflow.steps)
        self.left = len(workflow.steps)
        self.stopped = ""
        self.failed = False
        self.succeeded: list[int] = []
        self._values: dict[int, Mapping[str, str]] = {}
        self._waits = [len(before) for before in self.dag.before]
        self._origins = {
            pair: edge.origin
            for pair, edge in zip(pairs, workflow.edges, strict=True)
            if edge.origin is not Origin.WRITTEN
        }
        self._index = index
        self._foreign = _foreign_of(workflow, self.dag)
        self.contexts_of: Callable[[Step], Mapping[str, Value]] | None = None
        # Failed where that is allowed counts as success for whoever waits.
        self._really_failed = [False] * len(workflow.steps)
        self._failed_above = [False] * len(workflow.steps)
        self._failures: list[int] = []
        self._overtakers: dict[int, list[int]] = {}
        for node, step in enumerate(workflow.steps):
            for each in step.ahead_of:
                if each in index:
                    self._overtakers.setdefault(index[each], []).append(node)

    def begin(self) -> Changes:
        """Return the steps that may start at once."""
        return self._settle([node for node, count in enumerate(self._waits) if not count])

    def start(self, node: int) -> None:
        """Note that a ready step was started."""
        self.states[node] = State.RUNNING

    def may_be_followed(self, node: int) -> bool:
        """Return whether what waits for nothing but a running step surely runs if that one ends well.

        In a list it does not if anything above has failed.
        """
        return not self.stopped and not self._failed_above[node]

    def promise(self, node: int) -> None:
        """Note that a waiting step starts as soon as the one before it has ended well."""
        self.states[node] = State.PROMISED

    def withdraw(self, nodes: Sequence[int]) -> Changes:
        """Let promised steps wait again; return what follows, if the run stopped meanwhile."""
        for node in nodes:
            self.states[node] = State.WAITING
        if not self.stopped or not nodes:
            return _NOTHING
        return Changes((), tuple(self._cancel(lambda node: node in nodes, [])))

    def finish(
        self,
        node: int,
        status: StepStatus,
        *,
        allowed: bool = False,
        values: Mapping[str, str] | None = None,
    ) -> Changes:
        """Note how a running step ended, and the values it hands on; return what follows."""
        if values:
            self._values[node] = values
        if status is StepStatus.SUCCEEDED:
            self.succeeded.append(node)
        really = status is StepStatus.FAILED and not allowed
        self._really_failed[node] = really
        freed = self._end(node, status)
        # First who is skipped because of this failure, then who is cancelled because the run stops.
        late = self._skip_overtakers(node, freed) if really else []
        found = [Changes((), tuple(late)), self._settle(freed)] if freed or late else []
        if really:
            self.failed = True
            self._failures.append(node)
        found += [self._follow(each) for each in self._counting_failures()]
        return self._joined(found)

    def _joined(self, found: Sequence[Changes]) -> Changes:
        if len(found) < 2:
            return found[0] if found else _NOTHING
        ready = [each for one in found for each in one.ready if self.states[each] is State.READY]
        return Changes(tuple(sorted(ready)), tuple(verdict for one in found for verdict in one.over))

    def _counting_failures(self) -> list[int]:
        """Take and return the failed steps that stop others now.

        A step that overtook others could not have failed yet without that: its failure counts when they have
        ended.
        """
        if not self._failures:
            return []
        due = [node for node in self._failures if all(map(self._is_over, self._overtaken(node)))]
        self._failures = [node for node in self._failures if node not in due]
        return due

    def _follow(self, node: int) -> Changes:
        """Cancel what does not start after a failure."""
        step, freed, over = self.workflow.steps[node], list[int](), list[Verdict]()
        if not self.keep_going:
            over += self._stop_after(node, freed)
        elif step.group is not None and step.group.fail_fast:
            name, reason = step.group.definition, f"`{step.id}` failed and `fail-fast` is on"
            over += self._cancel(lambda each: self._belongs(each, name), freed, reason)
        then = self._settle(freed)
        return Changes(then.ready, (*over, *then.over))

    def _is_over(self, node: int) -> bool:
        return self.states[node] is State.OVER

    def _stop_after(self, node: int, freed: list[int]) -> list[Verdict]:
        """Let nothing new start after a failure but what asks for it; add nodes set free to `freed`."""
        if self.keep_going:
            return []
        self.stopped = self.stopped or f"`{self.workflow.steps[node].id}` failed"
        return self._cancel(lambda each: not self._runs_after_failure(each), freed)

    def _overtaken(self, node: int) -> set[int]:
        """Return what would have ended before a step if nothing had overtaken anything."""
        found = {node}
        if not self._overtakers:
            return found
        todo = [node]
        for each in todo:
            ahead = [self._index[name] for name in self.workflow.steps[each].ahead_of if name in self._index]
            for earlier in (*self.dag.before[each], *ahead):
                if earlier not in found:
                    found.add(earlier)
                    todo.append(earlier)
        return found

    def _skip_overtakers(self, failed: int, freed: list[int]) -> list[Verdict]:
        """Skip what could overtake a failed step and has not, with all that waits for such a step.

        Nodes set free are added to `freed`.
        """
        if not self._overtakers:
            return []
        over, todo, is_late = [], [failed], {failed: False}
        name = self.workflow.steps[failed].id
        for node in todo:
            overtakers = self._overtakers.get(node, ())
            for each in (*overtakers, *self.dag.after[node]):
                if each in is_late or self._runs_after_failure(each):
                    continue
                if each in overtakers or node == failed or self._hands_on(node, each):
                    is_late[each] = is_late[node] or each in overtakers
                    todo.append(each)
            if is_late[node] and self.states[node] in (State.WAITING, State.READY):
                self._failed_above[node] = True
                freed += self._end(node, StepStatus.SKIPPED)
                over.append(Verdict(node, StepStatus.SKIPPED, f"`{name}`, which it may overtake, failed"))
        return over

    def _hands_on(self, before: int, after: int) -> bool:
        """Return whether a step is skipped if one that it waits for is skipped after a failure."""
        origin = self._origins.get((before, after), Origin.WRITTEN)
        return Origin.WRITTEN in origin or Origin.LIST in origin

    @property
    def has_overtakers(self) -> bool:
        """Whether any step may overtake another one."""
        return bool(self._overtakers)

    def undo(self) -> list[tuple[int, str]]:
        """Take back what overtook a step that did not end well; return the nodes, last first, and why.

        They count as skipped from now on. What was skipped because its condition was false has ended well.
        """
        undone: dict[int, str] = {}
        if not self._overtakers:
            return []
        todo = [node for node in self._order if self._ended_badly(node)]
        for node in todo:
            why = undone.get(node) or f"it overtook `{self.workflow.steps[node].id}`, which did not end well"
            followers = self.dag.after[node] if node in undone else ()
            for each in (*self._overtakers.get(node, ()), *followers):
                if each not in undone and self._has_worked(each, node):
                    undone[each] = why
                    todo.append(each)
        for node in undone:
            self.statuses[node] = StepStatus.SKIPPED
            self._really_failed[node] = False
        self.succeeded = [node for node in self.succeeded if node not in undone]
        return list(reversed(undone.items()))

    def _ended_badly(self, node: int) -> bool:
        status = self.statuses[node]
        skipped = status is StepStatus.SKIPPED and self._failed_above[node]
        return self._really_failed[node] or status is StepStatus.CANCELLED or skipped

    def _has_worked(self, node: int, earlier: int) -> bool:
        """Return whether a step ran before an earlier one and does not ask for what others came to."""
        ran = self.statuses[node] in (StepStatus.SUCCEEDED, StepStatus.CACHED, StepStatus.FAILED)
        # Of two that overtake each other the one that failed stays.
        is_cause = ran and self._really_failed[node] and node in self._overtaken(earlier)
        return ran and not is_cause and not self._runs_after_failure(node)

    def stop(self, reason: str) -> Changes:
        """Stop for good: nothing more starts; running steps are the caller's to end."""
        self.stopped = reason
        freed: list[int] = []
        return Changes((), tuple(self._cancel(lambda _: True, freed)))

    def _belongs(self, node: int, definition: str) -> bool:
        group = self.workflow.steps[node].group
        return group is not None and group.definition == definition

    def _runs_after_failure(self, node: int) -> bool:
        condition = self.workflow.steps[node].condition
        return condition is not None and not _ALWAYS.isdisjoint(references(condition))

    def _cancel(self, chosen: Callable[[int], bool], freed: list[int], reason: str = "") -> list[Verdict]:
        """Cancel the steps that have not started and are `chosen`; nodes set free are added to `freed`."""
        over = []
        # Needs first: what failed above a step must be known before those that wait for it are asked.
        for node in self._order:
            if self.states[node] in (State.WAITING, State.READY) and chosen(node):
                freed += self._end(node, StepStatus.CANCELLED)
                over.append(Verdict(node, StepStatus.CANCELLED, reason or self.stopped))
        return over

    def _end(self, node: int, status: StepStatus) -> list[int]:
        """Note that a step is over; return the nodes that have nothing left to wait for."""
        self.states[node] = State.OVER
        self.statuses[node] = status
        self.left -= 1
        # Who waits for a step that is skipped or cancelled early still waits for what that waited for.
        return [] if self._waits[node] else self._release(node)

    def _release(self, node: int) -> list[int]:
        freed, todo = list[int](), [node]
        for each in todo:
            failed = self._really_failed[each] or self._failed_above[each]
            for after in self.dag.after[each]:
                self._waits[after] -= 1
                self._failed_above[after] |= failed
                if not self._waits[after]:
                    (todo if self.states[after] is State.OVER else freed).append(after)
        return freed

    def _settle(self, freed: list[int]) -> Changes:
        """Decide for nodes with nothing left to wait for whether they run; skipping one frees others."""
        ready: list[int] = []
        over: list[Verdict] = []
        queue = list(freed)
        for node in queue:
            if self.states[node] is not State.WAITING:
                continue
            verdict = self._verdict(node)
            if verdict is None:
                self.states[node] = State.READY
                ready.append(node)
                continue
            over.append(verdict)
            faulty = verdict.fault is not None
            self._really_failed[node] = faulty
            queue += self._end(node, verdict.status)
            if faulty:
                self.failed = True
                over += self._stop_after(node, queue)
        return Changes(tuple(sorted(each for each in ready if self.states[each] is State.READY)), tuple(over))

    def _verdict(self, node: int) -> Verdict | None:
        """Return why a step does not run, or None if it does."""
        condition, late = self.workflow.steps[node].condition, self._runs_after_failure(node)
        if not late:
            for before in self.dag.before[node]:
                verdict = self._blocked_by(before, node)
                if verdict is not None:
                    return verdict
        if self._foreign is not None:
            why = self._foreign.why_skipped(node, after_failure=late)
            if why:
                return Verdict(node, StepStatus.SKIPPED, why)
        if condition is None:
            return None
        try:
            holds = self._holds(node, condition)
        except ExpressionError as error:
            reason = f"its condition has no value: {error.message}"
            return Verdict(node, StepStatus.SKIPPED, reason, fault=error)
        return None if holds else Verdict(node, StepStatus.SKIPPED, "its condition is false")

    def _blocked_by(self, before: int, node: int) -> Verdict | None:
        status, name = self.statuses[before], self.workflow.steps[before].id
        if self._really_failed[before]:
            return Verdict(node, StepStatus.SKIPPED, f"`{name}` failed")
        if status is StepStatus.CANCELLED:
            return Verdict(node, StepStatus.CANCELLED, f"`{name}` was cancelled")
        origin = self._origins.get((before, node), Origin.WRITTEN)
        is_passed = self._foreign is not None and self._foreign.lets_pass(before, node, origin)
        if status is StepStatus.SKIPPED and Origin.WRITTEN in origin and not is_passed:
            return Verdict(node, StepStatus.SKIPPED, f"`{name}` was skipped")
        # In a list a step waits for all that stands above it, though only the last one has an edge to it.
        if Origin.LIST in origin and self._failed_above[before]:
            return Verdict(node, StepStatus.SKIPPED, "a step above it failed")
        return None

    def _holds(self, node: int, condition: Expression) -> bool:
        before, step = self.dag.before[node], self.workflow.steps[node]
        if step.session:
            # To its service, a step that was skipped has not failed.
            well = all(self._blocked_by(each, node) is None for each in before)
        else:
            well = all(
                self.statuses[each] in (StepStatus.SUCCEEDED, StepStatus.CACHED)
                or (self.statuses[each] is StepStatus.FAILED and not self._really_failed[each])
                for each in before
            )
        status = {
            "success": well and not self._failed_above[node],
            "failure": self._failed_above[node],
            "always": True,
            "cancelled": any(self.statuses[each] is StepStatus.CANCELLED for each in before),
        }
        contexts = self.contexts_of(step) if step.session and self.contexts_of else self.contexts()
        return is_true(evaluate(condition, contexts, status))

    def told_of(self, name: str) -> Mapping[str, Value] | None:
        """Return what expressions know of a step, or of several under one name; None if nothing yet."""
        if name in self._groups:
            return {"status": _common_word([self.statuses[node] for node in self._groups[name]])}
        node = self._index.get(StepId(name))
        status = None if node is None else self.statuses[node]
        if node is None or status is None:
            return None
        return {"status": _word(status), "out": self._values.get(node, {})}

    def contexts(self) -> Mapping[str, Value]:
        """Return what expressions know during the run: `needs` and `failed`."""
        steps = self.workflow.steps
        words: dict[str, Value] = {
            str(step.id): {"status": _word(status), "out": self._values.get(node, {})}
            for node, (step, status) in enumerate(zip(steps, self.statuses, strict=True))
            if status is not None
        }
        for name, nodes in self._groups.items():
            words[name] = {"status": _common_word([self.statuses[node] for node in nodes])}
        failed = tuple(str(step.id) for node, step in enumerate(steps) if self._really_failed[node])
        return {"needs": words, "failed": {"ids": failed}}


class _Foreign(Protocol):
    """`wfopt.engine.foreign.Foreign`, which is loaded for workflows of other formats."""

    def lets_pass(self, before: int, after: int, origin: Origin) -> bool: ...
    def why_skipped(self, node: int, *, after_failure: bool) -> str: ...


def _foreign_of(workflow: Workflow, dag: Dag) -> _Foreign | None:
    """Return what is to be known of steps of other formats; None if there are none."""
    if not any(step.session or isinstance(step.run, Opaque) for step in workflow.steps):
        return None
    from wfopt.engine.foreign import Foreign  # noqa: PLC0415 - a native workflow does without

    return Foreign(workflow, dag)


def _word(status: StepStatus) -> str:
    """Return how `needs.X.status` shows a status: what was cached has succeeded."""
    return StepStatus.SUCCEEDED.value if status is StepStatus.CACHED else status.value


def _common_word(statuses: Sequence[StepStatus | None]) -> str:
    """Return one status for several steps: the worst, but skipped only if all are, or if none is wanted."""
    words = {_word(status) for status in statuses if status is not None}
    for word in ("failed", "cancelled", "succeeded"):
        if word in words:
            return word
    return "skipped" if words or not statuses else ""
