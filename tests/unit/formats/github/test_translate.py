"""Expressions of GitHub Actions as those of the model."""

import pytest

from tests.support.model_text import expression_text, template_text
from wfopt.formats.github.meaning import unknowns
from wfopt.formats.github.scope import Finished, Scope
from wfopt.formats.github.texts import split, split_condition
from wfopt.formats.github.translate import asks_status, condition_of, template_of
from wfopt.model.expressions import Literal, Reference, Template
from wfopt.model.workflow import StepId

SCOPE = Scope(
    matrix={
        "os": "Linux",
        "n": 3,
        "on": True,
        "list": ("a", {"b": "c"}),
        "expr": "${{ inputs.a }}!",
        "nil": None,
    },
    env={
        "A": Template.plain("one"),
        "SET": Template.plain("old"),
        "LATE": Template.of([Reference("env", ("GITHUB_SHA",))]),
        "OPEN": Template.of([Reference("service", ("secrets.X",))]),
        "MIXED": Template.of(["x", Reference("service", ("secrets.Y",))]),
    },
    unsure=('echo "SET=new" >> $GITHUB_ENV',),
    steps={"one": StepId("a/one")},
    needs={
        "b": Finished(definitions=("b/1",), outputs={"v": Reference("needs", ("b/1", "out", "v"))}),
        "called": Finished(definitions=("called",), caller="called"),
    },
    inputs={"a": "given", "flag": False},
    strategy={"job-index": 0},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${{ matrix.os }}-${{ matrix.n }}-${{ matrix.on }}-${{ matrix.nil }}", "Linux-3-true-"),
        ("${{ matrix.list[1].b }} ${{ matrix.list }}", "c ${{ service['matrix.list'] }}"),
        ("${{ matrix.os.x }}${{ matrix.gone }}", ""),
        ("${{ matrix.expr }}", "given!"),
        ("${{ matrix.expr.x }}", "${{ service['matrix.expr.x'] }}"),
        ("${{ matrix.list.* }}", "${{ service['matrix.list.*'] }}"),
        ("${{ env.A }} ${{ env.SET }}", "one ${{ env['SET'] }}"),
        ("${{ env.LATE }}", "${{ env['LATE'] }}"),
        ("${{ env.OPEN }}", "${{ service['secrets.X'] }}"),
        ("${{ env.MIXED }}", "${{ service['env.MIXED'] }}"),
        ("${{ inputs.a }} ${{ github.event.inputs.flag }}", "given false"),
        ("${{ inputs.b }}", "${{ service['inputs.b'] }}"),
        ("${{ strategy.job-index }} ${{ strategy.x }}", "0 ${{ service['strategy.x'] }}"),
        ("${{ steps.one.outputs.x }}", "${{ needs['a/one']['out']['x'] }}"),
        ("${{ steps.none.outputs.x }}", ""),
        ("${{ steps.one }}", "${{ service['steps.one'] }}"),
        ("${{ needs.b.outputs.v }}", "${{ needs['b/1']['out']['v'] }}"),
        ("${{ needs.b.outputs.gone }}", ""),
        ("${{ needs.called.outputs.v }}", "${{ needs['called']['out']['v'] }}"),
        ("${{ needs.b }}", "${{ service['needs.b'] }}"),
        ("${{ needs.gone.result }}", "${{ service['needs.gone.result'] }}"),
        ("${{ runner.OS }} ${{ job.status }}", "${{ env['RUNNER_OS'] }} ${{ env['JOB_STATUS'] }}"),
        ("${{ a b }}", "${{ service['a b'] }}"),
        ("${{ join(fromJSON('[1,2]'), '+') }}", "1+2"),
    ],
)
def test_templates(text: str, expected: str) -> None:
    assert template_text(template_of(split(text), SCOPE)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("matrix.os == 'LINUX'", "True"),
        ("matrix.os != 'linux' || matrix.n == '3'", "True"),
        ("matrix.os != 'linux'", "False"),
        ("matrix.os != 'windows'", "True"),
        ("matrix.gone == '' && matrix.nil == null", "True"),
        ("matrix.n > 2", "True"),
        ("matrix.os < 'x'", "service[\"matrix.os < 'x'\"]"),
        ("env.SET == ''", "((env['SET'] || '') == '')"),
        ("startsWith(matrix.os, 'LIN')", "True"),
        ("contains(github.ref, 'x')", "contains((env['GITHUB_REF'] || ''), 'x')"),
        ("contains(fromJSON('[\"a\",\"b\"]'), 'b')", "True"),
        (
            "contains(needs.*.result, 'failure')",
            "((needs['b/1']['status'] == 'failed') || (needs['called']['status'] == 'failed'))",
        ),
        ("steps.one.outcome != 'success'", "!(needs['a/one']['status'] == 'succeeded')"),
        ("'skipped' == steps.one.conclusion", "(needs['a/one']['status'] == 'skipped')"),
        ("needs.b.result == 'failure'", "(needs['b/1']['status'] == 'failed')"),
        ("!inputs.flag", "True"),
        ("always() && matrix.on", "(always() && True)"),
        ("${{ failure() }} && false", "always()"),
        ("${{ env.A }} && false", "True"),
        ("", "True"),
    ],
)
def test_conditions(text: str, expected: str) -> None:
    assert expression_text(condition_of(split_condition(text), SCOPE)) == expected


def test_a_matrix_that_only_the_run_knows_has_no_values() -> None:
    assert unknowns(template_of(split("${{ matrix.os }}"), Scope(matrix=None))) == ["matrix.os"]


def test_so_many_jobs_are_not_asked() -> None:
    many = Scope(needs={"x": Finished(definitions=("x/1",) * 1001)})
    found = condition_of(split_condition("contains(needs.*.result, 'failure')"), many)
    assert unknowns(found) == ["contains(needs.*.result, 'failure')"]


def test_in_a_job_that_runs_after_failures_the_status_is_its_own() -> None:
    scope = Scope(own=Finished(definitions=("a/1",)))
    assert (
        expression_text(condition_of(split_condition("success()"), scope))
        == "(needs['a/1']['status'] != 'failed')"
    )
    assert (
        expression_text(condition_of(split_condition("failure()"), scope))
        == "(needs['a/1']['status'] == 'failed')"
    )
    assert expression_text(condition_of(split_condition("always()"), scope)) == "always()"
    assert condition_of(split_condition("success()"), Scope(own=Finished(definitions=()))) == Literal(
        value=True
    )


def test_so_many_steps_of_the_own_job_are_not_asked() -> None:
    many = Scope(own=Finished(definitions=("x",) * 61))
    assert unknowns(condition_of(split_condition("success()"), many)) == ["success()"]


def test_which_conditions_ask_how_things_went() -> None:
    assert asks_status(split_condition("a && cancelled()"))
    assert not asks_status(split_condition("contains(a, 'always()')"))
    assert not asks_status(None)


def test_a_mapping_has_no_text() -> None:
    assert unknowns(template_of(split("${{ fromJSON('{}') }}"), SCOPE)) == ["fromJSON('{}')"]


def test_unknowns_are_listed_once() -> None:
    one = Reference("service", ("b",))
    assert unknowns(None, one, Template.of(["x", one, Reference("service", ("a",))])) == ["b", "a"]
    assert unknowns(Template.plain("x"), Reference("env", ("A",))) == []
