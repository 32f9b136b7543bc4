"""What the history tells of how intervals did."""

from __future__ import annotations

import pytest

from tests.support.history import not_started, past_attempt, past_run
from wfopt.api.predict_past import widths_after, widths_in
from wfopt.model.estimates import Basis, Estimate
from wfopt.model.history import Foreseen, PastAttempt
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId
from wfopt.predictor.predict import Outlook, Prediction
from wfopt.predictor.widths import AS_THEY_ARE, Widths, next_width

S = StepId("s")
ABOUT_TEN = Estimate(expected=10.0, low=8.0, high=12.0)
OUTLOOK = Outlook(steps={S: Prediction(step=S, wall=ABOUT_TEN, memory=ABOUT_TEN)})


def test_the_newest_run_with_an_answer_tells_the_widths() -> None:
    old, new = (
        Foreseen(expected_s=1.0, low_s=1.0, high_s=1.0, wall_width=each, memory_width=-each)
        for each in (0.1, 0.2)
    )
    runs = [(past_run("a", foreseen=old), ()), (past_run("b", foreseen=new), ()), (past_run("c"), ())]
    assert widths_in(runs) == Widths(0.2, -0.2)
    assert widths_in(runs[-1:]) == AS_THEY_ARE


@pytest.mark.parametrize(
    ("attempt", "walls", "peaks"),
    [
        (past_attempt("s", 10.0), (1, 1), (0, 0)),
        (past_attempt("s", 13.0, peak_memory_bytes=9), (0, 1), (1, 1)),
        (past_attempt("s", 7.0, peak_memory_bytes=13), (0, 1), (0, 1)),
        (past_attempt("s", 13.0, status=StepStatus.FAILED), (0, 0), (0, 0)),
        (past_attempt("other", 13.0), (0, 0), (0, 0)),
        (not_started("s"), (0, 0), (0, 0)),
    ],
)
def test_values_that_ended_well_are_counted(
    attempt: PastAttempt, walls: tuple[int, int], peaks: tuple[int, int]
) -> None:
    found = widths_after(Widths(0.3, -0.3), OUTLOOK, [attempt])
    assert found == Widths(next_width(0.3, *walls), next_width(-0.3, *peaks))


def test_what_was_only_a_hint_is_not_counted() -> None:
    hint = Estimate(expected=10.0, low=8.0, high=12.0, basis=Basis.HINT)
    outlook = Outlook(steps={S: Prediction(step=S, wall=hint)})
    assert widths_after(AS_THEY_ARE, outlook, [past_attempt("s", 99.0)]) == AS_THEY_ARE
