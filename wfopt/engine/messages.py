"""What the client and the spawner say to each other, as values of this side.

The form in which they travel is described in `wfopt.engine.spawning.wire`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
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
    """A program and everything it had started is gone; the figures are those of `runner.Ended`."""

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


@dataclass(frozen=True, slots=True)
class Fault:
    """The spawner is broken and about to end."""

    reason: str


Reply = Started | Failed | Finished | Fault


def base_request(environ: Mapping[str, str]) -> bytes:
    """Return the request that sets the environment steps start from, framed."""
    return wire.frame([wire.BASE, *(os.fsencode(f"{name}={value}") for name, value in environ.items())])


def start_request(ticket: int, launch: Launch) -> bytes:
    """Return the request to start a program, framed.

    Raises:
        ValueError: an argument, the folder or the environment contains what no process can be given.
    """
    fields = [wire.START, b"%d" % ticket, os.fsencode(launch.cwd), b"%d" % len(launch.argv)]
    fields += map(os.fsencode, launch.argv)
    for name, value in launch.env.items():
        if not name or "=" in name:
            raise ValueError(f"`{name}` cannot be the name of an environment variable")
        fields.append(os.fsencode(name if value is None else f"{name}={value}"))
    if any(b"\0" in field for field in fields):
        raise ValueError("a NUL character can be in no argument, folder or environment variable")
    return wire.frame(fields)


def stop_request(ticket: int, *, force: bool) -> bytes:
    """Return the request to end a program and everything it has started, framed."""
    return wire.frame([wire.KILL if force else wire.ASK, b"%d" % ticket])


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
    )


def _text(field: bytes) -> str:
    return field.decode("utf-8", errors="replace")
