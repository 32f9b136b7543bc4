"""Reads a Taskfile and the local files that it includes into one book of tasks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NoReturn

from wfopt.codes import BAD_INCLUDE, NOT_FETCHED, UNSUPPORTED_VERSION, WRONG_TYPE
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, Label, LoadError, Severity
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.plain import text_in
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode, parse_yaml
from wfopt.formats.remarks import Remarks
from wfopt.formats.taskfile.evaluating import Known, Scope, fill
from wfopt.formats.taskfile.records import Book, Task, Unit, is_null, is_true, items_of, pairs_of
from wfopt.formats.taskfile.templates import TemplateError
from wfopt.formats.taskfile.variables import settle
from wfopt.formats.taskfile.vocabulary import FILE_KEYS, TASK_KEYS, note_unknown_keys
from wfopt.source import SourceFile

MAX_DEPTH = 16
"""So many files may include each other in a row."""

MAX_FILES = 500
"""So many files may be included, each counted as often as it is."""

_NAMES = (
    *("Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml"),
    *("Taskfile.dist.yml", "taskfile.dist.yml", "Taskfile.dist.yaml", "taskfile.dist.yaml"),
)


def read_book(source: SourceFile, options: LoadOptions, remarks: Remarks) -> Book:
    """Return what a Taskfile and all that it includes declare.

    Raises:
        LoadError: the file is no Taskfile.
    """
    look = options.outside
    path = look.real(options.path or os.path.join(options.workspace, os.path.basename(source.name)))
    reader = _Reader(options, remarks)
    root = _root_of(source, remarks)
    reader.add(Unit(source=source, root=root, path=path, base=os.path.dirname(path)), (path,))
    aliases = {name: full for name, full in reader.aliases.items() if name not in reader.tasks}
    return Book(
        units=tuple(reader.units), tasks=reader.tasks, aliases=aliases, absent=frozenset(reader.absent)
    )


def _root_of(source: SourceFile, remarks: Remarks) -> MappingNode:
    """Return what a file says.

    Raises:
        LoadError: it is no Taskfile.
    """
    root, found = parse_yaml(source, duplicate_keys=Severity.WARNING)
    remarks.add(found)
    if not isinstance(root, MappingNode):
        _refuse("this is not a Taskfile: it is no mapping with `tasks`", root)
    tasks = root.get("tasks")
    if tasks is not None and not isinstance(tasks, MappingNode) and not is_null(tasks):
        _refuse("`tasks` must be a mapping of names to tasks", tasks)
    if all(root.get(key) is None for key in ("tasks", "includes", "version")):
        _refuse("this is not a Taskfile: it has neither `tasks` nor `includes` nor a `version`", root)
    note_unknown_keys(root, FILE_KEYS, "a Taskfile", remarks)
    version = text_in(root.get("version"))
    if not version.startswith("3"):
        said = f"version `{version}` is" if version else "a file without `version` is"
        remarks.warn(UNSUPPORTED_VERSION, f"{said} read as version 3", (root.get("version") or root).span)
    return root


def _refuse(message: str, node: Node) -> NoReturn:
    raise LoadError((Diagnostic(code=WRONG_TYPE, message=message, primary=Label(node.span)),))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of `includes`: its name, where it stands, its keys if it has any, and its path."""

    key: ScalarNode
    node: Node
    path: str

    @property
    def options(self) -> MappingNode | None:
        """The keys, if it is not only a path."""
        return self.node if isinstance(self.node, MappingNode) else None

    def get(self, key: str) -> Node | None:
        """Return the value of a key, or None."""
        return self.options.get(key) if self.options else None


class _Reader:
    """Follows `includes`; attributes as in `Book`."""

    def __init__(self, options: LoadOptions, remarks: Remarks) -> None:
        self.units: list[Unit] = []
        self.tasks: dict[str, Task] = {}
        self.aliases: dict[str, str] = {}
        self.absent: set[str] = set()
        self._options = options
        self._remarks = remarks
        self._workspace = options.outside.real(options.workspace)

    def add(self, unit: Unit, chain: tuple[str, ...]) -> None:
        """Add the tasks of a file and of all that it includes."""
        self.units.append(unit)
        for key, node in pairs_of(unit.root.get("tasks")):
            if key.text not in unit.excludes:
                self._add_task(key, node, unit)
        for key, node in pairs_of(unit.root.get("includes")):
            path = text_in(node.get("taskfile") if isinstance(node, MappingNode) else node)
            self._include(_Entry(key, node, path), unit, chain)

    def _add_task(self, key: ScalarNode, node: Node, unit: Unit) -> None:
        name = f"{unit.prefix}{key.text}"
        if isinstance(node, MappingNode):
            note_unknown_keys(node, TASK_KEYS, "a task", self._remarks)
            cmds = (*items_of(node.get("cmds")), *_single(node.get("cmd")))
            task = Task(name=name, unit=unit, key=key, node=node, cmds=cmds, deps=items_of(node.get("deps")))
        else:
            task = Task(name=name, unit=unit, key=key, node=None, cmds=items_of(node), deps=())
        if name in self.tasks:
            self._remarks.warn(BAD_INCLUDE, f"two files declare the task `{name}`", key.span)
            return
        self.tasks[name] = task
        for alias in items_of(task.get("aliases")):
            self.aliases.setdefault(f"{unit.prefix}{text_in(alias)}", name)

    def _include(self, entry: _Entry, unit: Unit, chain: tuple[str, ...]) -> None:
        flat = is_true(entry.get("flatten"))
        namespaces = unit.namespaces if flat else (*unit.namespaces, entry.key.text)
        path = self._locate(entry, unit)
        read = self._read(entry, path, unit, chain) if path else None
        if path is None or read is None:
            self.absent.add("".join(f"{name}:" for name in namespaces))
            return
        source, root = read
        base = unit.base
        if entry.options:
            base = os.path.join(os.path.dirname(unit.path), self._text(entry.get("dir"), unit) or ".")
        given = entry.get("vars")
        inner = Unit(
            source=source,
            root=root,
            path=path,
            base=os.path.normpath(base),
            namespaces=namespaces,
            given=(*((given,) if isinstance(given, MappingNode) else ()), *unit.given),
            own_variables=unit.own_variables or entry.options is not None,
            internal=unit.internal or is_true(entry.get("internal")),
            excludes=frozenset(text_in(each) for each in items_of(entry.get("excludes"))),
        )
        before = len(self.tasks)
        self.add(inner, (*chain, path))
        if not flat:
            self._add_aliases(entry, unit, list(self.tasks)[before:])

    def _add_aliases(self, entry: _Entry, unit: Unit, added: list[str]) -> None:
        """Give the tasks of a file the names that its other namespaces, and its default, make."""
        prefix = f"{unit.prefix}{entry.key.text}"
        others = [f"{unit.prefix}{text_in(each)}" for each in items_of(entry.get("aliases"))]
        for name in added:
            for other in others:
                self.aliases.setdefault(f"{other}{name.removeprefix(prefix)}", name)
        for name in (prefix, *others):
            if f"{prefix}:default" in self.tasks:
                self.aliases.setdefault(name, f"{prefix}:default")

    def _text(self, node: Node | None, unit: Unit) -> str:
        """Return a text of an include with what is known at the top of the file filled in."""
        known: Mapping[str, Known] = {"ROOT_DIR": os.path.dirname(self.units[0].path)}
        scope = Scope(dict(known), self._options.environ)
        for name in ("env", "vars"):
            scope = settle(unit.root.get(name), scope)
        try:
            return fill(text_in(node), scope)
        except TemplateError:
            return text_in(node)

    def _locate(self, entry: _Entry, unit: Unit) -> str | None:
        """Return the path of a file that is there to be read, or None after a word."""
        node = entry.get("taskfile") or entry.node
        path = self._text(node, unit)
        if "://" in path or path.startswith("git@"):
            self._remarks.note(NOT_FETCHED, f"`{path}` is not fetched: its tasks are missing", node.span)
            return None
        found = self._existing(os.path.join(os.path.dirname(unit.path), path)) if path else None
        if found is None:
            if not is_true(entry.get("optional")):
                message = f"there is no file `{path}` here: its tasks are missing"
                self._remarks.warn(NOT_FETCHED, message, node.span)
            return None
        if not f"{found}/".startswith(f"{self._workspace.rstrip('/')}/"):
            message = f"`{path}` lies outside the workspace: its tasks are missing"
            self._remarks.warn(NOT_FETCHED, message, node.span)
            return None
        return found

    def _existing(self, path: str) -> str | None:
        look = self._options.outside
        names = ("",) if path.endswith((".yml", ".yaml")) else (*_NAMES, "")
        for name in names:
            full = os.path.join(path, name) if name else path
            if look.exists(full):
                return look.real(full)
        return None

    def _read(
        self, entry: _Entry, path: str, unit: Unit, chain: tuple[str, ...]
    ) -> tuple[SourceFile, MappingNode] | None:
        """Return what a file says, or None after a word."""
        message = ""
        if path in chain:
            message = "files include each other"
        elif len(chain) > MAX_DEPTH:
            message = f"files are included more than {MAX_DEPTH} levels deep"
        elif len(self.units) > MAX_FILES:
            message = f"more than {MAX_FILES} files are included"
        if message:
            self._remarks.warn(BAD_INCLUDE, f"{message}: `{entry.key.text}` is left out", entry.key.span)
            return None
        name = os.path.relpath(path, os.path.dirname(unit.path))
        shown = os.path.normpath(os.path.join(os.path.dirname(unit.source.name), name))
        try:
            source = self._options.outside.read(path, shown)
            return source, _root_of(source, self._remarks)
        except LoadError as error:
            words = error.diagnostics[0].message
            message = f"`{entry.key.text}` cannot be included: {words}"
            self._remarks.warn(BAD_INCLUDE, message, entry.key.span)
            return None


def _single(node: Node | None) -> tuple[Node, ...]:
    return () if node is None or isinstance(node, SequenceNode) or is_null(node) else (node,)
