"""What the runner knows of a step that has the terminal; what starts one is loaded with the first of them."""

from __future__ import annotations

import select
from collections.abc import Mapping
from typing import Protocol

from wfopt.engine.messages import Failed, Finished
from wfopt.engine.runner import Launch
from wfopt.model.outcome import Enforcer
from wfopt.model.workflow import StepId


class Foreground(Protocol):
    """See `wfopt.engine.executors.terminal.TerminalStep`."""

    step: StepId
    pid: int
    marks: frozenset[bytes]
    enforcers: Mapping[str, Enforcer]

    @property
    def look_at(self) -> float: ...
    def look(self, now: float) -> Finished | Failed | None: ...
    def stop(self, *, force: bool, now: float) -> None: ...
    def close(self) -> None: ...


def start_in_front(
    launch: Launch, environ: Mapping[str, str], terminal: int, poll: select.poll, now: float
) -> Foreground:
    """Start a step that gets the terminal.

    Args:
        launch: what to start.
        environ: the environment it starts from.
        terminal: a descriptor of the controlling terminal.
        poll: told to watch for the end of the process, where the system has a means to that.
        now: the time on the clock.

    Raises:
        ValueError: it cannot be started.
    """
    from wfopt.engine.executors.terminal import Terminal, TerminalStep  # noqa: PLC0415 - few steps need it
    from wfopt.engine.spawning.launching import StartError  # noqa: PLC0415 - as above

    try:
        return TerminalStep(launch, environ, Terminal(terminal), poll, now)
    except StartError as problem:
        raise ValueError(problem.reason.decode("utf-8", "replace")) from problem
