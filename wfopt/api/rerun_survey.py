"""Goes through the steps of a workflow as if all went well, and runs those again that have a result."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Mapping, Sequence

from wfopt.api.alone import Setting
from wfopt.api.rerun_sources import SourceError, source_of
from wfopt.api.rerun_trial import Trial
from wfopt.api.run import StoppedError, groups_of
from wfopt.cache.entry import Entry
from wfopt.cache.lookup import Lookup
from wfopt.cache.why import why_not_cached
from wfopt.dataclass import dataclass, field, replace
from wfopt.engine.plan import Plan
from wfopt.engine.plan import Verdict as Skipped
from wfopt.engine.rerun_report import Rerun, Verdict
from wfopt.model.expressions import ExpressionError, Value
from wfopt.model.outcome import StepStatus
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import Step, StepId

SETTLED_S = 2.0
"""A result is at least so old, in seconds, when its step runs again: zip notes times no better than that."""

_NOT_CACHED = "not cached: "


class _NoResultError(Exception):
    """There is no result for the present inputs; the message says why."""


@dataclass(slots=True, kw_only=True)
class Survey:
    """The steps of a workflow on their way to a verdict.

    Attributes:
        setting: what is around the steps.
        lookup: looks results up in the workspace.
        chosen: the steps that run again.
        folder: the absolute path of a private folder.
        pause: waits for so many seconds, or until a signal arrives.
        show: shows what came of a step as soon as that is known.
    """

    setting: Setting
    lookup: Lookup
    chosen: frozenset[StepId]
    folder: str
    pause: Callable[[float], None]
    show: Callable[[Rerun], None]
    _plan: Plan = field(init=False)
    _groups: Mapping[str, tuple[int, ...]] = field(init=False)
    _nodes: Mapping[str, int] = field(init=False)
    _known: Mapping[str, bytes] = field(init=False)
    _found: dict[int, Rerun] = field(default_factory=dict)
    _entries: dict[int, Entry] = field(default_factory=dict)
    # The steps whose outputs in the workspace are not the recorded ones, each behind those it waits for.
    _disturbed: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        workflow = self.setting.workflow
        self._groups = groups_of(workflow)
        self._plan = Plan(workflow, groups=self._groups)
        self._nodes = {step.id: node for node, step in enumerate(workflow.steps)}
        self._known = self.lookup.prefetch(step.id for step in workflow.steps)

    def run(self) -> tuple[Rerun, ...]:
        """Return what came of the chosen steps, in file order.

        Raises:
            StoppedError: a signal came.
            StoreError: the cache cannot be read.
            OSError: as `StoreError`.
            FaultError: something in wfopt is wrong.
        """
        changes = self._plan.begin()
        ready = list(changes.ready)
        self._skip(changes.over)
        while ready:
            node = heapq.heappop(ready)
            self._plan.start(node)
            self._note(node, self._verdict(node))
            entry = self._entries.get(node)
            values = entry.captured if entry else None
            changes = self._plan.finish(node, StepStatus.CACHED, values=values)
            self._skip(changes.over)
            for each in changes.ready:
                heapq.heappush(ready, each)
        return tuple(self._found[node] for node in sorted(self._found))

    def _skip(self, over: Sequence[Skipped]) -> None:
        for each in over:
            reason = f"a run would skip it: {each.reason}"
            self._note(each.node, _without_result(self._step(each.node), reason))

    def _note(self, node: int, rerun: Rerun) -> None:
        if rerun.step in self.chosen:
            shown = self._found[node] = _masked(rerun, self.setting.masker.text)
            self.show(shown)

    def _step(self, node: int) -> Step:
        return self.setting.workflow.steps[node]

    def _verdict(self, node: int) -> Rerun:
        step = self._step(node)
        if reason := why_not_cached(step):
            return Rerun(step=step.id, verdict=Verdict.NOT_CACHED, reason=reason)
        try:
            contexts = self._contexts(step)
            resolved = self._resolved(step, contexts)
            with source_of(step, self._upstream(node), self.lookup, self.folder) as lookup:
                trial = self._trial(node, resolved, contexts, lookup)
                if step.id in self.chosen:
                    self._settle(trial.entry)
                    rerun = trial.run(os.path.join(self.folder, str(node)), self.setting)
                    self._end_if_stopped()
                    return rerun
        except (_NoResultError, SourceError) as error:
            return _without_result(step, str(error))
        return Rerun(step=step.id, verdict=Verdict.SAME)

    def _contexts(self, step: Step) -> Mapping[str, Value]:
        """Return what the step's expressions may ask for."""
        needed = [each.removeprefix("needs.") for each in step.references if each.startswith("needs.")]
        for name in sorted(needed):
            for node in self._groups.get(name) or (self._nodes[name],):
                if node not in self._entries:
                    raise _NoResultError(f"it uses values of `{self._step(node).id}`, which has no result")
        late = needed or any(each.startswith("failed.") for each in step.references)
        return self._plan.contexts() if late else {}

    def _resolved(self, step: Step, contexts: Mapping[str, Value]) -> Resolved:
        try:
            return self.setting.launcher(self.lookup.workspace, self.folder).resolve(step, contexts)
        except ExpressionError as error:
            raise _NoResultError(error.message) from error

    def _trial(self, node: int, resolved: Resolved, contexts: Mapping[str, Value], lookup: Lookup) -> Trial:
        """Look the result of a step up, whatever has become of its outputs in the workspace."""
        step = self._step(node)
        restored = replace(step, cache=replace(step.cache, restore=True))
        looked = lookup.look(restored, resolved, lambda: self._known)
        if looked.entry is None or looked.ticket is None:
            raise _NoResultError(looked.reason.removeprefix(_NOT_CACHED))
        self._entries[node] = looked.entry
        if looked.differences:
            self._disturbed.append(node)
        return Trial(
            step=step,
            resolved=resolved,
            ticket=looked.ticket,
            entry=looked.entry,
            lookup=lookup,
            contexts=contexts,
        )

    def _upstream(self, node: int) -> list[tuple[Step, Entry]]:
        """Return the steps before one, at any distance, whose outputs are not in their place."""
        if not self._disturbed:
            return []
        before, todo = set[int](), [node]
        while todo:
            new = set(self._plan.dag.before[todo.pop()]) - before
            before |= new
            todo += new
        return [(self._step(each), self._entries[each]) for each in self._disturbed if each in before]

    def _settle(self, entry: Entry) -> None:
        """Wait until a time that the step may note is another one than before."""
        age = self.setting.clock.wall() - entry.created_at
        if 0.0 <= age < SETTLED_S:
            self.pause(SETTLED_S - age)
        self._end_if_stopped()

    def _end_if_stopped(self) -> None:
        stop = self.setting.stop
        stop.listen()
        if stop.number is not None:
            raise StoppedError(stop.number)


def _without_result(step: Step, reason: str) -> Rerun:
    return Rerun(step=step.id, verdict=Verdict.NO_RESULT, reason=reason)


def _masked(rerun: Rerun, text: Callable[[str], str]) -> Rerun:
    return replace(
        rerun,
        reason=text(rerun.reason),
        cause=text(rerun.cause),
        deviations=tuple(replace(each, name=text(each.name)) for each in rerun.deviations),
        tail=tuple(map(text, rerun.tail)),
    )
