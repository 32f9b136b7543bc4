"""Expressions as the native format writes them."""

import pytest

from wfopt.formats.expressions import parse_expression, parse_template
from wfopt.formats.native.expression_text import NotExpressibleError, expression_text, template_text
from wfopt.model.expressions import Call, Expression, Literal, Reference, Template


@pytest.mark.parametrize(
    "text",
    [
        "a.b",
        "!(success() && needs['a/b'].status == 'it''s') || env.X != null",
        "contains(params.list, 'x') && (matrix.n < -1.5 || true) && item[0]",
        "(env.A == env.B) == false",
        "'}} in a text'",
    ],
)
def test_an_expression_is_read_as_it_was_written(text: str) -> None:
    expression = parse_expression(text.replace("a.b", "params.a"))
    assert parse_expression(expression_text(expression)) == expression


@pytest.mark.parametrize(
    "expression",
    [
        Literal((1, 2)),
        Call("format", (Literal("x"),)),
        Reference("service", ("github.token",)),
        Reference("needs", ("a", "result")),
        Literal(float("inf")),
    ],
)
def test_what_the_format_does_not_know_is_refused(expression: Expression) -> None:
    with pytest.raises(NotExpressibleError):
        expression_text(expression)
    with pytest.raises(NotExpressibleError):
        template_text(Template((expression,)))


@pytest.mark.parametrize(
    "parts",
    [
        ("plain $X ${Y}",),
        ("a ${{ b }} $${{",),
        ("cost: $", Reference("env", ("X",)), " and $"),
        (Reference("needs", ("a b", "out", "x")), "${", Reference("env", ("X",))),
    ],
)
def test_a_text_is_read_as_it_was_written(parts: tuple[str | Expression, ...]) -> None:
    template = Template(parts)
    assert parse_template(template_text(template)).bind({}) == template
