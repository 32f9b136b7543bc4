"""Reads a workflow file and all that it includes, each as a scope of its own.

Only local files inside the workspace are included. Each `include` reads its file anew under its own prefix
and with its own params, so a file may come up twice, but never inside itself.
"""

from __future__ import annotations

import os

from wfopt.codes import BAD_INCLUDE, MATRIX_TOO_LARGE
from wfopt.dataclass import dataclass
from wfopt.errors import LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.context import Binder
from wfopt.formats.native.environment import Folder, Variables
from wfopt.formats.native.expansion import MAX_STEPS
from wfopt.formats.native.files import read_record
from wfopt.formats.native.params import Given
from wfopt.formats.native.records import Record
from wfopt.formats.native.scope import Scope, Setting, read_scope
from wfopt.formats.outside import Outside
from wfopt.formats.positions import MappingNode, Node, SequenceNode
from wfopt.formats.problems import Problems
from wfopt.model.patterns import STATE_FOLDER
from wfopt.source import SourceFile

MAX_DEPTH = 16
"""So many files may include each other in a row."""

MAX_FILES = 1000
"""So many files may be included, each counted as often as it is."""

_Chain = tuple[tuple[str, str], ...]
"""The real paths and the names of a file and of those that include it, outermost first."""


@dataclass(frozen=True, slots=True)
class FileTree:
    """All files of a workflow.

    Attributes:
        scopes: the file that is run, then those that it includes, each followed by those that it includes.
        absent: the prefixes of files that are missing, which is allowed.
        complete: whether all files and all of their steps could be read.
    """

    scopes: tuple[Scope, ...]
    absent: frozenset[str]
    complete: bool


def read_tree(source: SourceFile, options: LoadOptions, problems: Problems) -> FileTree:
    """Return the scopes of a file and of all that it includes; what is wrong goes to `problems`.

    Raises:
        LoadError: the file itself is no workflow.
    """
    record = read_record(source, problems)
    if record is None:
        problems.stop_on_errors()
        raise AssertionError  # a record is None only after an error
    look = options.outside
    workspace = look.real(options.workspace)
    path = options.path or os.path.join(options.workspace, os.path.basename(source.name))
    home = os.path.relpath(os.path.dirname(look.real(path)), workspace)
    given = Given(
        texts=options.params, environ=options.environ, twins=options.param_twins, lenient=options.lenient
    )
    setting = Setting(given=given, home="" if home == "." else home, known=Variables(options.environ, {}))
    includer = _Includer(workspace, look, problems)
    includer.add(source, record, setting, ((look.real(path), source.name),))
    return FileTree(tuple(includer.scopes), frozenset(includer.absent), includer.complete)


class _Includer:
    """Follows `include`; attributes as in `FileTree`."""

    def __init__(self, workspace: str, outside: Outside, problems: Problems) -> None:
        self.scopes: list[Scope] = []
        self.absent: set[str] = set()
        self.complete = True
        self._workspace = workspace
        self._outside = outside
        self._problems = problems
        self._read: dict[str, tuple[SourceFile, Record] | None] = {}
        self._steps = 0
        self._too_many = False

    def add(self, source: SourceFile, record: Record, setting: Setting, chain: _Chain) -> None:
        """Add a file and all that it includes."""
        folder = Folder(self._workspace, setting.folder, self._outside)
        scope = read_scope(source, record, setting, folder, self._problems)
        self.scopes.append(scope)
        self._steps += len(scope.definitions)
        if scope.prefix and "targets" in record.nodes:
            message = "`targets` of an included file is not used"
            hint = "name what is wanted in the file that is run"
            self._problems.warn(BAD_INCLUDE, message, record.nodes["targets"], hints=(hint,))
        entries = record.get("include", ())
        node = record.nodes.get("include")
        wanted = len(node.items) if isinstance(node, SequenceNode) else 0
        found = sum(self._include(entry, scope, chain) for entry in entries)
        if found != wanted or not scope.complete:
            self.complete = False

    def _include(self, entry: Record, scope: Scope, chain: _Chain) -> bool:
        """Add the file of an entry; return whether it is known what it stands for."""
        if "path" not in entry.values or "as" not in entry.values:
            return False
        at, name = entry.nodes["path"], entry.values["as"]
        inner = self._locate(entry.values["path"], at, scope)
        if inner is None:
            return False
        full = os.path.join(self._workspace, inner)
        if not self._outside.exists(full):
            if entry.get("optional"):
                self.absent.add(f"{scope.prefix}{name}/")
                return True
            message, hint = f"there is no file `{inner}`", "write `optional: true` if it may be missing"
            self._problems.error(BAD_INCLUDE, message, at, hints=(hint,))
            return False
        shown = os.path.normpath(os.path.join(os.path.dirname(scope.source.name), entry.values["path"]))
        chain = (*chain, (self._outside.real(full), shown))
        read = None if self._is_refused(chain, at) else self._file(full, shown, at)
        if read is None:
            return False
        folder = os.path.dirname(inner)
        setting = Setting(
            given=self._given(entry, scope),
            prefix=f"{scope.prefix}{name}/",
            folder=folder,
            home=folder,
            env=scope.inherited,
            known=scope.inherited_known,
            hidden=scope.variables,
        )
        self.add(*read, setting, chain)
        return True

    def _locate(self, path: str, at: Node, scope: Scope) -> str | None:
        """Return where a file is, relative to the workspace, or None after reporting."""
        inner = os.path.normpath(os.path.join(scope.setting.home, path))
        real = self._outside.real(os.path.join(self._workspace, inner))
        message, hint = "", "only files in the workspace can be included"
        if "://" in path:
            message = f"`{path}` is not a local file"
        elif "${{" in path:
            message, hint = "`path` takes no expressions", "write a fixed path"
        elif os.path.isabs(path):
            message, hint = f"`{path}` is absolute", "write it relative to the folder of this file"
        elif inner.split(os.sep)[0] == ".." or not f"{real}/".startswith(f"{self._workspace.rstrip('/')}/"):
            message = f"`{path}` leads out of the workspace"
        elif inner.split(os.sep)[0] == STATE_FOLDER:
            message = f"`{path}` is inside `{STATE_FOLDER}/`"
        if message:
            self._problems.error(BAD_INCLUDE, message, at, hints=(hint,))
            return None
        return inner

    def _is_refused(self, chain: _Chain, at: Node) -> bool:
        """Return whether a file cannot be included where it stands, after reporting."""
        names = [name for _, name in chain]
        real = chain[-1][0]
        code, message = BAD_INCLUDE, ""
        if any(real == each for each, _ in chain[:-1]):
            message = f"files include each other: {' -> '.join(names)}"
        elif len(chain) - 1 > MAX_DEPTH:
            message = f"files are included more than {MAX_DEPTH} levels deep"
        elif len(self.scopes) > MAX_FILES and not self._too_many:
            message = f"more than {MAX_FILES:,} files are included"
            self._too_many = True
        elif self._steps > MAX_STEPS and not self._too_many:
            code, message = MATRIX_TOO_LARGE, f"the workflow has more than {MAX_STEPS:,} steps"
            self._too_many = True
        if message:
            self._problems.error(code, message, at)
        return bool(message) or self._too_many

    def _file(self, full: str, shown: str, at: Node) -> tuple[SourceFile, Record] | None:
        """Return a file and its keys, or None after reporting; each file is read once."""
        real = self._outside.real(full)
        if real not in self._read:
            self._read[real] = None
            try:
                source = self._outside.read(full, shown)
                record = read_record(source, self._problems)
                self._read[real] = (source, record) if record else None
            except LoadError as error:
                for each in error.diagnostics:
                    if each.primary is None:
                        self._problems.error(BAD_INCLUDE, each.message, at, hints=each.hints)
                    else:
                        self._problems.add((each,))
        return self._read[real]

    def _given(self, entry: Record, scope: Scope) -> Given:
        """Return what an entry gives to the params of its file."""
        binder = Binder(scope.contexts, self._problems)
        node = entry.nodes.get("params")
        texts: dict[str, str] = {}
        nodes: dict[str, Node] = {}
        for name, (key, template) in entry.get("params", {}).items():
            nodes[name] = (node.get(name) if isinstance(node, MappingNode) else None) or key
            text = binder.text(template, nodes[name], f"param `{name}`")
            if text is not None:
                texts[name] = text
        return Given(
            texts=texts,
            environ=scope.setting.given.environ,
            twins=False,
            nodes=nodes,
            include=entry.nodes["path"].span,
            lenient=scope.setting.given.lenient,
        )
