"""Whose output is shown."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from wfopt.model.workflow import StepId
from wfopt.render.live.choice import Choice, Move, Wish

A, B, C = StepId("a"), StepId("b"), StepId("c")
ALL = (A, B, C)
UP, DOWN, FOLLOW, OFF = Move.UP, Move.DOWN, Move.FOLLOW, Move.OFF


@pytest.mark.parametrize(
    ("wishes", "shown"),
    [
        ((), None),
        ((DOWN,), B),
        ((UP,), B),
        ((DOWN, DOWN), C),
        ((DOWN, DOWN, DOWN), A),
        ((DOWN, UP), A),
        ((DOWN, UP, UP), C),
        ((3,), C),
        ((3, UP), B),
        ((4,), None),
        ((1, 9), A),
        ((1, FOLLOW), B),
        ((1, OFF), None),
        ((1, OFF, DOWN), B),
    ],
)
def test_wishes(wishes: Sequence[Wish], shown: StepId | None) -> None:
    choice = Choice()
    choice.note_output(B)
    for wish in wishes:
        choice.wish(wish, ALL)
    assert choice.shown(ALL) == shown


def test_who_printed_last_is_followed() -> None:
    choice = Choice()
    choice.wish(FOLLOW, ALL)
    assert choice.shown(ALL) == A
    choice.note_output(C)
    assert choice.shown(ALL) == C
    choice.note_output(B)
    assert choice.shown(ALL) == B
    assert choice.shown((A, C)) == A


def test_a_chosen_step_stays_until_it_ends() -> None:
    choice = Choice()
    choice.wish(3, ALL)
    choice.note_output(B)
    choice.note_end(A)
    assert choice.shown((B, C)) == C
    choice.note_end(C)
    assert choice.shown((A, B)) == B


def test_while_nothing_runs_nothing_is_shown() -> None:
    choice = Choice()
    choice.wish(DOWN, ())
    choice.wish(DOWN, ())
    assert choice.shown(()) is None
    assert choice.shown((A,)) == A
