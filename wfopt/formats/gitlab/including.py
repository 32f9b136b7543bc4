"""`include`: local files are read and merged below the file that names them; nothing is fetched."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from wfopt.codes import BAD_INCLUDE, TOO_COMPLEX
from wfopt.errors import LoadError
from wfopt.formats.gitlab.context import Reading
from wfopt.formats.gitlab.documents import Document, read_document
from wfopt.formats.gitlab.remarks import REMOTE
from wfopt.formats.gitlab.trees import Budget, items_of, member, merged, pairs_of, text_of
from wfopt.formats.positions import MappingNode, Node, ScalarNode
from wfopt.model.globs import compile_glob

MAX_FILES = 150
"""How many files a pipeline may include, as GitLab has it."""

MAX_LISTED = 20_000
"""How many files of the workspace are looked at for a wildcard."""

_WILDCARD = re.compile(r"[*?\[]")
_SKIPPED = frozenset({".git", ".wfopt", "node_modules"})


def read_tree(reading: Reading) -> MappingNode:
    """Return a pipeline with all that it includes; what is wrong goes to the reading's problems.

    Raises:
        LoadError: a file is no YAML, or the files are too large together.
    """
    document = read_document(reading.source, reading.problems)
    return _Includer(reading).merged_with_includes(document, {}, ())


class _Includer:
    """Follows `include`."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._workspace = reading.options.workspace
        self._budget = Budget()
        self._documents: dict[str, Document] = {}
        self._files = 0

    def merged_with_includes(
        self, document: Document, given: Mapping[str, Node], chain: tuple[str, ...]
    ) -> MappingNode:
        """Return a file merged over those that it includes, in their order."""
        root = document.filled(given)
        result: MappingNode | None = None
        for entry in items_of(root.get("include")):
            for path in self._local_paths(entry):
                other = self._file(path, entry, chain)
                if other is not None:
                    inputs = {key.text: value for key, value in pairs_of(member(entry, "inputs"))}
                    inner = self.merged_with_includes(other, inputs, (*chain, path))
                    result = inner if result is None else merged(result, inner, self._budget)
        return root if result is None else merged(result, root, self._budget)

    def _local_paths(self, entry: Node) -> Iterator[str]:
        """Yield the files that an entry names, relative to the workspace; anything else is remarked on."""
        named = entry if isinstance(entry, ScalarNode) else member(entry, "local")
        path = text_of(named)
        if named is None or path is None or "://" in path or "$" in path:
            self._miss(entry)
            return
        inner = os.path.normpath(path.lstrip("/"))
        if inner.split(os.sep)[0] == "..":
            message = f"`{path}` leads out of the workspace"
            self._reading.problems.error(BAD_INCLUDE, message, named)
        elif _WILDCARD.search(inner):
            yield from self._matching(inner, named)
        else:
            yield inner

    def _matching(self, glob: str, at: Node) -> list[str]:
        """Return the files that a wildcard names."""
        try:
            pattern = compile_glob(glob)
        except ValueError as error:
            self._reading.problems.error(BAD_INCLUDE, f"`{glob}` cannot be used: {error}", at)
            return []
        # What matches may change from run to run.
        self._reading.options.outside.note_everything()
        base = _WILDCARD.split(glob)[0].rpartition("/")[0]
        found = sorted(path for path in self._listed(base) if pattern.fullmatch(path))
        if not found:
            self._miss(at, "no file in the workspace has such a name")
        return found[:MAX_FILES]

    def _miss(self, at: Node, label: str = "") -> None:
        """Remark on a file that is not here."""
        self._reading.is_partial = True
        self._reading.remarks.add(REMOTE, at, label)

    def _listed(self, base: str) -> Iterator[str]:
        seen = 0
        for folder, folders, files in os.walk(os.path.join(self._workspace, base)):
            folders[:] = [name for name in folders if name not in _SKIPPED]
            for name in files:
                seen += 1
                if seen > MAX_LISTED:
                    return
                yield os.path.relpath(os.path.join(folder, name), self._workspace)

    def _file(self, path: str, entry: Node, chain: tuple[str, ...]) -> Document | None:
        """Return an included file, or None after reporting."""
        problems, outside = self._reading.problems, self._reading.options.outside
        full = os.path.join(self._workspace, path)
        root = outside.real(self._workspace)
        if not f"{outside.real(full)}/".startswith(f"{root.rstrip('/')}/"):
            problems.error(BAD_INCLUDE, f"`{path}` leads out of the workspace", entry)
        elif not outside.exists(full):
            self._miss(entry, "there is no such file in the workspace")
        elif path in chain:
            problems.error(BAD_INCLUDE, f"files include each other: {' -> '.join((*chain, path))}", entry)
        else:
            self._files += 1
            if self._files > MAX_FILES:
                problems.error(TOO_COMPLEX, f"more than {MAX_FILES} files are included", entry)
                raise LoadError(problems.found)
            return self._document(path, full, entry)
        return None

    def _document(self, path: str, full: str, entry: Node) -> Document | None:
        """Return what a file says; each is read once."""
        if path not in self._documents:
            try:
                source = self._reading.options.outside.read(full, self._shown(path))
                document = read_document(source, self._reading.problems)
            except LoadError as error:
                if any(each.primary is not None for each in error.diagnostics):
                    raise
                self._reading.problems.error(BAD_INCLUDE, error.diagnostics[0].message, entry)
                return None
            self._documents[path] = document
            self._reading.included.append(source)
        return self._documents[path]

    def _shown(self, path: str) -> str:
        """Return what messages call an included file: where it stands beside the one that was named."""
        options = self._reading.options
        is_beside = os.path.dirname(options.path) == self._workspace or not options.path
        base = os.path.dirname(self._reading.source.name) if is_beside else ""
        return os.path.normpath(os.path.join(base, path))
