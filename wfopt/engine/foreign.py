"""What a plan knows of steps of other formats: which are left out, and which jobs of a CI service began.

A step for which nothing is known that could run is left out, and so is whatever wants something of it: files,
or a value. What only comes behind it in the list of a job goes on as if it were not there.
"""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.graph.order import Dag
from wfopt.model.asking import values_asked_by
from wfopt.model.left_out import is_left_out, why_left_out
from wfopt.model.workflow import EdgeKind, Opaque, Origin, Workflow

_HANDING = (EdgeKind.DATA, EdgeKind.REF)


class Foreign:
    """Steps of other formats in a plan.

    Args:
        workflow: what is run.
        dag: its graph.
    """

    def __init__(self, workflow: Workflow, dag: Dag) -> None:
        self._steps = workflow.steps
        self._dag = dag
        self._index: dict[str, int] = {step.id: node for node, step in enumerate(workflow.steps)}
        self._left_out: set[int] = set()
        self._may_leave_out = any(map(is_left_out, workflow.steps))
        self._begun: set[str] = set()
        index = self._index
        self._handing = {
            (index[edge.before], index[edge.after]) for edge in workflow.edges if edge.kind in _HANDING
        }

    def lets_pass(self, before: int, after: int, origin: Origin) -> bool:
        """Return whether a step that was left out does not by itself keep one from running that waits for it.

        Args:
            before: the step that was left out, or was skipped for another reason.
            after: the step that waits.
            origin: where the edge comes from.
        """
        is_passed = Origin.WRITTEN not in origin or bool(self._steps[after].session)
        return is_passed and before in self._left_out

    def why_skipped(self, node: int, *, after_failure: bool) -> str:
        """Return why a step for which everything has ended does not run here, or "".

        Args:
            node: the step.
            after_failure: whether it runs whatever becomes of the steps before it.
        """
        step = self._steps[node]
        if after_failure and self._is_unbegun(node):
            return "its job did not start"
        why = self._why_left_out(node, after_failure=after_failure) if self._may_leave_out else ""
        if why:
            self._left_out.add(node)
        self._begun.add(step.session)
        return why

    def _why_left_out(self, node: int, *, after_failure: bool) -> str:
        step = self._steps[node]
        if isinstance(step.run, Opaque) and step.run.stand_in is None:
            return why_left_out(step.run)
        before: Sequence[int] = () if after_failure else self._dag.before[node]
        missed = [each for each in before if (each, node) in self._handing]
        missed += [self._index[name] for name in values_asked_by(step) if name in self._index]
        name = next((self._steps[each].id for each in missed if each in self._left_out), None)
        return "" if name is None else f"it needs what `{name}` would hand on, which is not run here"

    def _is_unbegun(self, node: int) -> bool:
        """Return whether a step belongs to a job of which nothing was reached: GitHub starts none of it."""
        session = self._steps[node].session
        if not session or session in self._begun:
            return False
        return any(self._steps[each].session == session for each in self._dag.before[node])
