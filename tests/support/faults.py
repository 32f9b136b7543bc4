"""A stand-in for the module `os` in which one call fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import pytest

WATCHED = frozenset(
    {
        "close",
        "fchmod",
        "fdatasync",
        "fstat",
        "ftruncate",
        "listdir",
        "lseek",
        "lstat",
        "mkdir",
        "open",
        "pread",
        "read",
        "readlink",
        "rename",
        "rmdir",
        "symlink",
        "unlink",
        "write",
    }
)
"""The calls that can fail."""


class FaultyOs:
    """Passes all on to `os`, but lets one of the watched calls fail.

    Attributes:
        calls: how many watched calls there were.
        failed: the name of the call that failed, or "".
    """

    def __init__(self, fails_at: int, number: int, watched: Iterable[str] = WATCHED) -> None:
        self.calls = 0
        self.failed = ""
        self._fails_at = fails_at
        self._number = number
        self._watched = frozenset(watched)

    def install(self, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
        """Make it the `os` of some modules."""
        for module in modules:
            monkeypatch.setattr(module, "os", self)

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        return self._guarded(name, found) if name in self._watched else found

    def _guarded(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls != self._fails_at:
                return call(*args, **options)
            self.failed = name
            if name == "close":
                # The system closes a file even when it reports that its content is lost.
                call(*args, **options)
            raise OSError(self._number, os.strerror(self._number))

        return guarded


def error_number(work: Callable[[], object]) -> int:
    """Do something; return the number of the error with which the system refused, or 0."""
    try:
        work()
    except OSError as error:
        return error.errno or -1
    return 0
