"""`--from` and `--action`."""

import pytest

from wfopt.cli.foreign_options import action_options, format_option
from wfopt.errors import UserError


def test_a_format_is_one_that_is_known() -> None:
    assert format_option("") == ""
    assert format_option("gitlab") == "gitlab"
    with pytest.raises(UserError) as error:
        format_option("zzzzzz", "it is set by `WFOPT_FROM`")
    (problem,) = error.value.diagnostics
    assert problem.hints[0].startswith("there are: `native`, `github`")
    assert problem.causes == ("it is set by `WFOPT_FROM`",)


def test_actions_are_named_without_case_and_version() -> None:
    found = action_options(["Own/Act@v1=echo a=b", "x/y= z ", "own/act=later"])
    assert found == {"own/act": "later", "x/y": " z "}


@pytest.mark.parametrize("word", ["a/b", "=x", "a/b=", "a/b= ", "a/b=x\0"])
def test_an_action_without_a_command_is_refused(word: str) -> None:
    with pytest.raises(UserError):
        action_options([word])
