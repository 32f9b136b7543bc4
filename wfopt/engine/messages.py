"""What the client and the spawner say to each other, as values of this side.

The form in which they travel is described in `wfopt.engine.spawning.wire`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping

from wfopt.dataclass import dataclass
from wfopt.engine.runner import Launch
from wfopt.engine.spawning import wire
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, PeakSource


@dataclass(frozen=True, slots=True)
class Started:
    """A program runs, under this pid."""

    ticket: int
    pid: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A program could not be started."""

    ticket: int
    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A program and everything it had started is gone, but for a service's; see `runner.Ended`."""

    ticket: int
    exit_code: int | None
    signal: int | None
    started_at: float
    ended_at: float
    cpu_s: float
    peak_memory_bytes: int
    read_bytes: int
    written_bytes: int
    left_behind: int
    serving: bool
    peak_memory_source: PeakSource = PeakSource.PROCESS
    limit: LimitHit | None = None
    next_at: float | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Nothing is left of a service that was serving."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Enforced:
    """Who sees to kinds of limits, decided just now."""

    levels: Mapping[str, Enforcer]


@dataclass(frozen=True, slots=True)
class Fault:
    """The spawner is broken and about to end."""

    reason: str


# As `os.fsencode`, which takes several times as long.
_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()

Reply = Started | Failed | Finished | Gone | Enforced | Fault


def base_request(environ: Mapping[str, str]) -> bytes:
    """Return the request that sets the environment steps start from, framed."""
    return wire.frame([wire.BASE, *entries(environ)])


def entries(environ: Mapping[str, str]) -> list[bytes]:
    """Return an environment as its `NAME=VALUE` entries."""
    return [os.fsencode(f"{name}={value}") for name, value in environ.items()]


def start_fields(launch: Launch) -> tuple[bytes, list[bytes], list[bytes]]:
    """Return the folder, the arguments and the changes of the environment, as they are given to a process.

    Raises:
        ValueError: one of them contains what no process can be given.
    """
    texts = [launch.cwd, *launch.argv]
    for name, value in launch.env.items():
        if not name or "=" in name:
            raise ValueError(f"`{name}` cannot be the name of an environment variable")
        texts.append(name if value is None else f"{name}={value}")
    cwd, *fields = [text.encode(_ENCODING, _ERRORS) for text in texts]
    if b"\0" in b"".join((cwd, *fields)):
        raise ValueError("a NUL character can be in no argument, folder or environment variable")
    count = len(launch.argv)
    return cwd, fields[:count], fields[count:]


def start_request(ticket: int, launch: Launch) -> bytes:
    """Return the request to start a program, framed.

    Raises:
        ValueError: an argument, the folder or the environment contains what no process can be given.
    """
    return wire.frame([wire.START, *_program(ticket, launch)])


def follow_request(after: int, ticket: int, launch: Launch) -> bytes:
    """Return the request to start a program right after another one, framed.

    Raises:
        ValueError: as `start_request`.
    """
    unless = os.fsencode(launch.unless)
    return wire.frame([wire.FOLLOW, b"%d" % after, unless, *_program(ticket, launch)])


def _program(ticket: int, launch: Launch) -> list[bytes]:
    cwd, argv, changes = start_fields(launch)
    service = b"1" if launch.service else b""
    pipes = b"2" if launch.capture else b"1"
    limits = limits_text(launch.limits) if launch.limits else b""
    return [b"%d" % ticket, cwd, service, pipes, limits, b"%d" % len(argv), *argv, *changes]


def forget_request() -> bytes:
    """Return the request to start nothing that was to follow, framed."""
    return wire.frame([wire.FORGET])


def groups_request(name: str, bases: Mapping[str, str]) -> bytes:
    """Return the request that says where control groups can be made, framed.

    Args:
        name: what the folders of the run are called.
        bases: the folder of the group that the spawner is in, by controller; "" is version 2.
    """
    return wire.frame(
        [wire.GROUPS, os.fsencode(name), *(os.fsencode(f"{each}={bases[each]}") for each in bases)]
    )


def stop_request(ticket: int, *, force: bool) -> bytes:
    """Return the request to end a program and everything it has started, framed."""
    return wire.frame([wire.KILL if force else wire.ASK, b"%d" % ticket])


def adopt_request(pid: int, marks: Collection[bytes]) -> bytes:
    """Return the request to kill a foreign process group, too, when everything ends, framed."""
    return wire.frame([wire.ADOPT, b"%d" % pid, *marks])


def release_request(pid: int) -> bytes:
    """Return the request to forget a foreign process group, framed."""
    return wire.frame([wire.RELEASE, b"%d" % pid])


def read_reply(message: list[bytes]) -> Reply:
    """Return what the fields of a reply mean."""
    kind, *fields = message
    if kind == wire.FAULT:
        return Fault(_text(fields[0]))
    if kind == wire.ENFORCED:
        pairs = (_text(field).split("=") for field in fields)
        return Enforced({name: Enforcer(level) for name, level in pairs})
    ticket = int(fields[0])
    if kind == wire.STARTED:
        return Started(ticket, int(fields[1]))
    if kind == wire.FAILED:
        return Failed(ticket, _text(fields[1]))
    if kind == wire.GONE:
        return Gone(ticket)
    return _finished(ticket, *fields[1:])


def _finished(ticket: int, code: bytes, signum: bytes, *figures: bytes) -> Finished:
    started, ended, cpu, peak, taken, given, left, serving, source, hit, then = figures
    return Finished(
        ticket=ticket,
        exit_code=int(code) if code else None,
        signal=int(signum) if signum else None,
        started_at=float(started),
        ended_at=float(ended),
        cpu_s=float(cpu),
        peak_memory_bytes=int(peak),
        read_bytes=int(taken),
        written_bytes=int(given),
        left_behind=int(left),
        serving=bool(serving),
        peak_memory_source=PeakSource(_text(source)) if source else PeakSource.PROCESS,
        limit=_hit(*_text(hit).split()) if hit else None,
        next_at=float(then) if then else None,
    )


def _hit(kind: str, limit: str, observed: str, enforcer: str) -> LimitHit:
    return LimitHit(
        kind=LimitKind(kind), limit=float(limit), observed=float(observed), enforced_by=Enforcer(enforcer)
    )


def limits_text(limits: Mapping[str, int]) -> bytes:
    """Return what a step is held to, as it travels."""
    return " ".join(f"{name}={value}" for name, value in limits.items()).encode()


def _text(field: bytes) -> str:
    return field.decode("utf-8", errors="replace")
