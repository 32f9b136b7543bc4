"""The values of what `cache.key` adds to the key of a step."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Mapping

from wfopt.cache.files import Hasher
from wfopt.cache.framing import framed
from wfopt.cache.key import OWN_PREFIX, Extra
from wfopt.errors import WfoptError
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import CacheExtra

Ask = Callable[[str, str, Mapping[str, str | None]], bytes]
"""Runs a shell command: its text, its folder, changes to the environment; returns what it printed to stdout.

Raises `OSError`, with the reason as its text, if that fails or takes too long.
"""

_MISSING = (errno.ENOENT, errno.ENOTDIR)


class ExtraError(WfoptError):
    """Something that `cache.key` names has no value; the message says what and why."""


class Extras:
    """Finds the values; a command is run once for all steps that ask for it in the same surroundings.

    Args:
        workspace: its absolute path.
        hasher: hashes files.
        environ: the process environment.
        ask: runs commands.
    """

    def __init__(self, workspace: str, hasher: Hasher, environ: Mapping[str, str], ask: Ask) -> None:
        self._workspace = workspace
        self._hasher = hasher
        self._environ = environ
        self._ask = ask
        self._answers: dict[bytes, str] = {}

    def of(self, resolved: Resolved, cwd: str) -> tuple[Extra, ...]:
        """Return the extras of a step that runs in the folder `cwd`, relative to the workspace.

        Raises:
            ExtraError: a file cannot be read, or a command fails.
        """
        return tuple(
            Extra(kind, what, self._value(kind, what, resolved, cwd)) for kind, what in resolved.extras
        )

    def _value(self, kind: CacheExtra, what: str, resolved: Resolved, cwd: str) -> str | None:
        match kind:
            case CacheExtra.TEXT:
                return what
            case CacheExtra.ENV:
                return resolved.env[what] if what in resolved.env else self._environ.get(what)
            case CacheExtra.FILE:
                return self._file(what)
            case CacheExtra.COMMAND:
                return self._command(what, resolved, cwd)

    def _file(self, path: str) -> str | None:
        full = os.path.join(self._workspace, path)
        try:
            found = os.stat(full)
            if not stat.S_ISREG(found.st_mode):
                raise ExtraError(f"`cache.key` names `{path}`, which is no file")
            return self._hasher.content(full, found)[0].sha256
        except OSError as error:
            if error.errno in _MISSING:
                return None
            reason = (error.strerror or str(error)).lower()
            raise ExtraError(f"`cache.key` names `{path}`, which cannot be read: {reason}") from error

    def _command(self, command: str, resolved: Resolved, cwd: str) -> str:
        # What wfopt sets differs from step to step, and from run to run.
        env = {name: value for name, value in resolved.env.items() if not name.startswith(OWN_PREFIX)}
        where = os.path.join(self._workspace, cwd) if cwd else self._workspace
        row: list[str | None] = [command, where]
        for name in sorted(env):
            row += (name, env[name])
        question = hashlib.sha256(framed(row)).digest()
        if question not in self._answers:
            try:
                printed = self._ask(command, where, env)
            except OSError as error:
                raise ExtraError(f"the command `{command}` of `cache.key` {error}") from error
            self._answers[question] = hashlib.sha256(printed).hexdigest()
        return self._answers[question]
