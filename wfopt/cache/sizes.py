"""How much a step declares to read, in bytes: what durations are explained with.

It is asked before the step runs, and only an estimate depends on it: a file that cannot be looked at counts
as empty, and of inputs with very many files nothing is said.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from wfopt.cache.files import Kind
from wfopt.cache.manifest import Manifest
from wfopt.dataclass import dataclass, field
from wfopt.model.patterns import STATE_FOLDER, PathPattern, selects

MOST_ENTRIES = 20_000
"""So many files and folders are looked at for a step that is not cached."""


@dataclass(frozen=True, slots=True)
class InputSizes:
    """Measures the inputs of the steps of one run.

    Attributes:
        workspace: its absolute path.
    """

    workspace: str
    _by_digest: dict[str, int] = field(default_factory=dict)

    def of(self, inputs: tuple[PathPattern, ...] | None, known: Manifest | None) -> int | None:
        """Return how many bytes the files among some inputs hold together.

        Args:
            inputs: what a step declares to read, or None if it does not say.
            known: what stands behind these inputs right now, if that was found out already.

        Returns:
            None if nothing is declared, or there is too much to look at.
        """
        if inputs is None:
            return None
        if known is None:
            return self._walked(inputs)
        size = self._by_digest.get(known.digest)
        if size is None:
            paths = (entry.path for entry in known.entries if entry.kind is Kind.FILE)
            size = self._by_digest[known.digest] = sum(map(self._size, paths))
        return size

    def paths(self, inputs: tuple[PathPattern, ...]) -> Iterable[str] | None:
        """Return the paths that some inputs mean, of folders and of what is missing too.

        Returns:
            None if there is too much to look at.
        """
        found: dict[str, None] = {}
        left = MOST_ENTRIES
        for pattern in inputs:
            if pattern.negated:
                continue
            for path in self._candidates(pattern):
                left -= 1
                if left < 0:
                    return None
                if path not in found and selects(inputs, path):
                    found[path] = None
        return found

    def _walked(self, inputs: tuple[PathPattern, ...]) -> int | None:
        paths = self.paths(inputs)
        return None if paths is None else sum(map(self._size, paths))

    def _candidates(self, pattern: PathPattern) -> Iterator[str]:
        """Yield the paths that a pattern could mean, folders too; links are not followed into folders."""
        if not pattern.is_glob:
            yield pattern.text
        waiting = [pattern.folder if pattern.is_glob else pattern.text]
        while waiting:
            folder = waiting.pop()
            for name, is_folder in self._listed(folder):
                path = f"{folder}/{name}" if folder else name
                yield path
                if is_folder:
                    waiting.append(path)

    def _listed(self, folder: str) -> Iterable[tuple[str, bool]]:
        try:
            with os.scandir(os.path.join(self.workspace, folder)) as found:
                return [
                    (each.name, each.is_dir(follow_symlinks=False))
                    for each in found
                    if each.name != STATE_FOLDER
                ]
        except OSError:
            return ()

    def _size(self, path: str) -> int:
        try:
            found = os.stat(os.path.join(self.workspace, path))
        except (OSError, ValueError):
            return 0
        return found.st_size if stat.S_ISREG(found.st_mode) else 0
