"""From a declared step and a cell of its matrix to a `Step` of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfopt.codes import ABOVE_CAPACITY, BAD_CAPTURE, CONSTANT_CONDITION
from wfopt.dataclass import replace
from wfopt.formats.native.bodies import BodyReader, names_of, places_of
from wfopt.formats.native.context import Binder, Definition
from wfopt.formats.native.expansion import Slot
from wfopt.formats.native.hooks import read_rollback
from wfopt.formats.native.naming import StepNames
from wfopt.formats.native.paths import read_paths, read_sizes
from wfopt.formats.native.policies import read_asked, read_cache, read_limits, read_request
from wfopt.formats.native.records import Record
from wfopt.formats.native.scalars import ALLOW_FAILURE, DURATION
from wfopt.formats.native.texts import read_condition
from wfopt.formats.positions import Node, ScalarNode
from wfopt.formats.problems import Problems, did_you_mean
from wfopt.model.expressions import Expression, Literal, Template, references
from wfopt.model.workflow import AUTO_CACHE, MatrixGroup, Request, Step, StepId
from wfopt.source import closest_match


class StepReader:
    """Makes the steps of one file.

    Attributes:
        body: reads what steps and hooks have in common.
        tokens: the named resources that there are.
        problems: where errors go.
    """

    def __init__(
        self, body: BodyReader, tokens: Mapping[str, int], names: StepNames | None, problems: Problems
    ) -> None:
        """Without `names` references to steps are not checked."""
        self.body = body
        self.tokens = tokens
        self.problems = problems
        self._names = names

    def read(self, slot: Slot) -> Step:
        """Return the step of a slot."""
        definition, body = slot.declared, self.body
        record = definition.record
        values = record.values
        where = f"step `{definition.id}`"
        layers = (record, body.defaults)
        binder = Binder(slot.contexts, self.problems, self._names, definition.id)
        cwd = body.cwd(layers, binder, where)
        step = Step(
            id=StepId(slot.id),
            definition=definition.id,
            cell=slot.cell,
            group=_group(definition) if slot.cell else None,
            run=body.run(layers, binder, where),
            description=values.get("description", ""),
            cwd=cwd,
            env=body.env(record, body.scope.env, binder),
            inputs=read_paths(record, "inputs", cwd, binder, where),
            outputs=read_paths(record, "outputs", cwd, binder, where),
            condition=self._condition(record, binder),
            timeout_s=body.timeout_s(layers, binder, where),
            request=self._request(record, binder, where),
            limits=read_limits(record, body.defaults, binder, where),
            allow_failure=_allow_failure(record, binder, where),
            effects=frozenset(values["effects"]) if "effects" in values else None,
            priority=values.get("priority", 0),
            quiet=values.get("quiet", False),
            keep_on_failure=values.get("keep-on-failure", False),
            retries=body.retries(layers, binder, where),
            cache=self._cache(record, binder, where),
            capture=self._capture(record, where),
            interactive=values.get("interactive", False),
            secrets=names_of(record, "secrets"),
            expected_s=_expected_s(record, binder, where),
            sizes=read_sizes(record, cwd, binder, where),
            references=frozenset(binder.mentioned),
            span=definition.span,
            places=places_of(record, body.defaults),
        )
        if "rollback" not in values:
            return step
        undoing = Binder(slot.contexts, self.problems, self._names)
        return replace(step, rollback=read_rollback(step, record, body, undoing))

    def _condition(self, record: Record, binder: Binder) -> Expression | None:
        node = record.nodes.get("if")
        if not isinstance(node, ScalarNode) or "if" not in record.values:
            return None
        condition = read_condition(node, self.problems)
        if condition is None:
            return None
        if not references(condition):
            self.problems.warn(CONSTANT_CONDITION, "this condition never changes", node)
        return binder.expression(condition, node)

    def _cache(self, record: Record, binder: Binder, where: str) -> Any:
        defaults = self.body.defaults
        if "cache" not in record.values and (defaults is None or "cache" not in defaults.values):
            return AUTO_CACHE
        return read_cache(record, defaults, binder, where)

    def _capture(self, record: Record, where: str) -> str:
        read = record.get("capture")
        name: str = read.get("stdout", "") if isinstance(read, Record) else ""
        if name and record.get("interactive"):
            message = f"{where} cannot capture its stdout and be `interactive`"
            hint = "an interactive step writes to the terminal"
            self.problems.error(BAD_CAPTURE, message, record.nodes["capture"], hints=(hint,))
        return name

    def _request(self, record: Record, binder: Binder, where: str) -> Request:
        asked = read_asked(record, self.body.defaults)
        request, tokens = read_request(asked, binder, where), {}
        for name, (amount, node) in asked.items():
            if name in ("cpu", "memory") or amount is None:
                continue
            if amount > self.tokens.get(name, 0):
                self._refuse_tokens(name, amount, node, f"`resources` of {where}")
            tokens[name] = amount
        return replace(request, tokens=tokens) if tokens else request

    def _refuse_tokens(self, name: str, amount: int, node: Node, where: str) -> None:
        if name in self.tokens:
            message = f"{where} asks for {amount} of `{name}`, but there are {self.tokens[name]}"
            hints: tuple[str | None, ...] = (
                "ask for less, or raise the number under the top-level `resources`",
            )
        else:
            message = f"{where} asks for {amount} of `{name}`, which is not declared"
            near = did_you_mean(closest_match(name, ("cpu", "memory", *self.tokens)))
            hints = (near, f"declare `{name}` under the top-level `resources`")
        self.problems.error(ABOVE_CAPACITY, message, node, hints=hints)


def _group(definition: Definition) -> MatrixGroup:
    record = definition.record
    return MatrixGroup(
        definition=definition.id,
        max_parallel=record.get("max-parallel"),
        fail_fast=record.get("fail-fast", True),
    )


def _allow_failure(record: Record, binder: Binder, where: str) -> bool | frozenset[int] | Expression:
    read = record.get("allow-failure")
    if read is None:
        return False
    node = record.nodes["allow-failure"]
    if isinstance(read, list):
        return frozenset(read)
    if isinstance(read, Template) and read.only is not None:
        filled = binder.expression(read.only, node)
        return bool(filled.value) if isinstance(filled, Literal) else filled or False
    return bool(binder.value(read, ALLOW_FAILURE, node, f"`allow-failure` of {where}"))


def _expected_s(record: Record, binder: Binder, where: str) -> float | None:
    if "x-duration" not in record.values:
        return None
    seconds: float | None = binder.value(
        record.values["x-duration"], DURATION, record.nodes["x-duration"], f"`x-duration` of {where}"
    )
    return seconds
