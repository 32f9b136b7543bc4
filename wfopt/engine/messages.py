"""What the client and the spawner say to each other, as values of this side.

The form in which they travel is described in `wfopt.engine.spawning.wire`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wfopt.engine.runner import Launch
from wfopt.engine.spawning import wire


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


@dataclass(frozen=True, slots=True)
class Gone:
    """Nothing is left of a service that was serving."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Fault:
    """The spawner is broken and about to end."""

    reason: str


Reply = Started | Failed | Finished | Gone | Fault


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
    cwd = os.fsencode(launch.cwd)
    argv = [os.fsencode(argument) for argument in launch.argv]
    changes = []
    for name, value in launch.env.items():
        if not name or "=" in name:
            raise ValueError(f"`{name}` cannot be the name of an environment variable")
        changes.append(os.fsencode(name if value is None else f"{name}={value}"))
    if any(b"\0" in field for field in (cwd, *argv, *changes)):
        raise ValueError("a NUL character can be in no argument, folder or environment variable")
    return cwd, argv, changes


def start_request(ticket: int, launch: Launch) -> bytes:
    """Return the request to start a program, framed.

    Raises:
        ValueError: an argument, the folder or the environment contains what no process can be given.
    """
    cwd, argv, changes = start_fields(launch)
    service = b"1" if launch.service else b""
    pipes = b"2" if launch.capture else b"1"
    head = [wire.START, b"%d" % ticket, cwd, service, pipes, b"%d" % len(argv)]
    return wire.frame([*head, *argv, *changes])


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
    ticket = int(fields[0])
    if kind == wire.STARTED:
        return Started(ticket, int(fields[1]))
    if kind == wire.FAILED:
        return Failed(ticket, _text(fields[1]))
    if kind == wire.GONE:
        return Gone(ticket)
    return Finished(
        ticket,
        int(fields[1]) if fields[1] else None,
        int(fields[2]) if fields[2] else None,
        float(fields[3]),
        float(fields[4]),
        float(fields[5]),
        int(fields[6]),
        int(fields[7]),
        int(fields[8]),
        int(fields[9]),
        bool(fields[10]),
    )


def _text(field: bytes) -> str:
    return field.decode("utf-8", errors="replace")
