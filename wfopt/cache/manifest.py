"""The manifest of a step: everything that it declares to read, with what is in it.

- What an input names counts as it is, also if it is missing.
- A folder counts with everything below it. A folder without anything that counts is an entry of its own.
- What the step itself writes is no input of it, unless an input names just that file or folder: then its key
  changes whenever it runs. Folders that exist for its outputs are not counted either.
- The state of wfopt never counts.
- Links: see `wfopt.cache.files`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator

from wfopt.cache.files import Entry, Files, Found, Hasher, Kind
from wfopt.cache.framing import framed
from wfopt.dataclass import dataclass
from wfopt.model.globs import WILDCARD, compile_glob
from wfopt.model.patterns import PathPattern, matches, selects
from wfopt.model.relations import covers

Patterns = tuple[PathPattern, ...]

_ESCAPED = re.compile(r"\[([*?\[])\]")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a step reads.

    Attributes:
        entries: sorted by path; a link comes with what it leads to.
        digest: of all entries.
        mentions_wfopt: whether the name of a variable that wfopt sets may stand in one of the files.
    """

    entries: tuple[Entry, ...]
    digest: str
    mentions_wfopt: bool


def manifest_of(entries: Iterable[Entry], before: Manifest | None = None) -> Manifest:
    """Return the manifest with these entries, in any order and however often each comes.

    Args:
        entries: what a step reads.
        before: an earlier manifest; it is returned itself if it has the same entries.
    """
    ordered = tuple(sorted(set(entries)))
    if before is not None and ordered == before.entries:
        return before
    row: list[str] = []
    mentioned = False
    for path, kind, executable, content, mentions_wfopt in ordered:
        row += (path, kind, "x" if executable else "", content)
        mentioned = mentioned or mentions_wfopt
    return Manifest(ordered, hashlib.sha256(framed(row)).hexdigest(), mentioned)


@dataclass(frozen=True, slots=True)
class _Tree:
    """What one pattern takes in besides a file that it names; `named` is the folder that it names, or ""."""

    pattern: PathPattern
    found: tuple[Found, ...]
    named: str
    linked: bool


class Snapshot:
    """The inputs of all steps at one moment: folders are listed and files hashed once.

    After a step has run call `forget`: nobody knows what it touched besides its declared outputs, nor which
    links lead to these. What stays is the hasher's memo, which checks each file by itself.

    Args:
        workspace: its absolute path.
        hasher: hashes the files.
        own: the folders, relative to the workspace, in which wfopt keeps its own files.
    """

    def __init__(self, workspace: str, hasher: Hasher, own: Iterable[str] = ()) -> None:
        self._files = Files(workspace, hasher, own)
        self._trees: dict[tuple[PathPattern, Patterns], _Tree] = {}
        self._manifests: dict[tuple[Patterns, Patterns], Manifest] = {}

    def forget(self) -> None:
        """Look at everything anew from now on."""
        self._files.forget()
        self._trees.clear()
        self._manifests.clear()

    def manifest(self, inputs: Patterns, outputs: Patterns, before: Manifest | None = None) -> Manifest:
        """Return what a step with these inputs and outputs reads.

        Args:
            inputs: the patterns of its inputs.
            outputs: those of its outputs.
            before: see `manifest_of`.

        Raises:
            UnhashableError: something among it has no content to compare, or cannot be read.
        """
        entries: list[Entry] = []
        trees: list[_Tree] = []
        takes, skipped = _takes(inputs), _skipped(inputs)
        for pattern in inputs:
            if pattern.negated:
                continue
            literal = _literal(pattern)
            if literal is None:
                trees.append(self._tree(pattern, None, skipped))
                continue
            looked = self._files.look(literal)
            if looked[-1].kind is Kind.DIR:
                trees.append(self._tree(pattern, literal, skipped))
            elif takes is None or takes(literal):
                entries += looked
        if not trees:
            return manifest_of(entries, before)
        # Steps that differ only in outputs elsewhere share what is long: the lists of folders.
        near = outputs if _may_meet(outputs, trees) else ()
        known = self._manifests.get((inputs, near))
        if known is None:
            listing = _Listing(self._files, near, takes)
            for tree in trees:
                listing.add(tree)
            known = self._manifests[inputs, near] = manifest_of((*entries, *listing.entries()))
        return known

    def touched(self, manifest: Manifest) -> dict[str, tuple[int, ...] | None]:
        """Return what tells for each file and link of a manifest made here whether it is written to later."""
        files = (entry.path for entry in manifest.entries if entry.kind in (Kind.FILE, Kind.LINK))
        return {path: self._files.state(path) for path in files}

    def _tree(self, pattern: PathPattern, literal: str | None, skipped: Patterns) -> _Tree:
        key = (pattern, skipped)
        known = self._trees.get(key)
        if known is None:
            walk = self._glob(pattern, skipped) if literal is None else self._folder(literal, skipped)
            found = tuple(walk)
            # A folder on the way may be a link, too.
            linked = any(each.is_link or each.path != each.real for each in found)
            known = self._trees[key] = _Tree(pattern, found, literal or "", linked)
        return known

    def _folder(self, path: str, skipped: Patterns) -> Iterator[Found]:
        is_link = self._files.look(path)[0].kind is Kind.LINK
        yield Found(path, self._files.real(path), not is_link, is_link)
        yield from self._files.walk(path, lambda folder: not _is_skipped(folder, skipped))

    def _glob(self, pattern: PathPattern, skipped: Patterns) -> Iterator[Found]:
        enters = _enters(pattern)
        for found in self._files.walk(
            pattern.folder, lambda folder: enters(folder) and not _is_skipped(folder, skipped)
        ):
            if matches(pattern, found.path):
                yield found


class _Listing:
    """What is taken of some trees: files, links, and folders in which there is nothing to take."""

    def __init__(self, files: Files, outputs: Patterns, takes: Callable[[str], bool] | None) -> None:
        self._files = files
        self._outputs = outputs
        self._parents = frozenset(_parents_of(outputs))
        self._takes = takes
        self._entries: list[Entry] = []
        self._folders: set[str] = set()
        self._busy: set[str] = set()

    def add(self, tree: _Tree) -> None:
        named_output = bool(tree.named) and selects(self._outputs, tree.named)
        for found in tree.found:
            path = found.path
            if self._takes is not None and not self._takes(path):
                continue
            if not named_output and self._writes(path, "" if found.is_link else found.real):
                self._fill(path)
            elif not found.is_dir:
                self._fill(path)
                looked = self._files.look(path)
                self._entries += looked[:1] if found.is_link and self._is_own(found.real) else looked
            elif path not in self._parents and found.real not in self._parents:
                self._folders.add(path)

    def entries(self) -> tuple[Entry, ...]:
        # Deeper folders come first: a folder that counts fills those around it.
        for path in sorted(self._folders, reverse=True):
            if path not in self._busy:
                self._fill(path)
                self._entries.append(Entry(path, Kind.DIR))
        return tuple(self._entries)

    def _writes(self, path: str, real: str) -> bool:
        """Return whether the step itself writes what is at a path."""
        if not self._outputs:
            return False
        return selects(self._outputs, path) or (real not in ("", path) and selects(self._outputs, real))

    def _is_own(self, real: str) -> bool:
        """Return whether a link leads to what the step writes, or to a folder that exists for it."""
        return bool(self._outputs) and bool(real) and (real in self._parents or selects(self._outputs, real))

    def _fill(self, path: str) -> None:
        """Note that there is something in the folders around a path."""
        while path:
            path = path.rpartition("/")[0]
            if path in self._busy:
                return
            self._busy.add(path)


def _literal(pattern: PathPattern) -> str | None:
    """Return the path that a pattern names, also if its wildcards are escaped; None for a true glob."""
    if not pattern.is_glob:
        return pattern.text
    return None if WILDCARD.search(_ESCAPED.sub("", pattern.text)) else _ESCAPED.sub(r"\1", pattern.text)


def _takes(patterns: Patterns) -> Callable[[str], bool] | None:
    """Return what decides whether the patterns as a whole select a path; None if they take nothing away."""
    if not any(pattern.negated for pattern in patterns):
        return None
    rules = [(pattern.negated, _matcher(pattern)) for pattern in patterns]

    def takes(path: str) -> bool:
        selected = False
        for negated, is_match in rules:
            if selected == negated and is_match(path):
                selected = not selected
        return selected

    return takes


def _skipped(inputs: Patterns) -> Patterns:
    """Return the patterns that take away for good: nothing adds to a list behind its last `!`."""
    count = next((place for place, each in enumerate(reversed(inputs)) if not each.negated), len(inputs))
    return inputs[len(inputs) - count :]


def _is_skipped(folder: str, skipped: Patterns) -> bool:
    """Return whether nothing in a folder can count."""
    return bool(skipped) and any(covers(each, PathPattern(folder, directory=True)) for each in skipped)


def _matcher(pattern: PathPattern) -> Callable[[str], bool]:
    literal = _literal(pattern)
    if literal is None or not literal:
        return lambda path: matches(pattern, path)
    return lambda path: path == literal or path.startswith(f"{literal}/")


def _enters(glob: PathPattern) -> Callable[[str], bool]:
    """Return what decides whether a glob could match something in a folder."""
    parts = glob.text.split("/")
    fixed = parts[: parts.index("**")] if "**" in parts else parts
    is_open = len(fixed) < len(parts) or glob.directory

    def enters(folder: str) -> bool:
        depth = folder.count("/") + 1
        if depth > len(fixed) or (depth == len(parts) and not is_open):
            return is_open
        return compile_glob("/".join(fixed[:depth])).fullmatch(folder) is not None

    return enters


def _may_meet(outputs: Patterns, trees: Iterable[_Tree]) -> bool:
    """Return whether an output could be below what some trees start from; never wrongly False."""
    if any(tree.linked for tree in trees):
        return True
    starts = [tree.named or tree.pattern.folder for tree in trees]
    prefixes = [output.prefix for output in outputs]
    return any(
        prefix.startswith(start) or start.startswith(prefix) for prefix in prefixes for start in starts
    )


def _parents_of(outputs: Iterable[PathPattern]) -> Iterator[str]:
    """Yield the folders that are made for outputs before a step runs, and those around them."""
    for output in outputs:
        literal = _literal(output)
        path = output.folder if literal is None else literal.rpartition("/")[0]
        while path:
            yield path
            path = path.rpartition("/")[0]
        yield ""
