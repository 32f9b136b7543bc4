"""From what a log says to effects: links are followed, and what concerns nobody else is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from wfopt.dataclass import dataclass
from wfopt.model.effects import Effects
from wfopt.tracing.seen import TOO_MANY, Seen

OUTSIDE = "changes outside of the workspace"
ALIASES = "files with several names"
LINKS = "links that come and go"
RIGHTS = "programs with rights of their own"

MOST_KEPT = 20_000
"""So many paths of a step are remembered."""

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/random", "/dev/urandom", "/dev/ptmx")
_HARMLESS_BELOW = ("/dev/pts/", "/dev/fd/", "/proc/self/", "/proc/thread-self/")


class Files(Protocol):
    """What is to be known of files; see `wfopt.tracing.disk.Disk`."""

    def real(self, path: str, *, own: bool) -> str:
        """Return where a path really leads; with `own`, a link at its end stands for itself."""

    def is_link(self, path: str) -> bool:
        """Return whether a path is a symbolic link."""

    def has_other_names(self, path: str) -> bool:
        """Return whether a path is a file with more than one name."""

    def gives_rights(self, path: str) -> bool:
        """Return whether a program runs with the rights of its owner or group."""

    def interpreter(self, path: str) -> str:
        """Return the program that the first line of a script names, or ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a traced step worked.

    Attributes:
        workspace: the real absolute path of the workspace.
        state: that of the folder with the state of wfopt.
        own: that of the folder of the run, which holds what wfopt itself hands to a step.
        temporary: those of folders for temporary files, where steps may meet as they do in the workspace.
    """

    workspace: str
    state: str
    own: str
    temporary: tuple[str, ...] = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - looked at, not used

    def name_of(self, path: str) -> str | None:
        """Return what effects call a real path, or None if it concerns nobody."""
        if _is_in(path, self.own) or _is_in(path, self.state):
            return None
        if _is_in(path, self.workspace):
            return path[len(self.workspace) :].lstrip("/")
        return path if any(_is_in(path, folder) for folder in self.temporary) else None

    def is_harmless(self, path: str) -> bool:
        """Return whether a change at a real path outside of all this changes nothing for anybody."""
        if _is_in(path, self.own) or path in _DEVICES or path.startswith(_HARMLESS_BELOW):
            return True
        # Descriptors of pipes and sockets have no path at all.
        if not path.startswith("/"):
            return True
        # What Python keeps of its modules follows from their sources, and is put in place at once.
        return "/__pycache__/" in f"{path}/" and not _is_in(path, self.workspace)


def effects_of(seen: Seen, ground: Ground, files: Files) -> Effects:
    """Return the effects of a step that has just ended.

    Args:
        seen: what its log says.
        ground: where it worked.
        files: how things are now.
    """
    names = _Names(seen, ground, files)
    writes, taints = names.all(seen.writes), set(seen.taints)
    taints |= _taints_of_writes(seen, ground, names) | _taints_of_links(seen, names, files)
    reads = names.all(seen.reads)
    for path in seen.executed:
        if files.gives_rights(names.real(path)):
            taints.add(RIGHTS)
        interpreter = files.interpreter(names.real(path)) if names.of(path) else ""
        if interpreter:
            reads |= names.of(interpreter)
    there = names.all(seen.there)
    made = names.all(seen.names)
    found = Effects(
        reads=frozenset(reads),
        absent=frozenset(names.all(seen.absent)),
        lists=frozenset(names.all(seen.lists)),
        writes=frozenset(writes),
        names=frozenset(made),
        trees=frozenset(names.all(seen.trees)),
        passing=frozenset(names.all(seen.fresh) & made - there),
        taints=frozenset(taints),
    )
    if len(found.reads) + len(found.absent) + len(found.writes) > MOST_KEPT:
        return Effects(taints=found.taints | {TOO_MANY})
    return found


class _Names:
    """Gives paths the names that effects have for them."""

    def __init__(self, seen: Seen, ground: Ground, files: Files) -> None:
        self._seen = seen
        self._ground = ground
        self._files = files
        self._known: dict[str, frozenset[str]] = {}

    def all(self, paths: Iterable[str]) -> set[str]:
        """Return the names of some paths."""
        found = set[str]()
        for path in paths:
            found |= self.of(path)
        return found

    def of(self, path: str) -> frozenset[str]:
        """Return the names of a path: that which it leads to, and that of a link on its end."""
        known = self._known.get(path)
        if known is None:
            named = (self._ground.name_of(each) for each in self.places(path))
            known = self._known[path] = frozenset(name for name in named if name is not None)
        return known

    def places(self, path: str) -> Iterator[str]:
        """Yield the real paths that a path stands for."""
        if not path.startswith("/"):
            yield path
            return
        own = self._files.real(path, own=True)
        yield own
        if path not in self._seen.own and self._files.is_link(own):
            yield self._files.real(path, own=False)

    def real(self, path: str) -> str:
        """Return where a path leads."""
        return self._files.real(path, own=False)


def _taints_of_writes(seen: Seen, ground: Ground, names: _Names) -> set[str]:
    for path in seen.writes:
        for place in names.places(path):
            if ground.name_of(place) is None and not ground.is_harmless(place):
                return {OUTSIDE}
    return set()


def _taints_of_links(seen: Seen, names: _Names, files: Files) -> set[str]:
    found = set[str]()
    if any(old not in seen.unlinked and new not in seen.unlinked for old, new in seen.aliases):
        found.add(ALIASES)
    for path in seen.writes:
        if names.of(path) and files.has_other_names(names.real(path)):
            found.add(ALIASES)
    # What went by way of a link that is gone cannot be told any more.
    if any(not files.is_link(files.real(path, own=True)) for path in seen.links):
        found.add(LINKS)
    if any(_is_above(seen.unlinked, path) for path in (*seen.reads, *seen.absent, *seen.writes)):
        found.add(LINKS)
    return found


def _is_above(folders: set[str], path: str) -> bool:
    """Return whether one of some paths is a folder above a path."""
    if not folders:
        return False
    while path:
        path = path.rpartition("/")[0]
        if path in folders:
            return True
    return False


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")
