"""What checks ask of jobs and steps: actions, places and names."""

from __future__ import annotations

import pytest

from tests.support.texts_at import place_of as at
from wfopt.analyzer.jobs import (
    action_of,
    command_place,
    first_line,
    is_script,
    key_of,
    name_of,
    option,
    place_of,
)
from wfopt.model.scripts import Command
from wfopt.model.workflow import Argv, Opaque, Step, StepId
from wfopt.source import Span

TEXT = """\
steps:
  - name: one
    run: |

      cd web
      npm ci
  - uses: Actions/Checkout@v4
"""


def block() -> Span:
    start = at(TEXT, "|")
    return Span(start.source, start.line, start.column, 6, 13)


def test_actions_are_known_by_what_their_file_calls_them() -> None:
    run = Opaque(what="Actions/Checkout@v4", why="an action", options={"fetch-depth": " 0 "})
    step = Step(id=StepId("a"), run=run, places={"uses": at(TEXT, "Actions")})
    assert action_of(step) == "actions/checkout"
    assert option(step, "fetch-depth") == "0"
    assert not is_script(step)


def test_scripts_that_cannot_run_here_are_scripts() -> None:
    step = Step(id=StepId("a"), run=Opaque(what="make a/b", why="uses secrets"))
    assert action_of(step) == ""
    assert is_script(step)
    assert option(Step(id=StepId("b"), run=Argv(())), "x") == ""


def test_the_first_line_of_a_block_is_the_one_behind_its_header() -> None:
    assert first_line(at(TEXT, "one"))[1:] == (2, 11, 2, 14)
    whole = at(TEXT, "steps:")
    assert first_line(Span(whole.source, 2, 5, 6, 13))[1:] == (2, 5, 2, 14)
    assert first_line(Span(whole.source, 5, 7, 6, 13))[1:] == (5, 7, 5, 13)


def test_a_command_is_found_on_its_line() -> None:
    step = Step(id=StepId("a"), run=Argv(()), places={"run": block()})
    place = command_place(step, Command(words=("npm", "ci")))
    assert place is not None
    assert place[1:] == (6, 7, 6, 13)
    missing = command_place(step, Command(words=("make", "x")))
    assert missing == first_line(block())
    assert command_place(step, Command(words=())) == first_line(block())
    assert command_place(Step(id=StepId("b"), run=Argv(())), Command(words=("x",))) is None


@pytest.mark.parametrize(("words", "column"), [("- name", 5), ("name", 5), (" - name", 5)])
def test_the_first_key_of_a_step_stands_behind_its_dash(words: str, column: int) -> None:
    key = key_of(Step(id=StepId("a"), run=Argv(()), span=at(TEXT, words)))
    assert key is not None
    assert (key.line, key.column) == (2, column)


def test_a_step_without_places_has_none() -> None:
    step = Step(id=StepId("a"), run=Argv(()))
    assert key_of(step) is None
    assert place_of(step) is None
    span = at(TEXT, "name")
    assert place_of(Step(id=StepId("a"), run=Argv(()), span=span)) == span


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ("build", "build"),
        ("build#2", "build"),
        ("build(A=1)#2", "build"),
        ("all#2/build#3", "build"),
        ("#x", "#x"),
        ("ci/lint", "ci/lint"),
    ],
)
def test_names_without_variants(definition: str, name: str) -> None:
    assert name_of(Step(id=StepId("a"), definition=definition, run=Argv(()))) == name
