"""Steps for the tasks of a document: their commands, files and sizes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wfopt.formats.history.instances import Graph, Task, either_size
from wfopt.formats.history.records import MOST_CORES, MOST_SECONDS, Record
from wfopt.model.expressions import Template
from wfopt.model.globs import WILDCARD
from wfopt.model.patterns import PathPattern, PatternError, check_output, parse_pattern
from wfopt.model.workflow import Argv, Edge, EdgeKind, Opaque, Request, Step, StepId

WITHOUT_COMMAND = "only its trace is known"

# No argument of a program can hold NUL or half of a surrogate pair.
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")


class StepMaker:
    """Makes a step of each task.

    Attributes:
        odd_files: how many names of files are no paths inside a workspace, and so are left out.
        first_odd: the first of those.
    """

    def __init__(self) -> None:
        self.odd_files = 0
        self.first_odd = ""
        self._known: dict[str, PathPattern | None] = {}

    def step(self, task: Task, step: StepId, needs: tuple[StepId, ...]) -> Step:
        """Return the step of a task."""
        run = task.run
        cores = None if run is None else run.number("coreCount", "cores", most=MOST_CORES)
        return Step(
            id=step,
            definition=step,
            run=_command(task),
            needs=needs,
            inputs=self._paths(task.inputs if task.tells_files else None),
            outputs=self._paths(task.outputs if task.tells_files else None),
            request=Request(
                cpu_milli=max(1, round((cores or 1.0) * 1000)),
                memory_bytes=None if run is None else either_size(run, "memoryInBytes", "memory") or None,
            ),
        )

    def _paths(self, names: Sequence[str] | None) -> tuple[PathPattern, ...] | None:
        """Return paths for the names of files; None if some are not told, or are no paths."""
        if names is None:
            return None
        for name in names:
            if name not in self._known:
                self._known[name] = self._path(name)
        found = [self._known[name] for name in dict.fromkeys(names)]
        return None if None in found else tuple(path for path in found if path is not None)

    def _path(self, name: str) -> PathPattern | None:
        """Return the path that a name stands for, or None if it is none inside a workspace."""
        # A name is no pattern: wildcards in it, or a `!` before it, mean themselves.
        escaped = WILDCARD.sub(r"[\g<0>]", name)
        literal = escaped if name.startswith("/") else f"./{escaped}"
        try:
            path = parse_pattern(literal)
            check_output(path)
        except PatternError:
            self.odd_files += 1
            self.first_odd = self.first_odd or name
            return None
        return path


def edges_of(graph: Graph, steps: Sequence[Step]) -> tuple[Edge, ...]:
    """Return the edges: data where a file goes from one task to the other."""
    made = [frozenset(task.outputs) for task in graph.tasks]
    found = []
    for before, after in sorted(graph.edges, key=lambda edge: edge[::-1]):
        is_data = any(file in made[before] for file in graph.tasks[after].inputs)
        kind = EdgeKind.DATA if is_data else EdgeKind.ORDER
        found.append(Edge(steps[before].id, steps[after].id, kind))
    return tuple(found)


def seconds_of(task: Task) -> float | None:
    """Return how many seconds a task took, or None if the document does not say."""
    if task.run is None or not task.run.has("runtimeInSeconds", "runtime"):
        return None
    return task.run.number("runtimeInSeconds", "runtime", most=MOST_SECONDS)


def _command(task: Task) -> Argv | Opaque:
    """Return what a task runs; up to version 1.4 it says so itself, later its execution does."""
    for record in [task.run] if task.run is task.plan else [task.run, task.plan]:
        command = None if record is None else record.record("command")
        if command is not None:
            words = _words(command)
            if words is not None:
                return Argv(tuple(Template.plain(word) for word in words))
    return Opaque(what=task.category, why=WITHOUT_COMMAND)


def _words(command: Record) -> list[str] | None:
    """Return a program and its arguments as they are, or None if they cannot be run."""
    program = command.fields.get("program")
    arguments = command.fields.get("arguments") or []
    # Some workflow systems write a whole script where the program should stand.
    if not isinstance(program, str) or not isinstance(arguments, list) or len(program.split()) != 1:
        return None
    words = [program, *(each for each in arguments if isinstance(each, str))]
    is_whole = len(words) == len(arguments) + 1
    return words if is_whole and not any(map(_UNUSABLE.search, words)) else None
