"""Finds out what is known in each cell of each job: matrix, variables, and the jobs that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wfopt.codes import OTHER_MACHINE
from wfopt.formats.github.environment import Environment, extended
from wfopt.formats.github.jobs import DeclaredJob, image_of
from wfopt.formats.github.linking import in_order
from wfopt.formats.github.matrix import Cell
from wfopt.formats.github.meaning import unknown
from wfopt.formats.github.place import Place, definitions_of, ids_of, may_fail
from wfopt.formats.github.remarks import Remarks, code_of, cut
from wfopt.formats.github.scope import Finished, Scope
from wfopt.formats.github.shapes import get, pairs_of, text_of
from wfopt.formats.github.shells import is_hosted, machine_of
from wfopt.formats.github.texts import split
from wfopt.formats.github.translate import condition_of, template_of
from wfopt.formats.positions import MappingNode
from wfopt.model.expressions import (
    Call,
    Comparison,
    Expression,
    Literal,
    Logic,
    Not,
    Reference,
    Value,
)

LARGEST_OUTPUT = 500
"""How many parts the expression of a job's output may have where other jobs use it."""


class Places:
    """Makes the places of the steps of a file.

    Args:
        root: the whole file.
        jobs: its jobs by name.
        inputs: what the workflow was given.
        remarks: takes notes about machines of another kind.
        actions: commands for actions, by name.
    """

    def __init__(
        self,
        root: MappingNode,
        jobs: Mapping[str, DeclaredJob],
        inputs: Mapping[str, Value],
        remarks: Remarks,
        actions: Mapping[str, str],
    ) -> None:
        self._remarks = remarks
        self._actions = actions
        self._root = root
        self._inputs = inputs
        self._env = extended(Environment(), root.get("env"), Scope(inputs=inputs))
        self._note_unknown(self._env)
        self._finished: dict[str, Finished] = {}
        for job in in_order(jobs):
            self._finished[job.id] = self._finish(job)

    def of(self, job: DeclaredJob) -> Iterator[Place]:
        """Yield the places of a job, one a cell."""
        levels = [get(each, "defaults", "run") for each in (job.node, self._root)]
        defaults = {
            key: next(filter(None, (text_of(get(level, key)) for level in levels)), "")
            for key in ("shell", "working-directory")
        }
        for cell in job.expansion.cells:
            scope = self._scope(job, cell)
            env = extended(self._env, None if job.called else job.node.get("env"), scope)
            self._note_unknown(env)
            yield Place(
                job=job,
                cell=cell,
                ids=ids_of(job, cell),
                scope=scope,
                env=env,
                condition=None if job.condition is None else condition_of(job.condition, scope),
                defaults=defaults,
                obstacle=self._obstacle(job, scope),
                actions=self._actions,
            )

    def _note_unknown(self, env: Environment) -> None:
        for name, what in env.unknown.items():
            at = env.values[name].span
            if at is not None:
                message = f"`{name}` is not set here, as `{cut(what)}` has no value"
                self._remarks.add(code_of(what), message, at)

    def _scope(self, job: DeclaredJob, cell: Cell) -> Scope:
        matrix = job.expansion.matrix
        strategy: dict[str, Value] = {"job-index": 0, "job-total": 1, "fail-fast": True, "max-parallel": 1}
        if matrix is not None:
            strategy |= {"job-index": cell.number, "fail-fast": matrix.fail_fast}
            strategy["job-total"] = total = len(job.expansion.cells)
            strategy["max-parallel"] = matrix.max_parallel or total
        return Scope(
            matrix=cell.values,
            env=self._env.values,
            needs={need.job: self._finished[need.job] for need in job.needs},
            inputs=self._inputs,
            strategy=strategy if cell.values is not None else {},
        )

    def _obstacle(self, job: DeclaredJob, scope: Scope) -> str:
        """Return why the steps of a cell cannot run here, or ""."""
        labels = tuple(template_of(split(each), scope).static or "" for each in job.runner)
        machine = machine_of(labels)
        if machine:
            message = f"a job asks for `{machine}`: its steps are left out here"
            self._remarks.add(OTHER_MACHINE, message, job.node.get("runs-on") or job.key)
            return f"asks for {machine}"
        if not is_hosted(labels):
            message = f"a job asks for a machine with the labels `{', '.join(labels)}`"
            self._remarks.add(OTHER_MACHINE, message, job.node.get("runs-on") or job.key)
        written = image_of(job)
        found = template_of(split(written), scope).static
        image = written if found is None else found
        return f"in the container {image}" if image else ""

    def _finish(self, job: DeclaredJob) -> Finished:
        """Return what others see of a job; of several cells, the last one that writes an output counts."""
        definitions = tuple(
            name for name, step in zip(definitions_of(job), job.flow.steps, strict=True) if not may_fail(step)
        )
        if job.called:
            return Finished(definitions=definitions, caller=job.prefix)
        cell = job.expansion.cells[-1]
        names = {
            step.own: name for step, name in zip(job.flow.steps, ids_of(job, cell), strict=True) if step.own
        }
        above = self._scope(job, cell)
        scope = Scope(matrix=above.matrix, env=above.env, steps=names, needs=above.needs, inputs=above.inputs)
        outputs: dict[str, Expression] = {}
        for key, value in pairs_of(job.node.get("outputs")):
            found = template_of(split(text_of(value)), scope)
            known = Literal(found.static) if found.static is not None else found.only
            if known is None or _size(known) > LARGEST_OUTPUT:
                known = unknown(Reference("needs", (job.id, "outputs", key.text)))
            outputs[key.text] = known
        return Finished(definitions=definitions, outputs=outputs)


def _size(expression: Expression) -> int:
    """Return how many parts an expression has."""
    match expression:
        case Call(_, parts) | Logic(_, parts):
            return 1 + sum(map(_size, parts))
        case Not(operand):
            return 1 + _size(operand)
        case Comparison():
            return 1 + _size(expression.left) + _size(expression.right)
        case _:
            return 1
