"""`per-file-ignores` in a config file."""

import pytest

from tests.support.analyses import DUPLICATE_STEP, NO_TIMEOUT
from wfopt.cli.config import Config, interpret
from wfopt.errors import UserError
from wfopt.source import SourceFile


def config(content: object) -> Config:
    source = SourceFile(".wfopt.toml", '[per-file-ignores]\n"a/**" = 1\n')
    return interpret({"per-file-ignores": content}, (), (), source, "/folder")


def test_codes_by_pattern() -> None:
    found = config({"a/**": "WF301", "./b.yml": ["duplicate-step", "WF30"]})
    assert found.folder == "/folder"
    assert found.file_ignores["a/**"] == {NO_TIMEOUT}
    assert {DUPLICATE_STEP, NO_TIMEOUT} < found.file_ignores["b.yml"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (["WF301"], "`per-file-ignores` is not a table"),
        ({"a/**": 1}, "`a/**` takes a list of codes"),
        ({"a/**": [1]}, "`a/**` takes a list of codes"),
        ({"a/**": "WF3O1"}, "there is no code `WF3O1`"),
        ({"a/**": "???"}, "there is no code `???`"),
        ({"[": "WF301"}, "`[` is no pattern of paths"),
    ],
)
def test_what_is_wrong(content: object, message: str) -> None:
    with pytest.raises(UserError) as caught:
        config(content)
    (problem,) = caught.value.diagnostics
    assert problem.message.startswith(message)
