"""How the loop talks to whatever runs processes: start one, wait for news, stop one.

`wfopt.engine.executors.local.LocalRunner` runs real processes, `tests.support` has a fake; the same
contract test runs against both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from wfopt.dataclass import dataclass, field
from wfopt.model.outcome import Enforcer, LimitHit, PeakSource
from wfopt.model.workflow import StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One process to start.

    Attributes:
        step: the step it belongs to; no two running launches share it.
        argv: the program, looked up on the PATH of the environment below, and its arguments.
        cwd: the absolute path of the folder it starts in.
        env: changes against the runner's base environment; None unsets a variable.
        capture: whether stdout is told apart from stderr.
        service: whether its background processes go on when its first process has ended.
        interactive: whether it gets the terminal, if there is one; nothing else runs beside it then.
        limits: what it is held to: bytes of `memory` and `file-size`, thousandths of `cpu`, seconds of
            `cpu-time`, and numbers of `pids`, `open-files` and `nice`.
        unless: a path; if there is anything when it would start right after another launch, it does not.
    """

    step: StepId
    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str | None]
    capture: bool = False
    service: bool = False
    interactive: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """Some bytes that a step wrote to stdout or stderr, in the order of arrival.

    Attributes:
        step: which step.
        data: what it wrote.
        captured: whether it came from the stdout of a launch with `capture`.
    """

    step: StepId
    data: bytes
    captured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A step's process tree is gone and all of its output was handed over, but for a service's.

    Attributes:
        step: which step.
        exit_code: its exit status, or None if a signal ended it or it never started.
        signal: the number of the signal that ended it, or None.
        error: why it could not be started, or None; then every figure below is 0.
        started_at: when it started, in seconds of the runner's monotonic clock.
        ended_at: when its first process ended, on the same clock.
        cpu_s: user and system seconds of its process and of the children that it waited for.
        peak_memory_bytes: the most memory that it held. For a single process the kernel counts from the
            size of the process that started it, so small values are upper bounds.
        read_bytes: bytes read from storage.
        written_bytes: bytes written to storage.
        left_behind: how many background processes it left, which were then ended; 0 if it was stopped.
        output_held: True if something still held its output when waiting for it was given up.
        serving: True if it is a service that goes on in the background; a `ServiceEnded` will follow.
        peak_memory_source: what `peak_memory_bytes` is the measure of.
        limit: the limit that it exceeded, or None.
        next_at: when what was to start right after it did so, on the same clock; None if it did not, and
            will not. This step ended by itself then, before anybody asked it to.
    """

    step: StepId
    exit_code: int | None = None
    signal: int | None = None
    error: str | None = None
    started_at: float = 0.0
    ended_at: float = 0.0
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    left_behind: int = 0
    output_held: bool = False
    serving: bool = False
    peak_memory_source: PeakSource = PeakSource.PROCESS
    limit: LimitHit | None = None
    next_at: float | None = None


@dataclass(frozen=True, slots=True)
class ServiceEnded:
    """Nothing is left of a service that went on when its step had ended."""

    step: StepId


News = Output | Ended | ServiceEnded


@dataclass(frozen=True, slots=True)
class Alive:
    """Where the processes of running steps hang.

    Attributes:
        leaders: the pid of the first process of each step that runs, as far as it is known.
        spawner: the pid of the process to which their orphans come, or None if there is none.
    """

    leaders: Mapping[StepId, int]
    spawner: int | None = None


class Runner(Protocol):
    """Runs processes; one thread uses it."""

    def make_ready(self) -> None:
        """Begin what the first start needs, without waiting for it: most likely there will be one soon.

        Raises:
            SpawnerError: the process that starts the steps cannot be started itself.
        """

    def start(self, launch: Launch, then: Sequence[Launch] = ()) -> None:
        """Start a process; a failure to do so comes back as `Ended` with an `error`.

        Each of `then` starts right after the one before it, with nobody asked, if that one ends with
        status 0, leaves no process behind, and nothing stands at `unless`. As soon as any launch ends in
        another way, or is asked to end, none of those that wait like that starts any more. The end of the one
        before tells whether it started; news of it come behind that, and of what did not start there are
        none.

        Raises:
            SpawnerError: the process that starts the steps cannot be started itself.
        """

    def wait(self, timeout_s: float | None) -> Sequence[News]:
        """Return what happened, waiting for at most `timeout_s` seconds (None: without limit).

        Comes back early, with nothing, when the program was signalled. A step's `Output` values all
        come before its `Ended`, but for what a service that goes on writes later: that comes before its
        `ServiceEnded`.

        Raises:
            SpawnerError: the process that starts the steps is gone.
        """

    def stop(self, step: StepId, *, force: bool) -> None:
        """Ask a step's whole process tree to end (TERM), or end it now (KILL) with `force`.

        A tree that was only asked may take as long as it likes: the caller decides when to use force.
        This holds for a service as well, after its step has ended.
        """

    def forget_next(self) -> None:
        """Start nothing more right after anything."""

    def alive(self) -> Alive:
        """Return where the processes of running steps hang."""

    def enforcers(self) -> Mapping[str, Enforcer]:
        """Return who sees to each kind of limit that steps had so far."""

    def wind_down(self) -> None:
        """Begin to end whatever still runs, without waiting for that: all that is left to do is to close."""

    def close(self) -> None:
        """End whatever still runs, leaving no process behind, and give up all resources."""
