"""Each step's output as a file."""

from pathlib import Path

from wfopt.engine.logs import TAIL_BYTES, LogSink
from wfopt.events import StepFinished, StepOutput, StepSkipped
from wfopt.model.outcome import StepOutcome, StepStatus
from wfopt.model.workflow import StepId

A = StepId("a/b")
DONE = StepFinished(at=0.0, step=A, outcome=StepOutcome(status=StepStatus.SUCCEEDED, reason=""))


def wrote(data: bytes) -> StepOutput:
    return StepOutput(at=0.0, step=A, data=data)


def test_log_holds_every_byte(tmp_path: Path) -> None:
    sink = LogSink(str(tmp_path))
    for event in (wrote(b"\xff\r\n"), wrote(b"two"), DONE):
        sink(event)
    path = sink.path(A)
    assert path == str(tmp_path / "a%2Fb.log")
    assert Path(path).read_bytes() == b"\xff\r\ntwo"
    assert sink.trouble == ""


def test_later_attempt_is_appended(tmp_path: Path) -> None:
    sink = LogSink(str(tmp_path))
    for event in (wrote(b"1"), DONE, wrote(b"2"), DONE):
        sink(event)
    assert (tmp_path / "a%2Fb.log").read_bytes() == b"12"


def test_silent_step_has_no_log(tmp_path: Path) -> None:
    sink = LogSink(str(tmp_path))
    sink(DONE)
    sink(StepSkipped(at=0.0, step=A, reason=""))
    assert sink.path(A) is None
    assert sink.tail(A) == b""
    assert list(tmp_path.iterdir()) == []


def test_tail_is_short_and_forgotten(tmp_path: Path) -> None:
    sink = LogSink(str(tmp_path))
    for event in (wrote(b"x" * TAIL_BYTES), wrote(b"end"), DONE):
        sink(event)
    assert sink.tail(A) == b"x" * (TAIL_BYTES - 3) + b"end"
    sink.forget(A)
    assert sink.tail(A) == b""


def test_run_goes_on_without_logs(tmp_path: Path) -> None:
    sink = LogSink(str(tmp_path / "absent"))
    sink(wrote(b"1"))
    first = sink.trouble
    sink(wrote(b"2"))
    assert "No such file" in first
    assert sink.trouble == first
    assert sink.path(A) is None
    assert sink.tail(A) == b"12"
