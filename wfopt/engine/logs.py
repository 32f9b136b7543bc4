"""Each step's output as a file in the run's folder, byte for byte."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import BinaryIO

from wfopt.engine.outputs import file_name
from wfopt.events import Event, StepFinished, StepOutput
from wfopt.model.workflow import StepId

TAIL_BYTES = 4096
"""So much of the end of each running step's output is kept in memory for messages."""


@dataclass(slots=True)
class LogSink:
    """Writes the logs; a step without output has none.

    Attributes:
        folder: the absolute path of the run's folder.
        trouble: why logs could not be written, or "": the run goes on without them.
    """

    folder: str
    trouble: str = ""
    _files: dict[StepId, BinaryIO] = field(default_factory=dict)
    _tails: dict[StepId, bytes] = field(default_factory=dict)
    _written: set[StepId] = field(default_factory=set)

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepOutput):
            self._tails[event.step] = (self._tails.get(event.step, b"") + event.data)[-TAIL_BYTES:]
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

    def forget(self, step: StepId) -> None:
        """Drop the tail of a step that nobody will ask for."""
        self._tails.pop(step, None)

    def _write(self, step: StepId, data: bytes) -> None:
        try:
            file = self._files.get(step)
            if file is None:
                path = os.path.join(self.folder, file_name(step) + ".log")
                file = self._files[step] = open(path, "ab", buffering=0)  # noqa: SIM115 - closed at the step's end
                self._written.add(step)
            file.write(data)
        except OSError as error:
            self.trouble = self.trouble or str(error)
