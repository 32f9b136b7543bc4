"""A runner that is made when the first step starts: a run in which none does need not load it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wfopt.engine.runner import Alive, Launch, News, Runner
from wfopt.model.outcome import Enforcer
from wfopt.model.workflow import StepId


class LateRunner:
    """A `Runner` that hands everything on to one that is made when it is needed.

    Args:
        make: makes that runner; called once at most.
    """

    def __init__(self, make: Callable[[], Runner]) -> None:
        self._make = make
        self._made: Runner | None = None

    def make_ready(self) -> None:
        """Make it, and begin what its first start needs."""
        self._runner().make_ready()

    def start(self, launch: Launch, then: Sequence[Launch] = ()) -> None:
        """Start a process, and others right after it."""
        self._runner().start(launch, then)

    def wait(self, timeout_s: float | None) -> Sequence[News]:
        """Return what happened, waiting for at most `timeout_s` seconds."""
        return self._runner().wait(timeout_s)

    def stop(self, step: StepId, *, force: bool) -> None:
        """Ask a step's whole process tree to end, or end it."""
        if self._made is not None:
            self._made.stop(step, force=force)

    def forget_next(self) -> None:
        """Start nothing more right after anything."""
        if self._made is not None:
            self._made.forget_next()

    def alive(self) -> Alive:
        """Return where the processes of running steps hang."""
        return Alive({}) if self._made is None else self._made.alive()

    def enforcers(self) -> Mapping[str, Enforcer]:
        """Return who sees to each kind of limit."""
        return {} if self._made is None else self._made.enforcers()

    def wind_down(self) -> None:
        """Begin to end whatever still runs."""
        if self._made is not None:
            self._made.wind_down()

    def close(self) -> None:
        """End whatever still runs."""
        if self._made is not None:
            self._made.close()

    def _runner(self) -> Runner:
        if self._made is None:
            self._made = self._make()
        return self._made
