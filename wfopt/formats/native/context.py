"""What a file is loaded with, and what every part of the loader shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wfopt.codes import BAD_EXPRESSION
from wfopt.formats.native.shapes import Record, Scalar
from wfopt.formats.native.texts import report
from wfopt.formats.positions import Node, ScalarNode
from wfopt.formats.problems import Problems
from wfopt.formats.scalars import kind_of
from wfopt.model.expressions import ExpressionError, Template, Value
from wfopt.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What the outside contributes to a workflow.

    Attributes:
        workspace: the absolute path of the folder that the workflow works in.
        params: values given on the command line, by param name.
        environ: the process environment.
        param_twins: whether `WFOPT_PARAM_<NAME>` variables give params, too.
    """

    workspace: str
    params: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    param_twins: bool = True


@dataclass(frozen=True, slots=True)
class Definition:
    """A step as the file declares it, before its matrix is expanded.

    Attributes:
        id: its id.
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


def bound(template: Template, node: Node, contexts: Contexts, problems: Problems) -> Template:
    """Return the template with everything known filled in, reporting what cannot be."""
    if template.static is not None:
        return template
    try:
        return template.bind(contexts)
    except ExpressionError as error:
        report_in(template, node, error, problems)
        return Template.plain("", template.span)


def bound_text(
    template: Template, node: Node, contexts: Contexts, where: str, problems: Problems
) -> str | None:
    """Return the text of a template that must be known before the run, or None after reporting."""
    filled = bound(template, node, contexts, problems)
    if filled.static is None:
        late = ", ".join(f"`{each}`" for each in sorted(filled.references))
        error = ExpressionError(f"{where} must be known before the run, but uses {late}", 0)
        report_in(template, node, error, problems)
    return filled.static


def settled(value: Any, shape: Scalar, node: Node, contexts: Contexts, where: str, problems: Problems) -> Any:
    """Return the value of a scalar that may have been read as a template."""
    if not isinstance(value, Template):
        return value
    text = bound_text(value, node, contexts, where, problems)
    if text is None:
        return None
    return shape.parse_text(text, kind_of(text, plain=True), node.span, where, problems)


def report_in(template: Template, node: Node, error: ExpressionError, problems: Problems) -> None:
    """Report an error in a template: at its character if `node` is the scalar itself, else at its place."""
    if isinstance(node, ScalarNode):
        report(node, error, problems)
    else:
        problems.error(BAD_EXPRESSION, error.message, template.span or node.span, hints=(error.hint,))
