"""Folders that look like control groups: made with the files of the kernel, removed together with them."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from wfopt.engine.spawning import groups

V2_FILES = {
    "cgroup.procs": "",
    "cgroup.controllers": "cpu memory pids",
    "cgroup.subtree_control": "",
    "cgroup.kill": "",
    "cgroup.events": "populated 0\nfrozen 0\n",
    "memory.max": "max\n",
    "memory.swap.max": "max\n",
    "memory.oom.group": "0\n",
    "memory.peak": "4096\n",
    "memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n",
    "cpu.max": "max 100000\n",
    "cpu.weight": "100\n",
    "pids.max": "max\n",
    "pids.current": "0\n",
    "pids.events": "max 0\n",
}
V1_FILES = {
    "cgroup.procs": "",
    "memory.limit_in_bytes": "9223372036854771712\n",
    "memory.memsw.limit_in_bytes": "9223372036854771712\n",
    "memory.max_usage_in_bytes": "8192\n",
    "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
    "cpu.cfs_period_us": "0\n",
    "cpu.cfs_quota_us": "-1\n",
    "cpu.shares": "1024\n",
    "pids.max": "max\n",
    "pids.current": "0\n",
    "pids.events": "max 0\n",
    "freezer.state": "THAWED\n",
}


class FakeCgroups:
    """A file system of control groups below a folder.

    Attributes:
        root: the folder.
        refused: errors for writing to files, by the end of the path; each once.
        written: the ends of the paths that were written to, with what was written, in order.
    """

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.refused: dict[str, int] = {}
        self.written: list[tuple[str, bytes]] = []
        self._files: dict[str, Mapping[str, str]] = {}
        self._mkdir, self._rmdir, self._write = os.mkdir, os.rmdir, groups.write
        monkeypatch.setattr(os, "mkdir", self._make)
        monkeypatch.setattr(os, "rmdir", self._remove)
        monkeypatch.setattr(groups, "write", self._tell)

    def base(self, name: str, files: Mapping[str, str]) -> bytes:
        """Make the folder of the group that the spawner is in; those below it get the same files."""
        folder = self.root / name
        self._mkdir(folder)
        self._fill(folder, files)
        self._files[name] = files
        return os.fsencode(folder)

    def text(self, folder: bytes, name: str) -> str:
        """Return what is in a file."""
        return (Path(os.fsdecode(folder)) / name).read_text()

    def set(self, folder: bytes, name: str, text: str) -> None:
        """Change what the kernel tells."""
        (Path(os.fsdecode(folder)) / name).write_text(text)

    def _fill(self, folder: Path, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (folder / name).write_text(text)

    def _make(self, path: bytes) -> None:
        folder = Path(os.fsdecode(path))
        self._mkdir(folder)
        self._fill(folder, self._files[folder.relative_to(self.root).parts[0]])

    def _remove(self, path: bytes) -> None:
        folder = Path(os.fsdecode(path))
        if not folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, "gone", str(folder))
        busy = (folder / "cgroup.procs").read_text().strip() not in ("", "0")
        if busy or any(each.is_dir() for each in folder.iterdir()):
            raise OSError(errno.EBUSY, "busy", str(folder))
        for each in folder.iterdir():
            each.unlink()
        self._rmdir(folder)

    def _tell(self, path: bytes, text: bytes) -> None:
        name = os.path.relpath(os.fsdecode(path), self.root)
        for end in list(self.refused):
            if name.endswith(end):
                number = self.refused.pop(end)
                raise OSError(number, os.strerror(number))
        if not Path(os.fsdecode(path)).is_file():
            raise FileNotFoundError(errno.ENOENT, "no such file", name)
        self.written.append((name, text))
        if not name.endswith("cgroup.procs"):
            Path(os.fsdecode(path)).write_bytes(text)
