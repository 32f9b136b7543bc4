"""What the file system says when a traced step has ended: where links lead, and what kind of file it is."""

from __future__ import annotations

import os
import stat

_FIRST_LINE_BYTES = 256


class Disk:
    """Answers about paths; what cannot be found out counts as not there."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def real(self, path: str, *, own: bool) -> str:
        """Return where a path really leads; with `own`, a link at its end stands for itself."""
        folder, _, name = path.rstrip("/").rpartition("/")
        if name in ("", ".", ".."):
            return os.path.realpath(path)
        place = f"{self._folder(folder or '/').rstrip('/')}/{name}"
        return place if own or not self.is_link(place) else os.path.realpath(place)

    def _folder(self, path: str) -> str:
        known = self._folders.get(path)
        if known is None:
            known = self._folders[path] = os.path.realpath(path)
        return known

    def is_link(self, path: str) -> bool:
        """Return whether a path is a symbolic link."""
        return os.path.islink(path)

    def has_other_names(self, path: str) -> bool:
        """Return whether a path is a file with more than one name."""
        status = _status(path)
        return status is not None and stat.S_ISREG(status.st_mode) and status.st_nlink > 1

    def gives_rights(self, path: str) -> bool:
        """Return whether a program runs with the rights of its owner or group."""
        status = _status(path)
        return status is not None and bool(status.st_mode & (stat.S_ISUID | stat.S_ISGID))

    def interpreter(self, path: str) -> str:
        """Return the program that the first line of a script names, or ""."""
        try:
            with open(path, "rb") as file:
                first = file.read(_FIRST_LINE_BYTES).partition(b"\n")[0]
        except OSError:
            return ""
        words = first.removeprefix(b"#!").split() if first.startswith(b"#!") else []
        return os.fsdecode(words[0]) if words else ""


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None
