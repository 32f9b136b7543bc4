"""Outputs go from the workspace into the cache."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping, Sequence

from wfopt.cache.blobs import BlobStore, ChangedError, refuse_changed
from wfopt.cache.copying import hash_file
from wfopt.cache.entry import Item, Kind
from wfopt.cache.folders import Found, opened, top_folder
from wfopt.cache.paths import in_order, link_problem, path_problem
from wfopt.cache.selecting import declared, is_stored
from wfopt.errors import WfoptError
from wfopt.model.patterns import PathPattern, selects
from wfopt.model.quantities import format_size

_SOMETHING_ELSE = frozenset({errno.ELOOP, errno.ENXIO, errno.EINVAL})
"""A link in place of a file, a socket, a file in place of a link."""


class UnstorableError(WfoptError):
    """The outputs of a step cannot be kept: it counts as done, but runs again the next time.

    Attributes:
        path: the output that is in the way, relative to the workspace; "" if it is about all of them.
        reason: what is wrong with it, as the end of a sentence.
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"`{path}` {reason}" if path else reason)


def take_in(
    workspace: str, outputs: Sequence[PathPattern], blobs: BlobStore, *, largest: int | None = None
) -> tuple[Item, ...]:
    """Keep the outputs of a step that succeeded; return what they are, sorted by `in_order`.

    Nothing waits for the disk: what a power cut loses is noticed when it is used, for it is missing or does
    not have its digest any more.

    Args:
        workspace: its absolute path.
        outputs: what the step declares.
        blobs: where contents go; those of outputs with `store: false` are only hashed.
        largest: the most bytes that may be kept, or None.

    Raises:
        UnstorableError: an output is missing, or is not what the cache can keep: a file, a folder, or a
            link to something in the workspace; or it changed while it was read; or they are too large.
        OSError: the store cannot be written to.
    """
    with top_folder(workspace) as top:
        return _Intake(top, workspace, outputs, blobs, largest).items()


class _Intake:
    """The outputs of one step on their way into the cache."""

    def __init__(
        self, top: int, workspace: str, outputs: Sequence[PathPattern], blobs: BlobStore, largest: int | None
    ) -> None:
        self._top = top
        self._workspace = workspace
        self._outputs = outputs
        self._blobs = blobs
        self._largest = largest
        self._bytes = 0

    def items(self) -> tuple[Item, ...]:
        items: dict[str, Item] = {}
        try:
            for found in declared(self._top, self._outputs):
                if found.path not in items:
                    items[found.path] = self._item(found)
        except (NotADirectoryError, FileNotFoundError) as error:
            raise UnstorableError(
                "", "an output vanished while it was read, or is in a link, which is not followed"
            ) from error
        except PermissionError as error:
            raise UnstorableError("", "a folder among the outputs may not be read") from error
        self._refuse_missing(items)
        kept = tuple(items.values())
        return kept if len(kept) < 2 else tuple(sorted(kept, key=lambda item: in_order(item.path)))

    def _item(self, found: Found) -> Item:
        if problem := path_problem(found.path):
            raise UnstorableError(found.path, problem)
        mode = found.look.st_mode
        if stat.S_ISREG(mode):
            return self._file(found)
        if stat.S_ISDIR(mode):
            return Item(found.path, Kind.FOLDER, stat.S_IMODE(mode))
        if stat.S_ISLNK(mode):
            return self._link(found)
        raise UnstorableError(found.path, f"is {_name_of(mode)}; the cache keeps files, folders and links")

    def _file(self, found: Found) -> Item:
        try:
            with opened(found.name, os.O_RDONLY, folder=found.folder) as fd:
                return self._opened_file(found.path, fd)
        except ChangedError:
            raise UnstorableError(found.path, "changed while it was read") from None
        except PermissionError:
            raise UnstorableError(found.path, "may not be read") from None
        except OSError as error:
            raise _replaced(found, error) from None

    def _opened_file(self, path: str, fd: int) -> Item:
        look = os.fstat(fd)
        if not stat.S_ISREG(look.st_mode):
            raise ChangedError("something else took its place")
        if is_stored(self._outputs, path):
            self._bytes += look.st_size
            if self._largest is not None and self._bytes > self._largest:
                limit = format_size(self._largest)
                raise UnstorableError(path, f"makes the outputs larger than the cache may be, {limit}")
            blob, kind = self._blobs.add(fd, look), Kind.FILE
        else:
            blob, kind = hash_file(fd), Kind.TRACKED
            refuse_changed(fd, look, blob.size)
        return Item(path, kind, stat.S_IMODE(look.st_mode), blob.size, blob.digest)

    def _link(self, found: Found) -> Item:
        try:
            target = os.readlink(found.name, dir_fd=found.folder)
        except OSError as error:
            raise _replaced(found, error) from None
        if problem := link_problem(found.path, target):
            raise UnstorableError(found.path, problem)
        # Other links on the way may lead elsewhere than the text says.
        real = os.path.realpath(self._workspace)
        reached = os.path.realpath(os.path.join(real, found.path))
        if reached != real and not reached.startswith(real.rstrip("/") + "/"):
            raise UnstorableError(found.path, f"is a link that leads out of the workspace, to `{reached}`")
        return Item(found.path, Kind.LINK, content=target)

    def _refuse_missing(self, items: Mapping[str, Item]) -> None:
        for output in self._outputs:
            if output.is_glob or output.negated or output.optional or output.text in items:
                continue
            if selects(self._outputs, output.text):
                raise UnstorableError(output.text, "does not exist")


def _replaced(found: Found, error: OSError) -> WfoptError | OSError:
    """Return what it means that something cannot be opened as what it just was."""
    if error.errno in _SOMETHING_ELSE:
        return UnstorableError(found.path, "changed while it was read")
    return error


def _name_of(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
