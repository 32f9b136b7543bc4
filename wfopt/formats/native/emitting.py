"""Writes a workflow of any format as a native file.

Cells of a matrix become steps of their own. What the native format cannot say is left out, said in a comment
where it stood, and listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from wfopt.dataclass import dataclass
from wfopt.formats.native.fitting import fitted
from wfopt.formats.native.renaming import Renaming, ids_for
from wfopt.formats.native.scalars import PARAM_NAME, VARIABLE
from wfopt.formats.native.step_text import Writer
from wfopt.formats.native.yaml_text import STEP, comment, entry, in_flow, scalar
from wfopt.model.asking import asked_by
from wfopt.model.expressions import Call, Comparison, Expression, Literal, Logic, Not, Reference, references
from wfopt.model.params import variable
from wfopt.model.workflow import Edge, Opaque, Origin, Step, StepId, Workflow

_TAKEN = ("cpu", "memory")
_ASKING = frozenset({"always()", "failure()", "cancelled()"})
_SERVICE = re.compile(r"\b(?:GITHUB|RUNNER)_[A-Z_]+\b")
_WRITTEN_BY_STEPS = frozenset(
    {"GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """A workflow as a native file.

    Attributes:
        text: the file.
        lost: what is not converted: the id of the step, or "", and what of it.
        ids: the ids of the steps in the file, by those in the workflow.
    """

    text: str
    lost: tuple[tuple[str, str], ...]
    ids: Mapping[str, str]


def emitted(workflow: Workflow, origin: str = "") -> Emitted:
    """Return a workflow as a native file.

    Args:
        workflow: the workflow.
        origin: what it was made of, for the comment at the top.
    """
    return _Emitter(workflow).emit(origin)


class _Emitter:
    """Writes one workflow."""

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._lost: dict[tuple[str, str], None] = {}
        self._renaming = Renaming(workflow)
        names = [name for step in workflow.steps for name in step.request.tokens]
        wanted = dict.fromkeys((*workflow.tokens, *names))
        self._tokens = {
            name: f"_{token}" if token.lower().startswith("x-") or token in _TAKEN else token
            for name, token in ids_for(list(wanted)).items()
        }
        self._conditional = {step.id for step in workflow.steps if step.condition is not None}
        self._given = {
            name: value for name, value in workflow.params.items() if PARAM_NAME.pattern.fullmatch(name)
        }
        self._before: dict[StepId, list[Edge]] = {}
        for edge in workflow.edges:
            self._before.setdefault(edge.after, []).append(edge)

    def emit(self, origin: str) -> Emitted:
        workflow = self._workflow
        steps = fitted(workflow.steps, workflow.edges, self._tell)
        writer = Writer(
            renaming=self._renaming,
            tokens=self._tokens,
            conditions={step.id: found for step in steps if (found := self._around(step)) is not None},
            given={variable(name): value for name, value in self._given.items()},
            tell=self._tell,
        )
        body: list[str] = ["steps:"]
        for step in steps:
            needs = list(dict.fromkeys(edge.before for edge in self._before.get(step.id, ())))
            body += writer.lines(step, needs)
        for key, hooks in (("on-failure", workflow.on_failure), ("finally", workflow.finally_steps)):
            if hooks:
                body += [f"{key}:"]
                names = ids_for([hook.id.partition(":")[2] for hook in hooks])
                for hook, name in zip(hooks, names.values(), strict=True):
                    body += writer.hook(hook, name)
        lines = [*self._head(origin), *body]
        return Emitted(text="\n".join(lines) + "\n", lost=tuple(self._lost), ids=self._renaming.ids)

    def _tell(self, step: StepId, what: str) -> None:
        self._lost[step, what] = None

    def _head(self, origin: str) -> Iterator[str]:
        workflow = self._workflow
        if origin:
            yield comment(f"made from {origin}", "")
        wanted = self._service_variables()
        if wanted:
            yield comment(f"must be set where it runs, if they matter: {', '.join(wanted)}", "")
        yield "wfopt: 1"
        yield from entry("name", workflow.name, "")
        if workflow.description:
            yield from entry("description", workflow.description, "")
        yield from self._params()
        secrets = [name for name in workflow.secrets if VARIABLE.pattern.fullmatch(name)]
        if secrets:
            yield f"secrets: {in_flow(map(scalar, secrets))}"
        if self._tokens:
            yield "resources:"
            for name, token in self._tokens.items():
                yield f"{STEP}{scalar(token)}: {self._amount(name)}"
        if workflow.targets:
            yield f"targets: {in_flow(map(scalar, self._renaming.names_of(workflow.targets)))}"

    def _amount(self, name: str) -> int:
        asked = (step.request.tokens.get(name, 0) for step in self._workflow.steps)
        return self._workflow.tokens.get(name) or max(asked, default=0)

    def _params(self) -> Iterator[str]:
        if not self._given:
            return
        yield comment("their values are filled in below", "")
        yield "params:"
        for name, value in self._given.items():
            yield f"{STEP}{scalar(name)}:"
            yield from entry("default", value, STEP * 2)
            description = self._workflow.param_descriptions.get(name, "")
            if description:
                yield from entry("description", description, STEP * 2)

    def _service_variables(self) -> Sequence[str]:
        """Return the variables of GitHub that steps use."""
        found: dict[str, None] = {}
        for step in self._workflow.steps:
            if not step.session or isinstance(step.run, Opaque):
                continue
            names = [str(each.path[0]) for each in asked_by(step) if each.root == "env" and each.path]
            run = step.run
            parts = run.text.parts if hasattr(run, "text") else ()
            for text in (*names, *(part for part in parts if isinstance(part, str))):
                found.update(dict.fromkeys(_SERVICE.findall(text)))
        return sorted(found.keys() - _WRITTEN_BY_STEPS)

    def _around(self, step: Step) -> Expression | None:
        """Return what a step waits for where one before it may be skipped without being in its way.

        In the native format, whoever needs a step that was skipped is skipped as well.
        """
        if step.condition is not None and not _ASKING.isdisjoint(references(step.condition)):
            return None
        edges = self._before.get(step.id, ())
        needed = {edge.before for edge in edges if Origin.WRITTEN in edge.origin}
        passed = [edge.before for edge in edges if edge.before in self._conditional - needed]
        asked = [str(each.path[0]) for each in asked_by(step) if each.root == "needs" and step.session]
        if not passed and not asked:
            return None
        well = (Not(Call("failure")), Not(Call("cancelled")))
        statuses = (Reference("needs", (name, "status")) for name in sorted(needed))
        return Logic("&&", (*well, *(Comparison("!=", each, Literal("skipped")) for each in statuses)))
