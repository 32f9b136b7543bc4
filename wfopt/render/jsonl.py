"""The events of a run as JSON, one object a line."""

from __future__ import annotations

import codecs
import json
from typing import TextIO

from wfopt.dataclass import replace
from wfopt.events import Event, RunFinished, StepFinished, StepOutput, StepRetried
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId
from wfopt.render.documents import event_document

_decoder = codecs.getincrementaldecoder("utf-8")


class EventLog:
    """A sink that writes every event to a text stream as soon as it happens.

    Output of a step is text; a character whose bytes arrive in two pieces stands in the later one.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._decoders: dict[StepId, codecs.IncrementalDecoder] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case StepOutput():
                decoder = self._decoders.setdefault(event.step, _decoder("replace"))
                text = decoder.decode(event.data)
                self._write_text(replace(event, data=text.encode()))
            case StepFinished() | StepRetried():
                replayed = event.outcome.status is StepStatus.CACHED
                self._end_text(event.at, event.step, replayed=replayed)
                self._write(event)
            case RunFinished():
                # Services print even when their step has ended.
                for step in list(self._decoders):
                    self._end_text(event.at, step)
                self._write(event)
            case _:
                self._write(event)

    def _end_text(self, at: float, step: StepId, *, replayed: bool = False) -> None:
        """Write half a character that the step's output ends with."""
        text = self._decoders.pop(step, _decoder("replace")).decode(b"", final=True)
        self._write_text(StepOutput(at=at, step=step, data=text.encode(), replayed=replayed))

    def _write_text(self, event: StepOutput) -> None:
        if event.data:
            self._write(event)

    def _write(self, event: Event) -> None:
        self._out.write(json.dumps(event_document(event)) + "\n")
        self._out.flush()
