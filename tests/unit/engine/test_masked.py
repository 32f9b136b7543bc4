"""Events on their way to logs, displays and reports: nothing secret gets through."""

import pytest

from wfopt.codes import STEP_FAILED
from wfopt.engine.masked import MaskedEvents
from wfopt.engine.masking import MASK, Masker
from wfopt.errors import Diagnostic
from wfopt.events import (
    Event,
    Noticed,
    RunFinished,
    RunStarted,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
)
from wfopt.model.outcome import RunStatus, StepOutcome, StepStatus
from wfopt.model.workflow import StepId

A, B = StepId("a"), StepId("b")
SECRET = "correct-horse-battery"
HIDDEN = MASK.decode()
FAILED = StepOutcome(status=StepStatus.FAILED, reason=f"no `{SECRET}`")
END = RunFinished(at=9.0, status=RunStatus.SUCCEEDED)


def printed(data: str, name: StepId = A) -> StepOutput:
    return StepOutput(at=1.0, step=name, data=data.encode())


def ended(name: StepId = A) -> StepFinished:
    return StepFinished(
        at=2.0, step=name, outcome=StepOutcome(status=StepStatus.SUCCEEDED, reason="", exit_code=0)
    )


def masking(*secrets: str) -> MaskedEvents:
    masker = Masker()
    for secret in secrets:
        masker.add(secret)
    return MaskedEvents(masker)


def shown(events: list[Event], *secrets: str) -> list[Event]:
    masked = masking(*secrets)
    return [each for event in events for each in masked.of(event)]


def texts(events: list[Event]) -> list[str]:
    """Return what was printed as it is, and the names of all other events."""
    return [
        event.data.decode() if isinstance(event, StepOutput) else type(event).__name__ for event in events
    ]


EVERYTHING: list[Event] = [
    RunStarted(at=0.0, run_id="r", started_at=0.0, steps=1, slots=1, strategy="fifo"),
    StepStarted(at=0.0, step=A, reason="why"),
    printed(SECRET),
    StepRetried(at=1.0, step=A, attempt=1, outcome=FAILED, delay_s=1.0),
    ended(),
    StepSkipped(at=2.0, step=B, reason="why"),
    StepCancelled(at=2.0, step=B, reason="why"),
    Noticed(at=2.0, step=None, diagnostic=Diagnostic(code=STEP_FAILED, message=SECRET)),
    END,
]


def test_without_secrets_every_event_passes_as_it_is() -> None:
    assert all(one is other for one, other in zip(shown(EVERYTHING), EVERYTHING, strict=True))


def test_with_secrets_every_event_passes_in_its_order() -> None:
    told = shown(EVERYTHING, SECRET)
    assert [type(event) for event in told] == [type(event) for event in EVERYTHING]
    assert SECRET not in repr(told)
    assert repr(told).count(HIDDEN) == 3


@pytest.mark.parametrize("size", [1, 5, 21, 100])
def test_a_secret_that_comes_in_pieces_is_masked(size: int) -> None:
    text = f"before {SECRET} after\n"
    pieces = [printed(text[start : start + size]) for start in range(0, len(text), size)]
    told = texts(shown([*pieces, ended()], SECRET))
    assert "".join(told[:-1]) == f"before {HIDDEN} after\n"
    assert told[-1] == "StepFinished"
    assert "" not in told


@pytest.mark.parametrize(
    ("last", "name"),
    [
        (ended(), "StepFinished"),
        (StepRetried(at=2.0, step=A, attempt=1, outcome=FAILED, delay_s=1.0), "StepRetried"),
        (END, "RunFinished"),
    ],
)
def test_what_was_held_back_comes_before_the_end(last: Event, name: str) -> None:
    told = shown([printed("x" + SECRET[:9]), last], SECRET)
    assert texts(told) == ["x", SECRET[:9], name]
    assert told[1].at == last.at
    assert shown([printed("x"), last], SECRET)[1:] == shown([last], SECRET)


def test_attempts_do_not_run_into_each_other() -> None:
    again = StepRetried(at=2.0, step=A, attempt=1, outcome=FAILED, delay_s=1.0)
    told = texts(shown([printed(SECRET[:9]), again, printed(SECRET[9:]), ended()], SECRET))
    assert told == [SECRET[:9], "StepRetried", SECRET[9:], "StepFinished"]


def test_steps_do_not_run_into_each_other() -> None:
    events = [printed(SECRET[:9]), printed(SECRET[9:], B), printed(SECRET[9:]), ended(B), ended()]
    told = texts(shown(events, SECRET))
    assert told == [SECRET[9:], HIDDEN, "StepFinished", "StepFinished"]


def test_services_print_after_their_end_and_every_rest_comes_before_the_end_of_the_run() -> None:
    events = [ended(), ended(B), printed("a" + SECRET[:9]), printed("b" + SECRET[:5], B), END]
    told = texts(shown(events, SECRET))
    assert told == ["StepFinished", "StepFinished", "a", "b", SECRET[:9], SECRET[:5], "RunFinished"]


def test_a_secret_that_is_learned_late_is_masked_from_then_on() -> None:
    masked = masking()
    first = list(masked.of(printed(SECRET)))
    masked.masker.add(SECRET)
    then = [*masked.of(printed(SECRET)), *masked.of(ended())]
    assert texts(first) == [SECRET]
    assert texts(then) == [HIDDEN, "StepFinished"]


def test_messages_are_masked_in_all_their_parts() -> None:
    diagnostic = Diagnostic(
        code=STEP_FAILED,
        message=f"m {SECRET}",
        causes=(f"c {SECRET}", "d"),
        hints=(f"h {SECRET}",),
        file="w.yml",
    )
    (told,) = shown([Noticed(at=1.0, step=A, diagnostic=diagnostic)], SECRET)
    assert told == Noticed(
        at=1.0,
        step=A,
        diagnostic=Diagnostic(
            code=STEP_FAILED,
            message=f"m {HIDDEN}",
            causes=(f"c {HIDDEN}", "d"),
            hints=(f"h {HIDDEN}",),
            file="w.yml",
        ),
    )


def test_reasons_are_masked() -> None:
    outcome = StepOutcome(status=StepStatus.FAILED, reason=f"no `{SECRET}`", exit_code=3, allowed=True)
    (told,) = shown([StepFinished(at=1.0, step=A, outcome=outcome)], SECRET)
    assert isinstance(told, StepFinished)
    assert told.outcome == StepOutcome(
        status=StepStatus.FAILED, reason=f"no `{HIDDEN}`", exit_code=3, allowed=True
    )


@pytest.mark.parametrize("kind", [StepSkipped, StepCancelled])
def test_reasons_of_steps_that_do_not_run_are_masked(kind: type[StepSkipped | StepCancelled]) -> None:
    (told,) = shown([kind(at=1.0, step=A, reason=f"its condition has no value: {SECRET}")], SECRET)
    assert SECRET not in repr(told)
