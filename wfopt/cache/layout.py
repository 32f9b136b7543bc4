"""Parts of a workspace laid out elsewhere: files with their modes, folders, and links with what they lead to.

What nobody should depend on is different there on purpose: the place itself, the times of files, and the
order in which they were made. The order of their times is kept, since programs such as `make` go by it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from wfopt.cache.copying import copy_file
from wfopt.cache.folders import opened
from wfopt.dataclass import dataclass, field

SHIFT_NS = 1_000_003 * 1_000_000_000
"""By so much the times of files are earlier: about twelve days, and no round number of anything."""

EARLIEST_NS = 320_000_000 * 1_000_000_000
"""No time gets earlier than this, in 1980: archives cannot hold it. Such files get later ones instead."""

_MOST_LINKS = 40


def lay_out(source: str, target: str, paths: Iterable[str]) -> None:
    """Copy what is at some paths of a workspace; what does not exist is left out.

    Of a folder only the folder itself is copied. A link is made anew, and what it leads to is copied as well
    if it lies in the workspace; a link out of the workspace leads to the same place as before.

    Args:
        source: the absolute path of the workspace.
        target: the absolute path of an empty folder.
        paths: what is copied, relative to the workspace.

    Raises:
        OSError: something cannot be read or written.
    """
    layout = _Layout(source.rstrip("/"), os.path.realpath(source), target)
    # Files are made in another order than people and programs make them.
    for path in sorted(set(paths), reverse=True):
        layout.bring(path)
    layout.finish()


@dataclass(slots=True)
class _Layout:
    """Where things go.

    Attributes:
        source: the workspace.
        real: the same without links on the way.
        target: the other folder.
    """

    source: str
    real: str
    target: str
    _modes: dict[str, int] = field(default_factory=dict)

    def bring(self, path: str) -> None:
        """Copy what is at a path, and everything on the way to it, as the system goes it."""
        todo, here, links = path.split("/"), "", 0
        while todo:
            name = todo.pop(0)
            if name in ("", "."):
                continue
            if name == "..":
                if not here:
                    return
                here = here.rpartition("/")[0]
                continue
            full = f"{here}/{name}" if here else name
            try:
                look = os.lstat(f"{self.source}/{full}")
            except (FileNotFoundError, NotADirectoryError):
                return
            if stat.S_ISLNK(look.st_mode):
                text = self._link(full)
                links += 1
                if text is None or links > _MOST_LINKS:
                    return
                here = "" if text.startswith("/") else here
                todo = [*text.split("/"), *todo]
            elif stat.S_ISDIR(look.st_mode):
                self._folder(full, look)
                here = full
            else:
                self._file(full, look)
                return

    def finish(self) -> None:
        """Give the folders their modes: from here on some of them may be closed to their owner."""
        for path in sorted(self._modes, reverse=True):
            os.chmod(f"{self.target}/{path}", self._modes[path])

    def _folder(self, path: str, look: os.stat_result) -> None:
        if path not in self._modes:
            os.mkdir(f"{self.target}/{path}", 0o700)
            self._modes[path] = stat.S_IMODE(look.st_mode)

    def _file(self, path: str, look: os.stat_result) -> None:
        full = f"{self.target}/{path}"
        if os.path.lexists(full) or not stat.S_ISREG(look.st_mode):
            return
        with (
            opened(f"{self.source}/{path}", os.O_RDONLY) as read,
            opened(full, os.O_RDWR | os.O_CREAT | os.O_EXCL) as written,
        ):
            copy_file(read, written)
            os.fchmod(written, stat.S_IMODE(look.st_mode))
            moment = moved_ns(look.st_mtime_ns)
            os.utime(written, ns=(moment, moment))

    def _link(self, path: str) -> str | None:
        """Make a link; return its text, from the workspace on if it is absolute, or None if it leads out."""
        text = os.readlink(f"{self.source}/{path}")
        inside = self._inside(path, text)
        if inside is None:
            made = os.path.join(self.real, os.path.dirname(path), text)
        else:
            made = f"{self.target}{inside}".rstrip("/") if text.startswith("/") else text
        full = f"{self.target}/{path}"
        if not os.path.lexists(full):
            os.symlink(made, full)
        return inside

    def _inside(self, path: str, text: str) -> str | None:
        if not text.startswith("/"):
            led = os.path.normpath(os.path.join(os.path.dirname(path), text))
            return None if led == ".." or led.startswith("../") else text
        for top in (self.source, self.real):
            if f"{text}/".startswith(f"{top}/"):
                return text[len(top) :] or "/"
        return None


def moved_ns(time_ns: int) -> int:
    """Return another time for a file, in nanoseconds since 1970."""
    earlier = time_ns - SHIFT_NS
    return earlier if earlier >= EARLIEST_NS else time_ns + SHIFT_NS
