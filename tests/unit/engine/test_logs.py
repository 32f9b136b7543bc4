"""Each step's output as a file."""

from pathlib import Path

import pytest

from wfopt.engine import logs
from wfopt.engine.logs import TAIL_BYTES, LogSink
from wfopt.events import StepFinished, StepOutput, StepRetried, StepSkipped
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


def test_attempts_share_a_log(tmp_path: Path) -> None:
    sink = LogSink(str(tmp_path))
    failed = StepOutcome(status=StepStatus.FAILED, reason="")
    again = StepRetried(at=0.0, step=A, attempt=1, outcome=failed, delay_s=1.0)
    for event in (wrote(b"1"), again, wrote(b"2"), DONE):
        sink(event)
    assert (tmp_path / "a%2Fb.log").read_bytes() == b"12"


@pytest.mark.parametrize(
    ("pieces", "kept"),
    [
        ([b"12345678"], b"12345678"),
        ([b"1234", b"5678", b""], b"12345678"),
        ([b"123456789"], b"12345678"),
        ([b"12345678", b"9"], b"12345678"),
        ([b"1234", b"56789", b"more", b"and more"], b"12345678"),
    ],
)
def test_log_is_cut_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], kept: bytes
) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 8)
    sink = LogSink(str(tmp_path))
    for piece in pieces:
        sink(wrote(piece))
    sink(DONE)
    whole = b"".join(pieces)
    last = b"\n[wfopt: the log ends here; the step printed more than 8 bytes]\n"
    assert (tmp_path / "a%2Fb.log").read_bytes() == (whole if whole == kept else kept + last)
    assert sink.capped == (set() if whole == kept else {A})
    assert sink.tail(A) == whole


def test_limit_holds_for_all_attempts_together_and_for_each_step_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 8)
    sink = LogSink(str(tmp_path))
    other = StepOutput(at=0.0, step=StepId("c"), data=b"123456")
    for event in (wrote(b"123456"), DONE, other, wrote(b"abcdef"), DONE):
        sink(event)
    sink.close()
    assert (tmp_path / "a%2Fb.log").read_bytes().startswith(b"123456ab\n[wfopt: ")
    assert (tmp_path / "c.log").read_bytes() == b"123456"
    assert sink.capped == {A}


def test_services_print_after_their_end_until_the_logs_are_closed(tmp_path: Path) -> None:
    sink = LogSink(str(tmp_path))
    for event in (wrote(b"1"), DONE, wrote(b"2"), wrote(b"3")):
        sink(event)
    file = sink._files[A]
    assert not file.closed
    sink.close()
    assert file.closed
    assert (tmp_path / "a%2Fb.log").read_bytes() == b"123"
    sink.close()


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
    assert "no such file" in first
    assert sink.trouble == first
    assert sink.path(A) is None
    assert sink.tail(A) == b"12"
