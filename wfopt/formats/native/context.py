"""What a file is loaded with, and how texts are filled in with what is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wfopt.codes import BAD_EXPRESSION, SELF_NEED, UNKNOWN_STEP
from wfopt.dataclass import dataclass
from wfopt.formats.native.naming import SelfReferenceError, StepNames, UnknownStepError
from wfopt.formats.native.records import Record
from wfopt.formats.native.shapes import Scalar
from wfopt.formats.positions import Node, ScalarNode, locate
from wfopt.formats.problems import Problems
from wfopt.formats.scalars import kind_of
from wfopt.model.expressions import (
    Expression,
    ExpressionError,
    Literal,
    Reference,
    Template,
    Value,
    bind,
    map_references,
    references,
)
from wfopt.source import Span

_REFERENCE = re.compile(r"\w+(?:\s*\.\s*[\w-]+|\s*\[\s*(?:'[^']*'|\"[^\"]*\"|\d+)\s*\])*")

_CELL_ROOTS = {"matrix": "matrix", "item": "foreach"}


@dataclass(frozen=True, slots=True)
class Definition:
    """A step as its file declares it, before its matrix is expanded.

    Attributes:
        id: its id in the whole workflow.
        span: where its id (or, in a list without ids, the step) stands.
        record: its keys.
        position: its place in the file, from 0.
    """

    id: str
    span: Span
    record: Record
    position: int


Contexts = Mapping[str, Value]
"""The values that expressions know while loading: `params`, `env`, and a cell's `matrix` or `item`."""


class Binder:
    """Fills in what texts mention, as far as it is known before the run.

    Attributes:
        contexts: what is known.
        problems: where errors go.
        mentioned: what the texts so far mention, as `references` says it; steps by their full ids.
    """

    __slots__ = ("_names", "_own", "contexts", "mentioned", "problems")

    def __init__(
        self, contexts: Contexts, problems: Problems, names: StepNames | None = None, own: str = ""
    ) -> None:
        """Without `names` references to steps stay as they are; `own` is the definition of the texts."""
        self.contexts = contexts
        self.problems = problems
        self.mentioned: set[str] = set()
        self._names = names
        self._own = own

    def with_env(self, env: Mapping[str, Value]) -> Binder:
        """Return a binder that knows an environment as well."""
        return Binder({**self.contexts, "env": env}, self.problems)

    def fill(self, template: Template, node: Node) -> Template:
        """Return the template with everything known filled in, after reporting what cannot be."""
        if template.static is not None:
            return template
        return self._filled(template, node) or Template.plain("", template.span)

    def text(self, template: Template, node: Node, where: str) -> str | None:
        """Return the text of a template that must be known before the run, or None after reporting."""
        static = template.static
        if static is not None:
            return static
        filled = self._filled(template, node)
        if filled is not None and filled.static is None:
            late = ", ".join(f"`{each}`" for each in sorted(filled.references))
            message = f"{where} must be known before the run, but uses {late}"
            self._report(ExpressionError(message, _first_offset(filled)), node)
        return filled.static if filled is not None else None

    def _filled(self, template: Template, node: Node) -> Template | None:
        try:
            if self._names is not None:
                template = template.map_references(self._resolve)
            self.mentioned |= template.references
            return template.bind(self.contexts)
        except ExpressionError as error:
            self._report(error, node)
            return None

    def value(self, value: Any, shape: Scalar, node: Node, where: str) -> Any:
        """Return the value of a scalar that may have been read as a template."""
        if not isinstance(value, Template):
            return value
        text = self.text(value, node, where)
        if text is None:
            return None
        return shape.parse_text(text, kind_of(text, plain=True), node, where, self.problems)

    def expression(self, expression: Expression, node: Node) -> Expression | None:
        """Return an expression with everything known filled in, or None after reporting."""
        try:
            if self._names is not None:
                expression = map_references(expression, self._resolve)
            self.mentioned |= references(expression)
            return bind(expression, self.contexts)
        except ExpressionError as error:
            self._report(error, node)
            return None

    def _resolve(self, reference: Reference) -> Reference:
        giver = _CELL_ROOTS.get(reference.root)
        if giver is not None and reference.root not in self.contexts:
            message = f"`{reference.root}` has no value here"
            hint = f"only a step with `{giver}` knows it"
            raise ExpressionError(message, reference.offset, hint)
        return self._names.resolve(reference, self._own) if self._names is not None else reference

    def _report(self, error: ExpressionError, node: Node) -> None:
        code, at, label = BAD_EXPRESSION, node.span, ""
        if isinstance(node, ScalarNode):
            found = _REFERENCE.match(node.text, error.offset)
            at = locate(node, error.offset, len(found[0]) if found else 1)
        if isinstance(error, UnknownStepError):
            code, label = UNKNOWN_STEP, "no step has this id"
        elif isinstance(error, SelfReferenceError):
            code = SELF_NEED
        self.problems.error(code, error.message, at, label, hints=(error.hint,))


def _first_offset(template: Template) -> int:
    """Return where the first expression stands that is not known yet."""
    return next((part.offset for part in template.parts if not isinstance(part, str | Literal)), 0)
