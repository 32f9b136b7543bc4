"""New ids for steps, and expressions that follow."""

import pytest

from tests.support.builders import step, workflow
from wfopt.formats.expressions import parse_expression
from wfopt.formats.native.expression_text import NotExpressibleError, expression_text
from wfopt.formats.native.renaming import Renaming, ids_for
from wfopt.model.expressions import Literal

CELLS = [
    step("t[n=1]/x", definition="t/x", cell=(("n", "1"),)),
    step("t[n=2]/x", definition="t/x", cell=(("n", "2"),)),
    step("one/y", definition="one/y"),
]


def test_ids_are_valid_and_unique_whatever_the_case() -> None:
    names = ["build/1", "build-1", "Build-1", "1st", "-", "a" * 150, "ok_2.x", "ü"]
    found = ids_for(names)
    assert list(found) == names
    assert list(found.values()) == [
        *("build-1-3", "build-1", "Build-1-2", "_1st", "step", "a" * 100, "ok_2.x", "step-2"),
    ]


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("needs['one/y'].out.v", "needs.one-y.out.v"),
        ("needs.one.status", "needs.one-y.status"),
        ("env.X && !success()", "env.X && !success()"),
        (
            "needs['t/x'].status == 'failed'",
            "needs.t-n-1-x.status == 'failed' || needs.t-n-2-x.status == 'failed'",
        ),
        (
            "needs.t.status != 'cancelled'",
            (
                "!(needs.t-n-1-x.status != 'failed' && needs.t-n-2-x.status != 'failed' && "
                "(needs.t-n-1-x.status == 'cancelled' || needs.t-n-2-x.status == 'cancelled'))"
            ),
        ),
        (
            "needs.t.status == 'skipped'",
            "needs.t-n-1-x.status == 'skipped' && needs.t-n-2-x.status == 'skipped'",
        ),
        ("needs.gone.status == 'skipped'", "true"),
        ("needs.gone.status == 'failed'", "false"),
    ],
)
def test_expressions_use_the_new_ids(written: str, wanted: str) -> None:
    found = Renaming(workflow(CELLS)).expression(parse_expression(written))
    assert expression_text(found) == wanted


def test_how_several_steps_ended_is_written_out() -> None:
    found = expression_text(Renaming(workflow(CELLS)).expression(parse_expression("needs['t/x'].status")))
    assert found.startswith(
        "((needs.t-n-1-x.status == 'failed' || needs.t-n-2-x.status == 'failed') && 'failed')"
    )
    assert found.endswith("|| 'skipped'")
    assert Renaming(workflow([])).expression(parse_expression("needs.a.status")) == Literal("skipped")


@pytest.mark.parametrize("written", ["needs['t/x'].out.v", "needs.t.out.v"])
def test_a_value_of_several_steps_cannot_be_written(written: str) -> None:
    with pytest.raises(NotExpressibleError, match="several steps"):
        Renaming(workflow(CELLS)).expression(parse_expression(written))
