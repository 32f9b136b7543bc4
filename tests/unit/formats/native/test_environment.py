"""The environment as expressions see it."""

from wfopt.formats.native.environment import Variables

OUTER = {"A": "outer", "B": "outer"}


def test_own_variables_hide_outer_ones() -> None:
    variables = Variables(OUTER, {"A": "own", "C": "own"})
    assert dict(variables) == {"A": "own", "B": "outer", "C": "own"}
    assert len(variables) == 3


def test_a_variable_that_is_null_is_unset() -> None:
    variables = Variables(OUTER, {"A": None, "C": None})
    assert dict(variables) == {"B": "outer"}
    assert "A" not in variables
    assert variables.get("C", "default") == "default"


def test_what_lies_on_top_counts_and_changes_nothing_below() -> None:
    below = Variables(OUTER, {"A": None})
    above = below.under({"A": "again", "B": None})
    assert dict(above) == {"A": "again"}
    assert dict(below) == {"B": "outer"}
