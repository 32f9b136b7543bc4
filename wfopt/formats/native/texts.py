"""Strings with `${{ }}` in them, read with errors that point at the wrong character."""

from __future__ import annotations

from wfopt.codes import BAD_EXPRESSION
from wfopt.formats.expressions import parse_condition, parse_template
from wfopt.formats.positions import ScalarNode, locate
from wfopt.formats.problems import Problems
from wfopt.model.expressions import Expression, ExpressionError, Template


def read_template(node: ScalarNode, problems: Problems) -> Template | None:
    """Return the scalar as a template, or None after reporting what is wrong in it."""
    if "${{" not in node.text:
        return Template.plain(node.text, node.span)
    try:
        return parse_template(node.text, node.span)
    except ExpressionError as error:
        report(node, error, problems)
        return None


def read_condition(node: ScalarNode, problems: Problems) -> Expression | None:
    """Return the value of an `if`, or None after reporting what is wrong in it."""
    try:
        return parse_condition(node.text)
    except ExpressionError as error:
        report(node, error, problems)
        return None


def report(node: ScalarNode, error: ExpressionError, problems: Problems) -> None:
    """Report an error in an expression at its character."""
    problems.error(BAD_EXPRESSION, error.message, locate(node, error.offset), hints=(error.hint,))
