"""Tasks and edges of a document in WfFormat, versions 1.3 to 1.6: what it plans, and what it tells of a run.

Up to version 1.4 a task says everything in one place, and others know it by its name. Since 1.5 the plan
(`workflow.specification`) and what happened (`workflow.execution`) stand apart, and tasks have ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from wfopt.codes import UNSUPPORTED_VERSION
from wfopt.dataclass import dataclass
from wfopt.formats.history.records import Problems, Record, shown
from wfopt.graph.order import dag_of, find_cycle

VERSIONS = ("1.3", "1.4", "1.5", "1.6")

KILOBYTE = 1000
"""Bytes in the unit of sizes before version 1.4."""

_NUMBER_OF_TASK = re.compile(r"[_.-]?ID\d+$", re.ASCII)
_TIME_OF_RUN = re.compile(r"-\d{8}T\d{6}Z?(?:[+-]\d{4})?(?:-\d+)?$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task, as both generations of the format tell it.

    Attributes:
        key: what others call it.
        category: what it does.
        run: what was measured, or None if it did not run.
        plan: what others are named in.
        input_bytes: the size of the files that it reads, or None if it reads none.
        inputs: the names of the files that it reads.
        outputs: the names of the files that it writes.
        tells_files: whether the document says what it reads and writes.
    """

    key: str
    category: str
    run: Record | None
    plan: Record
    input_bytes: int | None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    tells_files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A workflow, as a document tells it.

    Attributes:
        name: what it is called, without the time of the run.
        execution: what happened, or None if that is not told.
        tasks: in the order of the file.
        edges: the positions of tasks that wait for each other, (before, after).
    """

    name: str
    execution: Record | None
    tasks: tuple[Task, ...]
    edges: tuple[tuple[int, int], ...]


def read_graph(document: Record) -> Graph:
    """Return the tasks of a document; problems are noted in the document's.

    Raises:
        UserError: it is of a version that is not known, or has no tasks.
    """
    problems = document.problems
    version = document.text("schemaVersion")
    if version not in VERSIONS:
        known = ", ".join(VERSIONS)
        found = f"`{shown(version)}`" if version else "missing"
        message = f"`schemaVersion` is {found}; WfFormat {known} can be read"
        raise problems.refusal(
            message, "wfcommons-migrate-instance.py brings it up to date", code=UNSUPPORTED_VERSION
        )
    workflow = document.record("workflow") or Record({}, "workflow", problems)
    is_split = "specification" in workflow.fields or "execution" in workflow.fields
    execution = workflow.record("execution") if is_split else workflow
    tasks = _split_tasks(workflow, execution) if is_split else _whole_tasks(workflow)
    if not tasks:
        problems.raise_any()
        raise problems.refusal("the file has no tasks")
    edges = _edges(tasks, problems)
    name = _TIME_OF_RUN.sub("", document.text("name"))
    return Graph(name=name, execution=execution, tasks=tuple(tasks), edges=edges)


def _split_tasks(workflow: Record, execution: Record | None) -> list[Task]:
    """Return the tasks since version 1.5, where plan and execution stand apart."""
    plan = workflow.record("specification") or Record({}, "workflow.specification", workflow.problems)
    sizes = {each.text("id"): each.size("sizeInBytes") or 0 for each in plan.records("files")}
    ran = {} if execution is None else _keyed(execution.records("tasks"))
    tasks = []
    for key, each in _keyed(plan.records("tasks")).items():
        files = each.texts("inputFiles")
        tasks.append(
            Task(
                key=key,
                category=_category(each, key),
                run=ran.pop(key, None),
                plan=each,
                input_bytes=sum(sizes.get(file, 0) for file in files) if files else None,
                inputs=tuple(files),
                outputs=tuple(each.texts("outputFiles")),
                tells_files=each.has("inputFiles") or each.has("outputFiles"),
            )
        )
    for each in ran.values():
        each.complain("id", f"is no task of `workflow.specification`: `{shown(each.text('id'))}`")
    return tasks


def _keyed(records: Sequence[Record]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for each in records:
        key = each.text("id")
        if not each.has("id"):
            each.complain("id", "is missing")
        elif key and key in found:
            each.complain("id", f"stands twice: `{shown(key)}`")
        else:
            found[key] = each
    return found


def _whole_tasks(workflow: Record) -> list[Task]:
    """Return the tasks up to version 1.4, where each says everything and others know it by its name."""
    tasks = []
    seen: set[str] = set()
    for each in workflow.records("tasks"):
        key = each.text("name")
        if not each.has("name"):
            each.complain("name", "is missing")
        elif key and key in seen:
            each.complain("name", f"stands twice: `{shown(key)}`")
        seen.add(key)
        files = each.records("files")
        inputs = [file for file in files if file.text("link").lower() == "input"]
        outputs = [file for file in files if file.text("link").lower() == "output"]
        sizes = [file.size("sizeInBytes", "size") or 0 for file in inputs]
        tasks.append(
            Task(
                key=key,
                category=_category(each, key),
                run=each,
                plan=each,
                input_bytes=sum(sizes) if sizes else None,
                inputs=tuple(filter(None, (file.text("id", "name") for file in inputs))),
                outputs=tuple(filter(None, (file.text("id", "name") for file in outputs))),
                tells_files=each.has("files"),
            )
        )
    return tasks


def _category(task: Record, key: str) -> str:
    name = task.text("category") or task.text("name") or key
    return _NUMBER_OF_TASK.sub("", name) or name


def _edges(tasks: Sequence[Task], problems: Problems) -> tuple[tuple[int, int], ...]:
    """Return who waits for whom; parents and children say the same, and either may be left out."""
    places: dict[str, int] = {}
    for place, task in enumerate(tasks):
        places.setdefault(task.key, place)
    # Up to version 1.4 a task has an id beside its name, and some refer to that.
    for place, task in enumerate(tasks):
        places.setdefault(task.plan.text("id"), place)
    edges = dict.fromkeys(_named(tasks, places))
    cycle = find_cycle(dag_of(len(tasks), edges))
    if cycle:
        names = ", ".join(f"`{shown(tasks[place].key)}`" for place in cycle[:5])
        problems.add(f"tasks wait for each other in a circle: {names}")
    return tuple(edges)


def _named(tasks: Sequence[Task], places: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    for place, task in enumerate(tasks):
        for field in ("parents", "children"):
            for name in task.plan.texts(field):
                other = places.get(name)
                if other is None:
                    task.plan.complain(field, f"names a task that is not there: `{shown(name)}`")
                else:
                    yield (other, place) if field == "parents" else (place, other)


def either_size(record: Record, name: str, old: str, scale: int = KILOBYTE) -> int | None:
    """Return a size that is in bytes now and had another unit and name before."""
    found = record.size(name)
    return record.size(old, scale=scale) if found is None else found
