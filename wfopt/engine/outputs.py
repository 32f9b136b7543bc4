"""Outputs on disk: room is made before a step runs, they are checked after it, moved aside on failure."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from wfopt.dataclass import dataclass
from wfopt.model.patterns import PathPattern, selects
from wfopt.model.workflow import Step

STATE_FOLDER = ".wfopt"

Look = tuple[int, int, int, int] | None
"""Inode, size and times of a file; None if there is none."""

Known = Mapping[str, Look]
"""The files that the patterns of a step matched before it ran, and how they were."""


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """The outputs of a workspace.

    Attributes:
        workspace: its absolute path.
        trash: the absolute path of the folder for files that are in a step's way.
        aside: the absolute path of the folder for outputs of steps that failed.
        nearby: the same on the workspace's own disk, for when `aside` is on another one that is full.
    """

    workspace: str
    trash: str
    aside: str
    nearby: str

    def make_room(self, step: Step, ours: Collection[str] = ()) -> Known:
        """Make the folders that the step's outputs go to, and move what is in their place to the trash.

        What is there just as the step itself made it is deleted. What else a pattern matches stays: nobody
        knows whose it is. It is returned, for `set_aside`.

        Args:
            step: the step, which runs next.
            ours: the paths of files, links and folders that an earlier run of the step made.

        Raises:
            OSError: a folder cannot be made or a file not moved, or a link leads out of the workspace.
        """
        outputs = step.outputs or ()
        known: dict[str, Look] = {}
        for place, output in enumerate(outputs):
            if output.negated:
                continue
            parent = os.path.dirname(output.prefix if output.is_glob else output.text)
            if not self._is_plain(parent):
                self._refuse_outside(parent)
                os.makedirs(os.path.join(self.workspace, parent), exist_ok=True)
            if output.is_glob:
                matching = list(self._matching(outputs[place:]))
                if not output.persist:
                    self._delete(path for path in matching if path in ours)
                known.update(
                    (path, self._look(path)) for path in matching if output.persist or path not in ours
                )
            elif not output.persist:
                for path in self._parts(outputs[place:]):
                    if path in ours:
                        self._delete((path,))
                    else:
                        self._move(path, self.trash)
        return known

    def _parts(self, patterns: Sequence[PathPattern]) -> list[str]:
        """Return the paths that a literal output stands for: itself, or files in it if a `!` spares some."""
        text = patterns[0].text
        full = os.path.join(self.workspace, text)
        near = [each for each in patterns if each.negated and _may_meet(each, f"{text}/")]
        if not near or os.path.islink(full) or not os.path.isdir(full):
            return [text]
        return list(self._matching(patterns))

    def to_trash(self, path: str) -> None:
        """Move a file, link or folder to the trash, if it is there.

        Raises:
            OSError: it cannot be moved.
        """
        self._move(path, self.trash)

    def _delete(self, paths: Iterable[str]) -> None:
        """Delete what the cache has too; what cannot be deleted is moved to the trash."""
        for path in paths:
            self._refuse_outside(os.path.dirname(path))
            full = os.path.join(self.workspace, path)
            if os.path.isdir(full) and not os.path.islink(full):
                from wfopt.engine.moving import remove  # noqa: PLC0415 - as below

                remove(full, is_folder=True)
            else:
                with contextlib.suppress(OSError):
                    os.unlink(full)
            self._move(path, self.trash)

    def missing(self, step: Step) -> tuple[list[PathPattern], list[PathPattern]]:
        """Return the literal outputs that do not exist, and the globs that match nothing."""
        outputs = step.outputs or ()
        absent, empty = [], []
        for place, output in enumerate(outputs):
            if output.negated or output.optional:
                continue
            if not output.is_glob:
                if not os.path.lexists(os.path.join(self.workspace, output.text)):
                    absent.append(output)
            elif next(self._matching(outputs[place:]), None) is None:
                empty.append(output)
        return absent, empty

    def set_aside(self, step: Step, known: Known) -> list[str]:
        """Move the outputs of a step that failed out of the way; return their paths.

        What a pattern matched before and the step did not touch stays.

        Raises:
            OSError: one cannot be moved; all others are.
        """
        moved: list[str] = []
        troubles: list[OSError] = []
        outputs = step.outputs or ()
        for place, output in enumerate(outputs):
            if output.negated or output.persist:
                continue
            if output.is_glob:
                found = self._matching(outputs[place:])
                paths = [path for path in found if known.get(path) != self._look(path)]
            else:
                paths = self._parts(outputs[place:])
            for path in paths:
                try:
                    moved += [path] if self._move_aside(path, file_name(step.id)) else []
                except OSError as error:
                    troubles.append(error)
        if troubles:
            raise troubles[0]
        return moved

    def _move_aside(self, path: str, name: str) -> bool:
        try:
            return self._move(path, os.path.join(self.aside, name))
        except OSError:
            return self._move(path, os.path.join(self.nearby, name))

    def _look(self, path: str) -> Look:
        """Return what changes when a file is written to."""
        try:
            found = os.lstat(os.path.join(self.workspace, path))
        except FileNotFoundError:
            return None
        return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def _move(self, path: str, folder: str) -> bool:
        source = os.path.join(self.workspace, path)
        if not os.path.lexists(source):
            return False
        self._refuse_outside(os.path.dirname(path))
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        number = 1
        while os.path.lexists(target):
            target = f"{os.path.join(folder, path)}.{number}"
            number += 1
        try:
            os.rename(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            from wfopt.engine.moving import move_to_another_disk  # noqa: PLC0415 - rare, and slow to import

            move_to_another_disk(source, target)
        return True

    def _refuse_outside(self, folder: str) -> None:
        """Raise an error if a link on the way to `folder`, relative to the workspace, leads out of it."""
        if self._is_plain(folder):
            return
        top = os.path.realpath(self.workspace)
        real = os.path.realpath(os.path.join(top, folder))
        if real != top and not real.startswith(top.rstrip("/") + "/"):
            raise OSError(f"`{folder}` leads out of the workspace, to `{real}`")

    def _is_plain(self, folder: str) -> bool:
        """Return whether a path, relative to the workspace, is a folder with no link on the way to it."""
        here = self.workspace
        if not folder:
            return os.path.isdir(here)
        for name in folder.split("/"):
            here = f"{here}/{name}"
            try:
                mode = os.lstat(here).st_mode
            except OSError:
                return False
            if name == ".." or not stat.S_ISDIR(mode):
                return False
        return True

    def _matching(self, patterns: Sequence[PathPattern]) -> Iterator[str]:
        """Yield the files below the first pattern's literal folder, or in it, that the patterns select."""
        top = os.path.dirname(patterns[0].prefix) if patterns[0].is_glob else patterns[0].text
        for folder, folders, names in os.walk(os.path.join(self.workspace, top)):
            folders[:] = sorted(name for name in folders if name != STATE_FOLDER)
            inner = os.path.relpath(folder, self.workspace)
            for name in sorted(names):
                path = name if inner == "." else os.path.join(inner, name)
                if selects(patterns, path):
                    yield path


def _may_meet(pattern: PathPattern, folder: str) -> bool:
    """Return whether a pattern could match something in a folder, whose path ends with `/`."""
    return pattern.prefix.startswith(folder) or (pattern.is_glob and folder.startswith(pattern.prefix))


def file_name(step_id: str) -> str:
    """Return a file name for a step: its id, unless that is too long or holds a `/`.

    >>> file_name("lint/ruff")
    'lint%2Fruff'
    """
    name = step_id.replace("/", "%2F")
    if len(name) <= 180:
        return name
    return f"{name[:160]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
