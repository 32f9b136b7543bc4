"""Each step's output as a file in the run's folder, byte for byte."""

from __future__ import annotations

import os
from typing import BinaryIO

from wfopt.dataclass import dataclass, field
from wfopt.engine.outputs import file_name
from wfopt.events import Event, StepFinished, StepOutput
from wfopt.model.workflow import StepId

TAIL_BYTES = 4096
"""So much of the end of each running step's output is kept in memory for messages."""

MOST_BYTES = 32 * 1024 * 1024
"""So much of a step's output goes to its log; a last line says so if there was more."""

_CAPPED = b"\n[wfopt: the log ends here; the step printed more than %d bytes]\n"


@dataclass(slots=True)
class LogSink:
    """Writes the logs; a step without output has none.

    Attributes:
        folder: the absolute path of the run's folder.
        trouble: why logs could not be written, or "": the run goes on without them.
        capped: the steps that printed more than a log takes.
    """

    folder: str
    trouble: str = ""
    capped: set[StepId] = field(default_factory=set)
    _files: dict[StepId, BinaryIO] = field(default_factory=dict)
    _tails: dict[StepId, bytes] = field(default_factory=dict)
    _written: dict[StepId, int] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepOutput):
            if event.replayed:
                return
            self._tails[event.step] = (self._tails.get(event.step, b"") + event.data)[-TAIL_BYTES:]
            if event.step not in self.capped:
                self._write(event.step, event.data)
        elif isinstance(event, StepFinished):
            file = self._files.pop(event.step, None)
            if file is not None:
                file.close()

    def path(self, step: StepId) -> str | None:
        """Return the path of a step's log, or None if it has none."""
        if step not in self._written:
            return None
        return os.path.join(self.folder, file_name(step) + ".log")

    def tail(self, step: StepId) -> bytes:
        """Return the last bytes that a step wrote."""
        return self._tails.get(step, b"")

    def whole(self, step: StepId) -> bytes | str | None:
        """Return what a step has written, or the path of the file with that; None if it is lost."""
        if self.trouble:
            return None
        tail = self.tail(step)
        return tail if self._written.get(step, 0) == len(tail) else self.path(step)

    def forget(self, step: StepId) -> None:
        """Drop the tail of a step that nobody will ask for."""
        self._tails.pop(step, None)

    def close(self) -> None:
        """Close the logs of services, which print even when their step has ended."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _write(self, step: StepId, data: bytes) -> None:
        written = self._written.get(step, 0)
        if written + len(data) > MOST_BYTES:
            data = data[: MOST_BYTES - written] + _CAPPED % MOST_BYTES
            self.capped.add(step)
        try:
            file = self._files.get(step)
            if file is None:
                path = os.path.join(self.folder, file_name(step) + ".log")
                file = self._files[step] = open(path, "ab", buffering=0)  # noqa: SIM115 - closed at the step's end
            self._written[step] = written + len(data)
            file.write(data)
        except OSError as error:
            self.trouble = self.trouble or (error.strerror or str(error)).lower()
