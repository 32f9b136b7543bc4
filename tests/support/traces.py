"""Traces for tests: real ones of small scripts, and what is said of them as text."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, until
from wfopt.model.effects import Effects
from wfopt.tracing.disk import Disk
from wfopt.tracing.effects import Ground, effects_of
from wfopt.tracing.parse import parse
from wfopt.tracing.strace import Strace

SETS = ("reads", "absent", "lists", "writes", "names", "trees", "passing", "taints")
GROUND = Ground(workspace="/w", state="/w/.wfopt", own="/w/.wfopt/runs/1")


def _works() -> bool:
    """Return whether strace is here and may trace."""
    if shutil.which("strace") is None:
        return False
    command = Strace("strace").command(("/bin/sh", "-c", ":"), os.devnull)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


needs_strace = pytest.mark.skipif(not _works(), reason="`strace` is not installed, or nothing may be traced")


class FakeFiles:
    """A file system of which only links, other names, rights and first lines are known.

    Attributes:
        links: where links lead.
        aliased: files with several names.
        rights: programs with rights of their own.
        scripts: for each script, its interpreter.
    """

    def __init__(
        self,
        links: Mapping[str, str] | None = None,
        aliased: Iterable[str] = (),
        rights: Iterable[str] = (),
        scripts: Mapping[str, str] | None = None,
    ) -> None:
        self.links = dict(links or {})
        self.aliased = set(aliased)
        self.rights = set(rights)
        self.scripts = dict(scripts or {})

    def real(self, path: str, *, own: bool) -> str:
        folder, name = os.path.split(os.path.normpath(path))
        for link, target in self.links.items():
            if folder == link or folder.startswith(f"{link}/"):
                folder = target + folder[len(link) :]
        place = os.path.join(folder, name)
        return place if own else self.links.get(place, place)

    def is_link(self, path: str) -> bool:
        return path in self.links

    def has_other_names(self, path: str) -> bool:
        return path in self.aliased

    def gives_rights(self, path: str) -> bool:
        return path in self.rights

    def interpreter(self, path: str) -> str:
        return self.scripts.get(path, "")


def effects_in(log: str, files: FakeFiles | None = None, start: str = "/w") -> Effects:
    """Return the effects that a log tells of."""
    return effects_of(parse(log.splitlines(keepends=True), start), GROUND, files or FakeFiles())


def told(effects: Effects) -> str:
    """Return effects as text, a line for each kind that is not empty."""
    lines = [
        f"{name}: {' '.join(sorted(repr(each) for each in found))}"
        for name in SETS
        if (found := getattr(effects, name))
    ]
    return "\n".join(lines) + "\n"


def traced(script: str, folder: Path, *argv: str) -> Effects:
    """Run a shell script, or another command with it as the last word, and return what it touched."""
    log = folder.parent / f"{folder.name}.trace"
    command = Strace("strace").command((*(argv or ("bash", "-ec")), script), str(log))
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=LIMIT_S)
    ground = Ground(workspace=str(folder), state=str(folder / ".wfopt"), own=str(folder / ".wfopt" / "1"))
    text = whole_log(log)
    return effects_of(parse(text.splitlines(keepends=True), str(folder)), ground, Disk())


def whole_log(log: Path) -> str:
    """Return a log when the tracer, which nobody waits for, has written its end."""

    def is_whole() -> bool:
        text = _text_of(log)
        ended = set(re.findall(r"^(\d+) +\+\+\+ ", text, re.MULTILINE))
        return bool(ended) and ended == set(re.findall(r"^(\d+) ", text, re.MULTILINE))

    until(is_whole, f"the end of {log.name}")
    return _text_of(log)


def _text_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="surrogateescape")


PYTHON = (sys.executable, "-S", "-E", "-c")
