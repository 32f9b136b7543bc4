"""What runs need from outside that only try something: nothing is shown, and signals end them."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from wfopt.api.run import World
from wfopt.cli.console import Console
from wfopt.cli.signals import Signals
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.asking import Asker
from wfopt.engine.executors.late import LateRunner
from wfopt.engine.executors.local import LocalRunner


class TrialWorlds:
    """Makes a world for one run after another, while signals are listened to."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._signals = Signals()
        self._clock = SystemClock()

    def __enter__(self) -> Self:
        self._signals.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signals.__exit__(kind, error, trace)

    def make(self) -> World:
        """Return a world for one run."""
        environ, clock, signals = self._console.environ, self._clock, self._signals
        return World(
            runner=LateRunner(lambda: LocalRunner(environ, clock, signals.wakeup_fd)),
            clock=clock,
            interrupts=signals,
            pause=signals.pause,
            tell=lambda _: None,
            display=lambda _: lambda _: None,
            ask=Asker(environ, clock),
        )
