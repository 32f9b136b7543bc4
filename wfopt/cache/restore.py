"""Outputs go from the cache back into the workspace.

First every content is copied to a private folder and verified; until then the workspace is as it was. Then
the copies are renamed into place, so each file is the old or the new one whatever happens. Folders are
changed in place and not swapped: somebody may be in them, and what is no output in them has to stay.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from wfopt.cache.blobs import BlobStore
from wfopt.cache.copying import Blob
from wfopt.cache.differences import Change, Difference
from wfopt.cache.entry import Item, Kind
from wfopt.cache.folders import folder_at, top_folder
from wfopt.cache.paths import in_order
from wfopt.cache.temporary import gone_on_error, private_folder, temporary_name
from wfopt.dataclass import dataclass

_USUAL_MODE = 0o777
_OWNER_CHANGES = 0o300


@dataclass(frozen=True, slots=True)
class Miss:
    """Why the outputs of a step could not be restored; none of them counts as restored.

    Attributes:
        path: the output at which it failed, relative to the workspace; "" if it is about none in particular.
        reason: what was wrong, as the end of a sentence.
    """

    path: str
    reason: str


class _MissError(Exception):
    def __init__(self, miss: Miss) -> None:
        self.miss = miss
        super().__init__(miss.reason)


def restore(
    workspace: str,
    items: Sequence[Item],
    differences: Sequence[Difference],
    blobs: BlobStore,
    staging: str,
) -> Miss | None:
    """Make the outputs of a step what was recorded; return why that failed, or None.

    Args:
        workspace: its absolute path.
        items: what was recorded.
        differences: what `compare` found just before; nothing else is touched.
        blobs: where the contents are.
        staging: the path of a folder for temporary files, on the disk of the workspace if that is possible.
    """
    try:
        with private_folder(staging) as staged:
            return restore_through(staged, workspace, items, differences, blobs)
    except OSError as error:
        return Miss("", f"could not be restored: {error.strerror or error}")


def restore_through(
    staged: int,
    workspace: str,
    items: Sequence[Item],
    differences: Sequence[Difference],
    blobs: BlobStore,
) -> Miss | None:
    """Restore as `restore` does, through a private folder that may serve several times.

    Args:
        staged: the descriptor of that folder, which is empty; it is not empty any more after a `Miss`.
        workspace: see `restore`.
        items: see `restore`.
        differences: see `restore`.
        blobs: see `restore`.
    """
    wanted = [each.item for each in differences if each.item is not None]
    try:
        _check_kept(wanted, blobs)
        with top_folder(workspace) as top:
            _stage(wanted, blobs, staged)
            folders = frozenset(item.path for item in items if item.kind is Kind.FOLDER)
            place = _Place(top, staged, blobs, folders)
            place.commit(wanted, [each.path for each in differences if each.change is Change.EXTRA])
    except _MissError as missed:
        return missed.miss
    except OSError as error:
        return Miss("", f"could not be restored: {error.strerror or error}")
    return None


def _check_kept(wanted: Sequence[Item], blobs: BlobStore) -> None:
    for item in wanted:
        if item.kind is Kind.TRACKED:
            raise _MissError(Miss(item.path, "is not kept in the cache, for it has `store: false`"))
        # Where there is only one, making the copy tells as soon.
        if len(wanted) > 1 and item.kind is Kind.FILE and not blobs.has(Blob(item.content, item.size)):
            raise _MissError(Miss(item.path, "is not in the cache any more"))


def _stage(wanted: Sequence[Item], blobs: BlobStore, staged: int) -> None:
    """Make verified copies of files, and links, under their numbers in the staging folder."""
    for number, item in enumerate(wanted):
        if item.kind is Kind.LINK:
            os.symlink(item.content, str(number), dir_fd=staged)
        elif item.kind is Kind.FILE:
            blob = Blob(item.content, item.size)
            if reason := blobs.copy_new(blob, staged, str(number), item.mode):
                raise _MissError(Miss(item.path, reason))


@dataclass(frozen=True, slots=True)
class _Place:
    """A workspace while outputs are put into it.

    Attributes:
        top: its descriptor.
        staged: the descriptor of the folder with the copies.
        blobs: where the contents are.
        folders: the folders among the outputs: what is in them belongs to the step.
    """

    top: int
    staged: int
    blobs: BlobStore
    folders: frozenset[str]

    def commit(self, wanted: Sequence[Item], extra: Sequence[str]) -> None:
        for path in sorted(extra, key=in_order, reverse=True):
            with self._naming(path), self._parent(path) as (parent, name):
                _delete(name, parent)
        for number, item in enumerate(wanted):
            with self._naming(item.path), self._parent(item.path) as (parent, name):
                if item.kind is Kind.FOLDER:
                    _make_folder(name, parent)
                else:
                    self._put(str(number), item, parent, name)
        # The innermost first: afterwards an outer one may be closed to its owner.
        for item in sorted(wanted, key=lambda item: in_order(item.path), reverse=True):
            if item.kind is Kind.FOLDER:
                with self._naming(item.path), folder_at(self.top, item.path) as fd:
                    os.fchmod(fd, item.mode)

    @contextmanager
    def _naming(self, path: str) -> Iterator[None]:
        """Say at which output the system refused."""
        try:
            yield
        except OSError as error:
            raise _MissError(Miss(path, f"could not be restored: {error.strerror or error}")) from error

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        """Open the folder that a path is in, which may be missing; give it with the name in it.

        A folder of the step that its owner may not change is opened up for the time being.
        """
        folder, _, name = path.rpartition("/")
        with folder_at(self.top, folder, make=_USUAL_MODE) as fd:
            mode = stat.S_IMODE(os.fstat(fd).st_mode)
            if folder not in self.folders or mode & _OWNER_CHANGES == _OWNER_CHANGES:
                yield fd, name
                return
            os.fchmod(fd, mode | _OWNER_CHANGES)
            try:
                yield fd, name
            finally:
                os.fchmod(fd, mode)

    def _put(self, number: str, item: Item, folder: int, name: str) -> None:
        try:
            self._rename(number, folder, name)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The system finds this out before it looks at what is in the way.
            with suppress(FileNotFoundError, NotADirectoryError):
                os.rmdir(name, dir_fd=folder)
            self._carry_over(item, folder, name)
            os.unlink(number, dir_fd=self.staged)

    def _rename(self, number: str, folder: int, name: str) -> None:
        try:
            os.rename(number, name, src_dir_fd=self.staged, dst_dir_fd=folder)
        except IsADirectoryError:
            # What was extra in it is gone; if anything is left, it stays and this fails.
            os.rmdir(name, dir_fd=folder)
            os.rename(number, name, src_dir_fd=self.staged, dst_dir_fd=folder)

    def _carry_over(self, item: Item, folder: int, name: str) -> None:
        """Put a file or a link on another disk than that of the copies."""
        if item.kind is Kind.LINK:
            temporary = temporary_name()
            with gone_on_error(temporary, folder):
                os.symlink(item.content, temporary, dir_fd=folder)
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        elif not self.blobs.copy_to(Blob(item.content, item.size), folder, name, item.mode):
            raise _MissError(Miss(item.path, "was damaged in the cache"))


def _make_folder(name: str, parent: int) -> None:
    """Make sure that there is a folder, in place of whatever else has its name."""
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
    except FileExistsError:
        if not stat.S_ISDIR(os.lstat(name, dir_fd=parent).st_mode):
            os.unlink(name, dir_fd=parent)
            os.mkdir(name, 0o700, dir_fd=parent)


def _delete(name: str, parent: int) -> None:
    try:
        os.unlink(name, dir_fd=parent)
    except (IsADirectoryError, PermissionError):
        # Systems other than Linux refuse a folder with EPERM.
        os.rmdir(name, dir_fd=parent)
