"""Expressions and templates read from text: their trees, and errors at the right character."""

from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.formats.expressions import parse_condition, parse_expression, parse_template
from wfopt.model.expressions import (
    CONTEXTS,
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
    references,
)
from wfopt.source import SourceFile, Span

A, B, C = (Reference("env", (name,)) for name in "ABC")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", Literal(None)),
        ("true", Literal(True)),
        ("-12", Literal(-12)),
        ("1.50", Literal(1.5)),
        ("1e3", Literal(1000.0)),
        ("'it''s'", Literal("it's")),
        (r'"a \"b\" \\"', Literal('a "b" \\')),
        ("params.top", Reference("params", ("top",))),
        ("needs.lint-all.out.NAME-2", Reference("needs", ("lint-all", "out", "NAME-2"))),
        ("needs['a.b'].status", Reference("needs", ("a.b", "status"))),
        ('needs["a/b"]["status"]', Reference("needs", ("a/b", "status"))),
        ("item", Reference("item")),
        ("item[0].key", Reference("item", (0, "key"))),
        ("item.true.and", Reference("item", ("true", "and"))),
        ("success()", Call("success")),
        ("contains(env.A, 'x')", Call("contains", (A, Literal("x")))),
        ("range(1, 2, 3)", Call("range", (Literal(1), Literal(2), Literal(3)))),
        ("!env.A", Not(A)),
        ("!!env.A", Not(Not(A))),
        ("env.A && env.B && env.C", Logic("&&", (A, B, C))),
        ("env.A || env.B && env.C", Logic("||", (A, Logic("&&", (B, C))))),
        ("(env.A || env.B) && env.C", Logic("&&", (Logic("||", (A, B)), C))),
        ("env.A && (env.B && env.C)", Logic("&&", (A, Logic("&&", (B, C))))),
        ("env.A == env.B && env.C", Logic("&&", (Comparison("==", A, B), C))),
        ("!env.A == env.B", Comparison("==", Not(A), B)),
        ("!(env.A == env.B)", Not(Comparison("==", A, B))),
        ("(env.A < env.B) == env.C", Comparison("==", Comparison("<", A, B), C)),
        (" \n\tenv.A\r\n", A),
        *((f"env.A {sign} env.B", Comparison(sign, A, B)) for sign in ("==", "!=", "<", "<=", ">", ">=")),
    ],
)
def test_trees(text: str, expected: Expression) -> None:
    assert repr(strip(parse_expression(text))) == repr(strip(expected))


def strip(expression: Expression) -> Expression:
    """Set all offsets to 0, so that `repr` compares: to Python, 1 equals True."""
    match expression:
        case Literal(value):
            return Literal(value)
        case Reference(root, path):
            return Reference(root, path)
        case Call(name, arguments):
            return Call(name, tuple(map(strip, arguments)))
        case Not(operand):
            return Not(strip(operand))
        case Comparison(operator, left, right):
            return Comparison(operator, strip(left), strip(right))
        case Logic(operator, operands):
            return Logic(operator, tuple(map(strip, operands)))


def test_nodes_know_their_place() -> None:
    parsed = parse_expression("!env.A && 'x' <= range(2)")
    assert isinstance(parsed, Logic)
    negation, comparison = parsed.operands
    assert isinstance(negation, Not)
    assert isinstance(comparison, Comparison)
    offsets = (parsed.offset, negation.offset, negation.operand.offset, comparison.offset)
    assert (*offsets, comparison.left.offset, comparison.right.offset) == (7, 0, 1, 14, 10, 17)


@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ("", 0, "an empty expression", "write a value, such as `params.NAME`"),
        ("  ", 0, "an empty expression", "write a value, such as `params.NAME`"),
        ("env.A and env.B", 6, "unexpected `and`", "write `&&`"),
        ("env.A or env.B", 6, "unexpected `or`", "write `||`"),
        ("not env.A", 0, "unknown name `not`", "write `!`"),
        ("env.A == ", 9, "the expression ends too early", None),
        ("env.A &&", 8, "the expression ends too early", None),
        ("&& env.A", 0, "unexpected `&&`", None),
        ("env.A = 1", 6, "`=` has no place in an expression", "write `==` to compare"),
        ("(env.A", 0, "`(` is never closed", "close it with `)`"),
        ("!(env.A == (1)", 1, "`(` is never closed", "close it with `)`"),
        ("contains(env.A, 1", 8, "`(` is never closed", "close it with `)`"),
        ("contains(env.A 1)", 15, "unexpected `1`", None),
        ("env.A)", 5, "unexpected `)`", None),
        ("env['A'", 3, "`[` is never closed", "close it with `]`"),
        ("env[B]", 4, "only a string or a position may stand in `[ ]`", "write `['name']`"),
        ("item[1.5]", 5, "only a string or a position may stand in `[ ]`", "write `['name']`"),
        ("item[-1]", 5, "only a string or a position may stand in `[ ]`", "write `['name']`"),
        ("env.", 4, "a name must follow the `.`", "write unusual names and positions as `['a b']`, `[0]`"),
        (
            "needs.3d",
            6,
            "a name must follow the `.`",
            "write unusual names and positions as `['a b']`, `[0]`",
        ),
        ("1 < 2 < 3", 6, "comparisons do not chain", "join two comparisons with `&&`, or use brackets"),
        ("contains('a')", 0, "`contains()` takes 2 arguments, not 1", None),
        ("true && range()", 8, "`range()` takes 1 to 3 arguments, not 0", None),
        ("success(1)", 0, "`success()` takes 0 arguments, not 1", None),
        ("conatins('a', 'b')", 0, "unknown function `conatins`", "did you mean `contains`?"),
        ("'a' == param.x", 7, "unknown name `param`", "did you mean `params`?"),
        ("needs.a.result == 'x'", 8, "a step has no `result`", None),
        ("success().x", 9, "unexpected `.`", None),
        ("1e999", 0, "this number is too large", None),
        ("9" * 400, 0, "this number is too large", None),
        ("(" * 51 + "1" + ")" * 51, 50, "nested deeper than 50 levels", None),
        ("!" * 51 + "1", 50, "nested deeper than 50 levels", None),
        ("contains(1, " * 51, 50 * 12 + 8, "nested deeper than 50 levels", None),
        ("1" + " " * 10_000, 0, "an expression longer than 10,000 characters", None),
    ],
)
def test_errors(text: str, offset: int, message: str, hint: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    assert (caught.value.offset, caught.value.message) == (offset, message)
    assert hint is None or caught.value.hint == hint


def test_at_the_limits() -> None:
    nested = parse_expression("(!" * 25 + "env.A" + ")" * 25)
    assert strip(nested) == reduce(lambda inner, _: Not(inner), range(25), A)
    chain = parse_expression(" || ".join(["env.A"] * 1000))
    assert isinstance(chain, Logic)
    assert len(chain.operands) == 1000
    mixed = parse_expression("false || true && env.A == (" * 50 + "env.B" + ")" * 50)
    assert references(mixed) == {"env.A", "env.B"}
    assert bind(mixed, {"env": {"A": "false", "B": ""}}) == Literal(
        evaluate(mixed, {"env": {"A": "false", "B": ""}}, {})
    )


@pytest.mark.parametrize("text", ["success()", "${{ success() }}", "  ${{success()}}\n", "${{ success()\n}}"])
def test_conditions(text: str) -> None:
    assert parse_condition(text) == Call("success")


def test_a_condition_may_hold_braces_in_strings() -> None:
    assert parse_condition("${{ env.A == '}}' }}") == Comparison("==", A, Literal("}}"))
    assert parse_condition("env.A == '${{'") == Comparison("==", A, Literal("${{"))


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("${{ env.A }} && env.B", 13, "text after `}}` would make the condition always true"),
        ("${{ env.A }} && ${{ env.B }}", 13, "text after `}}` would make the condition always true"),
        ("!${{ env.A }}", 1, "`${{` inside an expression"),
        ("env.A && ${{ env.B }}", 9, "`${{` inside an expression"),
        ("  ${{ env.A", 2, "`${{` is never closed"),
        ("  ${{ env.A == }}", 15, "the expression ends too early"),
        ("", 0, "an empty expression"),
    ],
)
def test_bad_conditions(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_condition(text)
    assert (caught.value.offset, caught.value.message) == (offset, message)
    assert caught.value.hint or message.endswith("early")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("make all", ("make all",)),
        ("$A ${A} {{ .X }} }}", ("$A ${A} {{ .X }} }}",)),
        ("${{ env.A }}", (A,)),
        ("x${{env.A}}y${{ env.B }}", ("x", A, "y", B)),
        ("${{ env.A }}${{ env.B }}", (A, B)),
        ("$${{ env.A }}", ("${{ env.A }}",)),
        ("a $${{ b ${{ env.A }}", ("a ${{ b ", A)),
        ("$$${{ x", ("$${{ x",)),
        ("${{ '}}' }}}}", (Literal("}}"), "}}")),
        ("${{ 'it''s }}' }}!", (Literal("it's }}"), "!")),
        (r'${{ "\"}}" }}!', (Literal('"}}'), "!")),
        ("${{ env.A }} it's", (A, " it's")),
    ],
)
def test_templates(text: str, parts: tuple[str | Expression, ...]) -> None:
    assert parse_template(text).parts == parts


def test_templates_keep_their_span() -> None:
    span = Span(SourceFile("w.yml", "a"), 1, 1, 1, 2)
    assert parse_template("a", span).span is span
    assert parse_template("${{ env.A }}", span).span is span
    assert parse_template("a", span) == Template.plain("a")


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("a ${{ env.A", 2, "`${{` is never closed"),
        ("a ${{ env.A } }", 2, "`${{` is never closed"),
        ("${{ env.A }} ${{", 13, "`${{` is never closed"),
        ("a ${{ it's }}", 8, "this string is never closed"),
        ("a ${{ 'b", 6, "this string is never closed"),
        ("a ${{}}", 5, "an empty expression"),
        ("${{ env.A }} ${{ env.B = 1 }}", 23, "`=` has no place in an expression"),
        ("${{ env.A ${{ env.B }}", 10, "`${{` inside an expression"),
        ("x ${{ zzz }}", 6, "unknown name `zzz`"),
    ],
)
def test_bad_templates(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template(text)
    assert (caught.value.offset, caught.value.message) == (offset, message)
    assert caught.value.hint


def test_the_same_expression_elsewhere_has_other_offsets() -> None:
    first, _, second = parse_template("${{ env.A }} ${{ env.A }}").parts
    assert isinstance(first, Reference)
    assert isinstance(second, Reference)
    assert (first.offset, second.offset) == (4, 17)


KEYS = st.one_of(
    st.sampled_from(["a", "b-c", "true", "", "a.b", "it's", 'x"y', "[0]", "-"]), st.integers(0, 99)
)
LEAVES = st.one_of(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**6), 10**6),
        st.floats(-1e6, 1e6).filter(lambda number: number != 0),
        st.text(alphabet="ab'\"\\ }{$", max_size=6),
    ).map(Literal),
    st.builds(
        Reference,
        st.sampled_from(["params", "env", "matrix"]),
        st.lists(KEYS, min_size=1, max_size=2).map(tuple),
    ),
    st.builds(Reference, st.just("item"), st.lists(KEYS, max_size=2).map(tuple)),
    st.sampled_from(["success", "failure", "always", "cancelled"]).map(Call),
)


def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        inner.map(Not),
        st.builds(Comparison, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(Logic, st.sampled_from(["&&", "||"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Call, st.just("range"), st.lists(inner, min_size=1, max_size=3).map(tuple)),
    )


def written(expression: Expression) -> str:
    """Write a tree as text, with brackets around everything that might need them."""
    match expression:
        case Literal(value):
            return written_value(value)
        case Reference(root, path):
            return root + "".join(map(written_key, path))
        case Call(name, arguments):
            return f"{name}({', '.join(map(written, arguments))})"
        case Not(operand):
            return f"!({written(operand)})"
        case Comparison(operator, left, right):
            return f"(({written(left)}) {operator} ({written(right)}))"
        case Logic(operator, operands):
            return "(" + operator.join(f"({written(operand)})" for operand in operands) + ")"


def written_value(value: Value) -> str:
    if not isinstance(value, str):
        return {"None": "null", "True": "true", "False": "false"}.get(repr(value), repr(value))
    if "'" not in value:
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def written_key(key: str | int) -> str:
    plain = isinstance(key, str) and key.replace("-", "x").isalpha() and key[0] != "-"
    return f".{key}" if plain else f"[{written_value(key)}]"


TREES = st.recursive(LEAVES, grown, max_leaves=6)


@settings(deadline=None)
@given(TREES)
def test_a_written_tree_reads_as_the_same_tree(tree: Expression) -> None:
    text = written(tree)
    assert repr(strip(parse_expression(text))) == repr(strip(tree))
    (inside,) = parse_template(f"${{{{{text}}}}}").parts
    assert inside == tree


SIGNS = [".", "[", "]", "'", '"', "(", ")", "!", "==", "=", "&&", "||", "<", ",", "-", " ", "\n", "\\", "$"]
WORDS = st.sampled_from([*CONTEXTS, *SIGNS, "${{", "}}", "1", "true", "x", "range", "success", "status"])


@settings(deadline=None)
@given(st.lists(st.one_of(WORDS, st.characters()), max_size=15).map("".join))
def test_any_text_is_read_or_refused_inside_its_bounds(text: str) -> None:
    for parse in (parse_expression, parse_condition, parse_template):
        try:
            parse(text)
        except ExpressionError as error:
            offset = error.offset
        else:
            offset = 0
        assert 0 <= offset <= len(text)
