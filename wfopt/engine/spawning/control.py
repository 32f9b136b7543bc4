"""Opens the control groups of a run as they are needed, and makes one for each step with limits."""

import os

from wfopt.engine.spawning.groups import V2, Group, Hierarchy, sweep_leftovers

_FREEZER = b"freezer"


class Control:
    """The control groups of one run.

    Args:
        name: what the folders of the run are called; no other run has the same.
        bases: the folder of the group that this process is in, by controller, or by `V2` for version 2.
    """

    def __init__(self, name: bytes, bases: dict[bytes, bytes]) -> None:
        self._name = name
        self._bases = bases
        self._opened: dict[bytes, Hierarchy | None] = {}
        self._count = 0
        self._left: list[Group] = []

    def has(self, controller: bytes) -> bool:
        """Say whether steps can have groups with a controller."""
        return self._place(controller) is not None

    def make(self, limits: dict[bytes, int]) -> Group | None:
        """Make a group for these limits, so far as there are controllers; None if there are none at all.

        Raises:
            OSError: a folder cannot be made.
        """
        if self._left:
            self._left = [group for group in self._left if not group.remove()]
        places = {name: place for name in limits for place in [self._place(name)] if place is not None}
        killer = self._killer()
        if killer is not None:
            places[killer.controller] = killer
        if not places:
            return None
        self._count += 1
        name = b"/%d" % self._count
        unified = self._opened.get(V2)
        group = Group(
            {controller: place.folder + name for controller, place in places.items()},
            {place.folder + name: place.home for place in places.values()},
            unified.folder + name if unified else None,
        )
        try:
            group.make()
        except OSError:
            group.remove()
            raise
        return group

    def drop(self, group: Group) -> None:
        """Remove a group; what is not empty yet goes later."""
        if not group.remove():
            self._left.append(group)

    def close(self) -> None:
        """Remove everything."""
        for hierarchy in self._opened.values():
            if hierarchy is not None:
                hierarchy.close()
        self._opened.clear()
        self._bases = {}

    def _place(self, controller: bytes) -> Hierarchy | None:
        for base in (controller, V2):
            hierarchy = self._open(base)
            if hierarchy is not None and hierarchy.has(controller):
                return hierarchy
        return None

    def _killer(self) -> Hierarchy | None:
        """Return the hierarchy whose groups can be killed as a whole, the best means first."""
        unified = self._open(V2)
        if unified is not None and os.path.exists(unified.folder + b"/cgroup.kill"):
            return unified
        return self._open(_FREEZER)

    def _open(self, controller: bytes) -> Hierarchy | None:
        if controller not in self._bases:
            return None
        if controller not in self._opened:
            base = self._bases[controller]
            sweep_leftovers(base)
            try:
                self._opened[controller] = Hierarchy(base, self._name, controller)
            except OSError:
                self._opened[controller] = None
        return self._opened[controller]
