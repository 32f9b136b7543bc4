"""Outputs on disk: room is made before a step runs, they are checked after it, moved aside on failure."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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

    def make_room(self, step: Step) -> Known:
        """Make the folders that the step's outputs go to, and move what is in their place to the trash.

        What a pattern matches stays: nobody knows whose it is. It is returned, for `set_aside`.

        Raises:
            OSError: a folder cannot be made or a file not moved, or a link leads out of the workspace.
        """
        outputs = step.outputs or ()
        known: dict[str, Look] = {}
        for place, output in enumerate(outputs):
            if output.negated:
                continue
            parent = os.path.dirname(output.prefix if output.is_glob else output.text)
            self._refuse_outside(parent)
            os.makedirs(os.path.join(self.workspace, parent), exist_ok=True)
            if output.is_glob:
                known.update((path, self._look(path)) for path in self._matching(outputs[place:]))
            elif not output.persist:
                self._move(output.text, self.trash)
        return known

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
            paths = [output.text]
            if output.is_glob:
                found = self._matching(outputs[place:])
                paths = [path for path in found if known.get(path) != self._look(path)]
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
            _move_to_another_disk(source, target)
        return True

    def _refuse_outside(self, folder: str) -> None:
        """Raise an error if a link on the way to `folder`, relative to the workspace, leads out of it."""
        top = os.path.realpath(self.workspace)
        real = os.path.realpath(os.path.join(top, folder))
        if real != top and not real.startswith(top.rstrip("/") + "/"):
            raise OSError(f"`{folder}` leads out of the workspace, to `{real}`")

    def _matching(self, patterns: Sequence[PathPattern]) -> Iterator[str]:
        """Yield the files below the first pattern's literal folder that the patterns select."""
        top = os.path.dirname(patterns[0].prefix)
        for folder, folders, names in os.walk(os.path.join(self.workspace, top)):
            folders[:] = sorted(name for name in folders if name != STATE_FOLDER)
            inner = os.path.relpath(folder, self.workspace)
            for name in sorted(names):
                path = name if inner == "." else os.path.join(inner, name)
                if selects(patterns, path):
                    yield path


def _move_to_another_disk(source: str, target: str) -> None:
    """Move a file or folder by copying it; a copy that fails, for want of room perhaps, leaves nothing.

    Raises:
        OSError: it cannot be copied, and the source is as it was; or the copy is whole and the source
            cannot be removed.
    """
    is_folder = os.path.isdir(source) and not os.path.islink(source)
    try:
        if is_folder:
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy2(source, target, follow_symlinks=False)
    except OSError:
        _remove(target, is_folder=is_folder)
        raise
    if is_folder:
        shutil.rmtree(source)
    else:
        os.unlink(source)


def _remove(copy: str, *, is_folder: bool) -> None:
    if is_folder:
        shutil.rmtree(copy, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        os.unlink(copy)


def file_name(step_id: str) -> str:
    """Return a file name for a step: its id, unless that is too long or holds a `/`.

    >>> file_name("lint/ruff")
    'lint%2Fruff'
    """
    name = step_id.replace("/", "%2F")
    if len(name) <= 180:
        return name
    return f"{name[:160]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
