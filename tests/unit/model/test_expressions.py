"""Expressions as trees: what they mention, what they come to, and what is left after binding."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.model.expressions import (
    Call,
    Comparison,
    Expression,
    ExpressionError,
    Literal,
    Logic,
    Not,
    Reference,
    Template,
    Value,
    bind,
    evaluate,
    map_references,
    references,
)
from wfopt.source import SourceFile, Span

SUCCESS = Call("success")
TRUE, FALSE, ONE, EMPTY = Literal(True), Literal(False), Literal(1), Literal("")
ENV_X = Reference("env", ("X",))
TOP = Reference("params", ("top",))
RUNNING = {"success": True, "failure": False, "always": True, "cancelled": False}
CONTEXTS: Mapping[str, Value] = {"params": {"top": "3"}, "env": {"X": "x"}, "matrix": {}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (Literal(4), 4),
        (TOP, "3"),
        (SUCCESS, True),
        (Call("failure"), False),
        (Not(ENV_X), False),
        (Not(Reference("matrix", ("experimental",))), True),
        (Comparison("==", TOP, Literal(3)), True),
        (Comparison("<", TOP, ONE), False),
        (Call("contains", (Literal("xyz"), ENV_X)), True),
        (Call("range", (TOP,)), (0, 1, 2)),
        (Logic("&&", (TRUE, ENV_X)), "x"),
        (Logic("&&", (EMPTY, ENV_X)), ""),
        (Logic("||", (EMPTY, ENV_X)), "x"),
        (Logic("||", (ENV_X, ONE)), "x"),
        (Logic("||", (EMPTY, FALSE)), False),
        (Logic("&&", (TRUE, ONE, ENV_X)), "x"),
    ],
)
def test_evaluation(expression: Expression, expected: Value) -> None:
    assert evaluate(expression, CONTEXTS, RUNNING) == expected


def test_a_decided_chain_does_not_look_further() -> None:
    unknown = Reference("params", ("unknown",))
    assert evaluate(Logic("&&", (FALSE, unknown)), CONTEXTS, {}) is False
    assert evaluate(Logic("||", (ONE, unknown)), CONTEXTS, {}) == 1
    with pytest.raises(ExpressionError, match="has no `unknown`"):
        evaluate(Logic("&&", (TRUE, unknown)), CONTEXTS, {})


def test_errors_say_where() -> None:
    for expression in (
        Reference("needs", ("a", "status"), 7),
        Call("success", (), 7),
        Call("range", (ENV_X,), 7),
    ):
        with pytest.raises(ExpressionError) as caught:
            evaluate(expression, CONTEXTS, {})
        assert caught.value.offset == 7


def test_offsets_do_not_count() -> None:
    assert Logic("&&", (Literal(1, 3), Not(ENV_X, 4)), 5) == Logic("&&", (ONE, Not(ENV_X)))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (ONE, set()),
        (TOP, {"params.top"}),
        (Reference("needs", ("build", "out", "NAME")), {"needs.build"}),
        (Reference("item"), {"item"}),
        (Reference("item", ("key",)), {"item"}),
        (Reference("failed", ("ids",)), {"failed.ids"}),
        (SUCCESS, {"success()"}),
        (Call("contains", (TOP, ENV_X)), {"params.top", "env.X"}),
        (Not(Comparison("==", TOP, ONE)), {"params.top"}),
        (Logic("||", (SUCCESS, ENV_X, Call("always"))), {"success()", "env.X", "always()"}),
    ],
)
def test_references(expression: Expression, expected: set[str]) -> None:
    assert references(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (TOP, Literal("3")),
        (SUCCESS, SUCCESS),
        (Reference("needs", ("a", "status")), Reference("needs", ("a", "status"))),
        (Not(TOP), FALSE),
        (Not(SUCCESS), Not(SUCCESS)),
        (Call("range", (TOP,)), Literal((0, 1, 2))),
        (Comparison("==", TOP, ENV_X), FALSE),
        (Comparison("==", TOP, SUCCESS), Comparison("==", Literal("3"), SUCCESS)),
        (Logic("&&", (FALSE, SUCCESS)), FALSE),
        (Logic("&&", (TRUE, SUCCESS)), SUCCESS),
        (Logic("||", (TOP, SUCCESS)), Literal("3")),
        (Logic("||", (EMPTY, SUCCESS)), SUCCESS),
        (Logic("&&", (SUCCESS, FALSE)), Logic("&&", (SUCCESS, FALSE))),
        (Logic("&&", (SUCCESS, FALSE, ENV_X)), Logic("&&", (SUCCESS, FALSE))),
        (Logic("&&", (SUCCESS, TRUE, ENV_X)), Logic("&&", (SUCCESS, Literal("x")))),
        (Logic("&&", (TRUE, Literal("a"), TOP)), Literal("3")),
    ],
)
def test_binding(expression: Expression, expected: Expression) -> None:
    assert bind(expression, CONTEXTS) == expected


def test_binding_reports_early() -> None:
    with pytest.raises(ExpressionError, match="has no `unknown`"):
        bind(Logic("&&", (SUCCESS, Reference("params", ("unknown",)))), CONTEXTS)


def test_binding_leaves_what_a_decided_chain_never_reads() -> None:
    assert bind(Logic("&&", (FALSE, Reference("params", ("unknown",)))), CONTEXTS) == FALSE


LEAVES = st.one_of(
    st.sampled_from([None, True, False, 0, 1, 2.5, "", "x", "1"]).map(Literal),
    st.sampled_from([TOP, ENV_X, Reference("matrix", ("m",)), Reference("needs", ("a", "status"))]),
    st.sampled_from(sorted(RUNNING)).map(Call),
)


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        inner.map(Not),
        st.builds(Comparison, st.sampled_from(["==", "!=", "<"]), inner, inner),
        st.builds(Logic, st.sampled_from(["&&", "||"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Call, st.sampled_from(["contains", "startsWith"]), st.tuples(inner, inner)),
    )


@settings(deadline=None)
@given(
    st.recursive(LEAVES, _grown, max_leaves=8), st.sets(st.sampled_from(["params", "env", "matrix", "needs"]))
)
def test_binding_first_changes_no_value(expression: Expression, early: set[str]) -> None:
    contexts: Mapping[str, Value] = {**CONTEXTS, "needs": {"a": {"status": "succeeded"}}}
    try:
        expected = evaluate(expression, contexts, RUNNING)
        bound = bind(expression, {root: contexts[root] for root in early})
    except ExpressionError:
        return
    assert repr(evaluate(bound, contexts, RUNNING)) == repr(expected)
    assert references(bound) <= references(expression)
    assert not any(name.split(".")[0] in early for name in references(bound))


def test_plain_templates() -> None:
    plain = Template.plain("make all")
    assert (plain.parts, plain.static, plain.only) == (("make all",), "make all", None)
    assert plain.references == frozenset()
    assert plain.bind(CONTEXTS) is plain
    assert plain.render({}, {}) == "make all"
    empty = Template.plain("")
    assert (empty.parts, empty.static, empty.only, empty.render({}, {})) == ((), "", None, "")


def test_templates_of_parts_merge_neighbors() -> None:
    template = Template.of(["a", "", "b", ENV_X, "", "c", "d"])
    assert template.parts == ("ab", ENV_X, "cd")
    assert template.static is None
    assert Template.of(["", ""]) == Template.plain("")


def test_a_template_of_one_expression() -> None:
    template = Template.of(["", ENV_X])
    assert template.only == ENV_X
    assert template.static is None
    assert Template.of(["a", ENV_X]).only is None


def test_templates_render_values_as_text() -> None:
    template = Template.of(
        ["n=", TOP, " ", Call("range", (TOP,)), " ", Reference("env", ("NONE",)), ".", SUCCESS]
    )
    assert template.references == {"params.top", "env.NONE", "success()"}
    assert template.render(CONTEXTS, RUNNING) == "n=3 0 1 2 .true"


def test_templates_bind_what_is_known() -> None:
    span = Span(SourceFile("w.yml", "a"), 1, 1, 1, 2)
    bound = Template.of(["n=", TOP, "/", ENV_X, ";", SUCCESS], span).bind(CONTEXTS)
    assert bound.parts == ("n=3/x;", SUCCESS)
    assert bound.span is span
    assert Template.of([TOP, ENV_X]).bind(CONTEXTS) == Template.plain("3x")
    assert Template.of([EMPTY]).bind({}).static == ""


def test_templates_refuse_mappings() -> None:
    template = Template.of(["x", Reference("item", (), 5)])
    contexts: Mapping[str, Value] = {"item": {"k": 1}}
    for use in (template.bind, lambda known: template.render(known, {})):
        with pytest.raises(ExpressionError) as caught:
            use(contexts)
        assert caught.value.offset == 5


def test_a_span_does_not_count() -> None:
    span = Span(SourceFile("w.yml", "a"), 1, 1, 1, 2)
    assert Template.plain("a", span) == Template.plain("a")
    assert "span" not in repr(Template.plain("a", span))


def test_references_are_replaced_wherever_they_stand() -> None:
    def louder(reference: Reference) -> Reference:
        return Reference(reference.root, (str(reference.path[0]).upper(),), reference.offset)

    low, high = Reference("needs", ("a",), 3), Reference("needs", ("A",), 3)
    expression = Logic("&&", (Not(low), Comparison("==", low, ONE), Call("contains", (low, TRUE)), SUCCESS))
    mapped = map_references(expression, louder)
    expected = Logic("&&", (Not(high), Comparison("==", high, ONE), Call("contains", (high, TRUE)), SUCCESS))
    assert mapped == expected
    assert Template(("x ", low)).map_references(louder) == Template(("x ", high))
