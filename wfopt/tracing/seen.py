"""What a log says of a step, path by path, before links are resolved."""

from __future__ import annotations

from wfopt.dataclass import dataclass, field

MOST_PATHS = 100_000
"""So many different paths of one step are kept."""

TOO_MANY = "it touches too many files"


@dataclass(slots=True)
class Seen:
    """What a step touched; absolute paths as it wrote them, each set in no order.

    Attributes:
        reads: what was there.
        absent: what was looked for in vain.
        lists: folders whose names were read.
        writes: what was made, changed or removed.
        names: those that came into being or vanished.
        trees: folders that were made, removed or moved.
        own: those of all these at which a link itself is meant, not what it points to.
        executed: programs and scripts that were executed.
        links: symbolic links that were made.
        unlinked: what was removed and is no folder.
        aliases: pairs of names of one file that the step gave it: the old one and the new one.
        there: what is there now that the step made itself.
        fresh: what the step made and was surely not there before.
        bound: the sockets that it listens at.
        signalled: processes and groups that it sent signals to.
        taints: why this may not be all.
    """

    reads: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    trees: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    executed: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    unlinked: set[str] = field(default_factory=set)
    aliases: list[tuple[str, str]] = field(default_factory=list)
    there: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    signalled: set[int] = field(default_factory=set)
    taints: set[str] = field(default_factory=set)

    def looked(self, path: str, error: str, *, unsure: bool = False) -> None:
        """Note that a path was looked at, and what came of it.

        Args:
            path: the path.
            error: the name of the error, or "".
            unsure: whether nobody knows what came of it.
        """
        if error in ("ENOENT", "ENOTDIR") or unsure:
            self.absent.add(path)
        # Most other errors say that there is something; of some, such as one of rights, that is not sure.
        if error not in ("ENOENT", "ENOTDIR"):
            self.reads.add(path)
            if error in ("EACCES", "ELOOP", "ENAMETOOLONG"):
                self.absent.add(path)
        if len(self.reads) + len(self.absent) > MOST_PATHS:
            self.taints.add(TOO_MANY)

    def appeared(self, path: str) -> None:
        """Note that the step made something at a path."""
        self.writes.add(path)
        self.names.add(path)
        self.there.add(path)

    def vanished(self, path: str) -> None:
        """Note that the step took something away from a path."""
        self.writes.add(path)
        self.names.add(path)
        self.there.discard(path)
