"""Events as lines of JSON."""

import io
import json

from wfopt.events import Event, RunFinished, StepFinished, StepOutput, StepRetried, StepStarted
from wfopt.model.outcome import RunStatus, StepOutcome, StepStatus
from wfopt.model.workflow import StepId
from wfopt.render.jsonl import EventLog

A, B = StepId("a"), StepId("b")


def written(*events: Event) -> list[dict[str, object]]:
    out = io.StringIO()
    log = EventLog(out)
    for event in events:
        log(event)
    text = out.getvalue()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def printed(step: StepId, data: bytes) -> StepOutput:
    return StepOutput(at=0.5, step=step, data=data)


def ended(step: StepId) -> StepFinished:
    return StepFinished(at=1.0, step=step, outcome=StepOutcome(status=StepStatus.SUCCEEDED, reason=""))


def texts(documents: list[dict[str, object]]) -> list[object]:
    return [each.get("text", each["event"]) for each in documents]


def test_one_object_a_line_even_if_the_output_has_many_lines() -> None:
    documents = written(printed(A, b"one\ntwo\n"), RunFinished(at=1.0, status=RunStatus.SUCCEEDED))
    assert documents == [
        {"event": "step-output", "at": 0.5, "step": "a", "text": "one\ntwo\n", "replayed": False},
        {"event": "run-finished", "at": 1.0, "status": "succeeded", "signal": None, "enforced_by": {}},
    ]


def test_a_character_that_arrives_in_two_pieces_stays_whole() -> None:
    assert texts(written(printed(A, b"caf\xc3"), printed(B, b"b"), printed(A, b"\xa9"))) == ["caf", "b", "é"]


def test_half_a_character_at_the_end_of_a_step_is_replaced() -> None:
    assert texts(written(printed(A, b"x\xc3"), ended(A), ended(B))) == [
        "x",
        "\ufffd",
        "step-finished",
        "step-finished",
    ]


def test_half_a_character_at_the_end_of_an_attempt_is_replaced() -> None:
    failed = StepOutcome(status=StepStatus.FAILED, reason="")
    again = StepRetried(at=1.0, step=A, attempt=1, outcome=failed, delay_s=0.0)
    assert texts(written(printed(A, b"x\xc3"), again, printed(A, b"\xa9y"), ended(A))) == [
        "x",
        "\ufffd",
        "step-retried",
        "\ufffdy",
        "step-finished",
    ]


def test_half_a_character_at_the_end_of_a_service_is_replaced() -> None:
    end = RunFinished(at=1.0, status=RunStatus.SUCCEEDED)
    assert texts(written(ended(A), printed(A, b"x\xc3"), end)) == [
        "step-finished",
        "x",
        "\ufffd",
        "run-finished",
    ]


def test_other_events_stand_as_they_are() -> None:
    event = StepStarted(at=0.0, step=A, reason="why")
    assert written(event) == [
        {"event": "step-started", "at": 0.0, "step": "a", "reason": "why", "attempt": 1}
    ]


def test_every_event_is_flushed() -> None:
    class Counting(io.StringIO):
        flushes = 0

        def flush(self) -> None:
            self.flushes += 1

    out = Counting()
    log = EventLog(out)
    log(printed(A, b"x"))
    log(printed(A, b"y"))
    assert out.flushes == 2
