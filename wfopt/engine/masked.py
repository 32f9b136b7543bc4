"""Events without secrets: what logs, displays and reports get to see."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.dataclass import dataclass, field, replace
from wfopt.engine.masking import MaskedStream, Masker
from wfopt.errors import Diagnostic
from wfopt.events import (
    Event,
    Noticed,
    RunFinished,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
    StepUndone,
)
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId


@dataclass(slots=True)
class MaskedEvents:
    """Masks events on their way.

    Attributes:
        masker: knows the secrets.
    """

    masker: Masker
    _streams: dict[StepId, MaskedStream] = field(default_factory=dict)

    def of(self, event: Event) -> Iterator[Event]:
        """Yield what may be shown of an event; what was held back of an output comes before its end."""
        if not self.masker.active:
            yield event
            return
        match event:
            case StepOutput():
                yield from self._output(event)
            case StepFinished() | StepRetried():
                replayed = event.outcome.status is StepStatus.CACHED
                yield from self._rest(event.step, event.at, replayed=replayed)
                outcome = replace(event.outcome, reason=self.masker.text(event.outcome.reason))
                yield replace(event, outcome=outcome)
            case StepStarted() | StepSkipped() | StepCancelled() | StepUndone():
                yield replace(event, reason=self.masker.text(event.reason))
            case Noticed():
                yield replace(event, diagnostic=self._diagnostic(event.diagnostic))
            case RunFinished():
                for step in list(self._streams):
                    yield from self._rest(step, event.at)
                yield event
            case _:
                yield event

    def rest(self, step: StepId, at: float) -> Iterator[Event]:
        """Yield what was held back of the output of a step that has ended."""
        yield from self._rest(step, at)

    def _output(self, event: StepOutput) -> Iterator[Event]:
        stream = self._streams.get(event.step)
        if stream is None:
            stream = self._streams[event.step] = self.masker.stream()
        data = stream.feed(event.data)
        if data:
            yield replace(event, data=data)

    def _rest(self, step: StepId, at: float, *, replayed: bool = False) -> Iterator[Event]:
        stream = self._streams.pop(step, None)
        data = stream.flush() if stream is not None else b""
        if data:
            yield StepOutput(at=at, step=step, data=data, replayed=replayed)

    def _diagnostic(self, diagnostic: Diagnostic) -> Diagnostic:
        text = self.masker.text
        return replace(
            diagnostic,
            message=text(diagnostic.message),
            causes=tuple(map(text, diagnostic.causes)),
            hints=tuple(map(text, diagnostic.hints)),
        )
