"""Commands whose output is part of a key: run at once, and waited for."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Mapping

from wfopt.dataclass import dataclass
from wfopt.engine.clock import Clock

LONGEST_S = 30.0
"""Seconds after which a command is given up."""

MOST_BYTES = 1 << 20
"""The most that a command may print."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Runs commands with `/bin/sh`, without input, in a session of their own.

    Attributes:
        environ: the process environment.
        clock: tells the time.
        longest_s: seconds after which a command is given up.
    """

    environ: Mapping[str, str]
    clock: Clock
    longest_s: float = LONGEST_S

    def __call__(self, command: str, folder: str, env: Mapping[str, str | None]) -> bytes:
        """Return what a command prints to stdout.

        Raises:
            OSError: it cannot be started, fails, prints too much or takes too long; the text says which.
        """
        # It takes 10 ms to load, which only who has such a command need spend.
        import subprocess  # noqa: PLC0415

        merged = {**self.environ, **env}
        try:
            process = subprocess.Popen(
                ("/bin/sh", "-c", command),
                cwd=folder,
                env={name: value for name, value in merged.items() if value is not None},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise OSError(f"could not be started: {(error.strerror or str(error)).lower()}") from error
        with process:
            try:
                printed = self._read(process.stdout.fileno() if process.stdout else -1)
                status = process.wait(self.longest_s)
            except subprocess.TimeoutExpired as error:
                raise OSError(f"took longer than {self.longest_s:g} s") from error
            finally:
                _end(process.pid)
        if status:
            how = f"failed with exit status {status}" if status > 0 else f"was ended by signal {-status}"
            raise OSError(how)
        return printed

    def _read(self, fd: int) -> bytes:
        deadline = self.clock.now() + self.longest_s
        pieces, size = list[bytes](), 0
        while size <= MOST_BYTES:
            if not select.select([fd], [], [], max(0.0, deadline - self.clock.now()))[0]:
                raise OSError(f"took longer than {self.longest_s:g} s")
            data = os.read(fd, 1 << 16)
            if not data:
                return b"".join(pieces)
            pieces.append(data)
            size += len(data)
        raise OSError(f"printed more than {MOST_BYTES:,} bytes")


def _end(group: int) -> None:
    """End what a command has left."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
