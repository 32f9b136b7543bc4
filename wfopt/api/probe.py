"""What a run would do with each step, found out without running or changing anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wfopt.api.caching import Outside, open_lookup
from wfopt.api.prepare import Prepared, RunOptions, dag_of_workflow
from wfopt.api.secrets import masker_of
from wfopt.cache.lookup import Looked, Lookup
from wfopt.cache.policy import Mode
from wfopt.cache.why import NEVER_RAN, why_not_cached
from wfopt.dataclass import replace
from wfopt.engine.launch import Launcher
from wfopt.engine.masking import Masker
from wfopt.engine.report import Forecast
from wfopt.errors import WfoptError
from wfopt.graph.order import Dag, topological
from wfopt.model.expressions import ExpressionError, Value
from wfopt.model.left_out import is_left_out, why_left_out
from wfopt.model.workflow import EdgeKind, Opaque, Step, StepId, Workflow

_LATE = ("needs.", "failed.")


class Probe:
    """Looks steps up in the order in which they would run; close it after use.

    Args:
        prepared: what would be run.
        options: as for the run; whatever they say, nothing is written.
        outside: what the cache needs from outside.
    """

    def __init__(self, prepared: Prepared, options: RunOptions, outside: Outside) -> None:
        self.masker: Masker = masker_of(prepared.workflow, options.environ)
        self._workflow: Workflow = prepared.workflow
        policy = replace(options.cache, mode=Mode.RO)
        self.lookup: Lookup | None = None
        self._why_none = "the cache is off" if options.cache.mode is Mode.OFF else NEVER_RAN
        if options.cache.mode is not Mode.OFF:
            try:
                self.lookup = open_lookup(prepared, replace(options, cache=policy), self.masker, outside)
            except (WfoptError, OSError):
                self._why_none = "the cache cannot be used"
        self._launcher = Launcher(
            workspace=options.workspace,
            run_folder=options.state_folder,
            run_id="",
            cpu_milli=prepared.capacity.cpu_milli,
            masker=self.masker,
            secrets=prepared.workflow.secrets,
        )
        self._known: Mapping[str, bytes] = {}
        if self.lookup is not None:
            self._known = self.lookup.prefetch(step.id for step in prepared.workflow.steps)

    def close(self) -> None:
        """Let go of all files."""
        if self.lookup is not None:
            self.lookup.store.close()

    def look(self, step: Step, values: Mapping[StepId, Mapping[str, str]]) -> Looked:
        """Return what is known of a step as the files are now.

        Args:
            step: the step.
            values: what the steps that it needs hand on.

        Raises:
            ExpressionError: an expression asks for a value that is not known.
            WfoptError, OSError: the cache cannot be read.
        """
        if isinstance(step.run, Opaque) and is_left_out(step):
            return Looked(reason=why_left_out(step.run))
        forbidden = why_not_cached(step)
        if self.lookup is None or (step.session and forbidden):
            return Looked(reason=f"not cached: {forbidden}" if forbidden else self._why_none)
        words: Value = {
            str(name): {"status": "succeeded", "out": dict(found)} for name, found in values.items()
        }
        resolved = self._launcher.resolve(step, {"needs": words, "failed": {"ids": ()}})
        return self.lookup.look(step, resolved, lambda: self._known)

    def values(self, steps: Iterable[StepId]) -> dict[StepId, Mapping[str, str]]:
        """Return what steps handed on when they ran last, of those of which that is known."""
        found: dict[StepId, Mapping[str, str]] = {}
        for step in steps:
            entry = self.lookup.last_entry(step, self._known) if self.lookup else None
            if entry is not None:
                found[step] = entry.captured
        return found


def forecast(prepared: Prepared, options: RunOptions, outside: Outside) -> dict[StepId, Forecast]:
    """Return what a run would do with each step."""
    probe = Probe(prepared, options, outside)
    try:
        return _forecasts(prepared.workflow, probe, dag_of_workflow(prepared.workflow))
    finally:
        probe.close()


def _forecasts(workflow: Workflow, probe: Probe, dag: Dag) -> dict[StepId, Forecast]:
    found: dict[StepId, Forecast] = {}
    values: dict[StepId, Mapping[str, str]] = {}
    restored: set[StepId] = set()
    kinds = (EdgeKind.DATA, EdgeKind.REF)
    reading = {(edge.before, edge.after) for edge in workflow.edges if edge.kind in kinds}
    for node in topological(dag):
        step = workflow.steps[node]
        before = [workflow.steps[each].id for each in dag.before[node]]
        unsettled = [each for each in before if each in restored or not found[each].cached]
        makers = [each for each in unsettled if _reads_late(step) or (each, step.id) in reading]
        if is_left_out(step) and isinstance(step.run, Opaque):
            found[step.id] = Forecast(cached=None, reason=why_left_out(step.run))
        elif step.condition is not None:
            found[step.id] = Forecast(cached=None, reason="its condition decides when it is due")
        elif step.session:
            found[step.id] = Forecast(cached=False, reason=f"not cached: {why_not_cached(step)}")
        elif makers and not why_not_cached(step):
            found[step.id] = Forecast(cached=None, reason=f"depends on what `{makers[0]}` makes")
        else:
            looked = _looked(step, probe, values)
            reason = f"to be restored: {looked.reason}" if looked.differences else looked.reason
            found[step.id] = Forecast(cached=looked.entry is not None, reason=probe.masker.text(reason))
            if looked.entry is not None:
                values[step.id] = looked.entry.captured
            if looked.differences:
                restored.add(step.id)
    return found


def _looked(step: Step, probe: Probe, values: Mapping[StepId, Mapping[str, str]]) -> Looked:
    try:
        return probe.look(step, values)
    except ExpressionError:
        return Looked(reason="its expressions need values that only the run has")
    except (WfoptError, OSError) as error:
        return Looked(reason=f"the cache cannot be used: {error}")


def _reads_late(step: Step) -> bool:
    return any(each.startswith(_LATE) for each in step.references)
