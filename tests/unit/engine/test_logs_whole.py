"""What a step has written as a whole, to be kept; what is only replayed is not written again."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from wfopt.engine import logs
from wfopt.engine.logs import TAIL_BYTES, LogSink
from wfopt.events import StepFinished, StepOutput, StepRetried
from wfopt.model.outcome import StepOutcome, StepStatus
from wfopt.model.workflow import StepId

A = StepId("a")
GOOD = StepOutcome(status=StepStatus.SUCCEEDED, reason="")
BAD = StepOutcome(status=StepStatus.FAILED, reason="")


def wrote(data: bytes, *, replayed: bool = False) -> StepOutput:
    return StepOutput(at=0.0, step=A, data=data, replayed=replayed)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[LogSink]:
    sink = LogSink(str(tmp_path))
    yield sink
    sink.close()


def test_nothing_written_is_empty(sink: LogSink) -> None:
    assert sink.whole(A) == b""


@pytest.mark.parametrize("chunks", [[b"x"], [b"a" * 4000, b"b" * 96]])
def test_what_is_short_comes_from_memory(sink: LogSink, chunks: list[bytes]) -> None:
    for chunk in chunks:
        sink(wrote(chunk))
    assert sink.whole(A) == b"".join(chunks)


def test_what_is_long_is_in_the_file(sink: LogSink) -> None:
    for chunk in (b"a" * TAIL_BYTES, b"b"):
        sink(wrote(chunk))
    whole = sink.whole(A)
    assert whole == sink.path(A)
    assert Path(str(whole)).read_bytes() == b"a" * TAIL_BYTES + b"b"


def test_earlier_attempts_are_part_of_it(sink: LogSink) -> None:
    sink(wrote(b"first"))
    sink(StepRetried(at=0.0, step=A, attempt=1, outcome=BAD, delay_s=0.0))
    sink.forget(A)
    sink(wrote(b"second"))
    assert Path(str(sink.whole(A))).read_bytes() == b"firstsecond"


def test_what_was_cut_off_is_kept_as_the_log_has_it(sink: LogSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 5)
    sink(wrote(b"123456789"))
    text = Path(str(sink.whole(A))).read_bytes()
    assert text.startswith(b"12345\n[wfopt: the log ends here")


def test_what_could_not_be_written_is_lost(tmp_path: Path) -> None:
    sink = LogSink(str(tmp_path / "none"))
    sink(wrote(b"x"))
    assert sink.whole(A) is None


def test_what_is_replayed_is_not_written(tmp_path: Path, sink: LogSink) -> None:
    for event in (wrote(b"again", replayed=True), StepFinished(at=0.0, step=A, outcome=GOOD)):
        sink(event)
    assert os.listdir(tmp_path) == []
    assert (sink.path(A), sink.tail(A)) == (None, b"")
