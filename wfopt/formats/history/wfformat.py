"""Executions of workflows in WfFormat, the JSON format of the WfCommons project, versions 1.3 to 1.6.

What is read, and what is made of it:

- The id of a step is the task's category: the field `category` of older versions, else its name without the
  number that makes it unique (`blastall_ID000017`). If several tasks of a run have one category, they are
  `blastall[1]`, `blastall[2]`, in the order of the file: like the cells of a matrix they are steps of their
  own, and the same ones in every run of that size.
- The format does not say when a task started. Each gets the earliest start that its parents allow; the real
  one was the same or later. The time of the run is the makespan of the file.
- `avgCPU` is a share in percent, and gives processor seconds. Sizes were kilobytes before version 1.4, but
  for the bytes that Pegasus counted.
- A workflow system may write the time into the name of a workflow; it is left out there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from wfopt.codes import UNSUPPORTED_VERSION
from wfopt.dataclass import dataclass
from wfopt.formats.history.records import MOST_CORES, MOST_SECONDS, Problems, Record, shown
from wfopt.formats.history.telling import Account, ending_of, host_of, numbered, story_of
from wfopt.graph.order import dag_of, find_cycle, topological
from wfopt.model.history import Host, PastAttempt, RunStory, Shape
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

ORIGIN = "wfformat"
VERSIONS = ("1.3", "1.4", "1.5", "1.6")

_KILOBYTE = 1000
_MOST_PERCENT = 100_000_000.0

_NUMBER_OF_TASK = re.compile(r"[_.-]?ID\d+$", re.ASCII)
_TIME_OF_RUN = re.compile(r"-\d{8}T\d{6}Z?(?:[+-]\d{4})?(?:-\d+)?$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """A task, as both generations of the format tell it.

    Attributes:
        key: what others call it.
        category: what it does.
        run: what was measured, or None if it did not run.
        plan: what others are named in.
        input_bytes: the size of the files that it reads, or None if it reads none.
    """

    key: str
    category: str
    run: Record | None
    plan: Record
    input_bytes: int | None


def read_wfformat(document: Record) -> tuple[RunStory, ...]:
    """Return the one run that a WfFormat document tells of; problems are noted in the document's."""
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
    if execution is None:
        message = "the file says what should run, not what ran: `workflow.execution` is missing"
        raise problems.refusal(message)
    tasks = _split_tasks(workflow, execution) if is_split else _whole_tasks(workflow)
    if not tasks:
        problems.raise_any()
        raise problems.refusal("the file has no tasks")
    edges = _edges(tasks, problems)
    started_at = execution.moment("executedAt")
    makespan = execution.number("makespanInSeconds", "makespan", most=MOST_SECONDS)
    scales = _scales(document)
    shape = Shape(tuple(numbered(task.category for task in tasks)), edges)
    attempts = _attempts(tasks, shape, scales)
    host = _host(execution, tasks, scales)
    name = document.text("name")
    problems.raise_any()
    account = Account(
        origin=ORIGIN,
        identity=[name, started_at, makespan, [[each.step, each.wall_s] for each in attempts]],
        workflow=_TIME_OF_RUN.sub("", name) or ORIGIN,
        shape=shape,
        attempts=attempts,
        started_at=started_at or 0.0,
        wall_s=makespan,
        ending=ending_of(attempts),
        host=host,
    )
    return (story_of(account),)


def _split_tasks(workflow: Record, execution: Record) -> list[_Task]:
    """Return the tasks since version 1.5, where plan and execution stand apart."""
    plan = workflow.record("specification") or Record({}, "workflow.specification", workflow.problems)
    sizes = {each.text("id"): each.size("sizeInBytes") or 0 for each in plan.records("files")}
    ran = _keyed(execution.records("tasks"))
    tasks = []
    for key, each in _keyed(plan.records("tasks")).items():
        files = each.texts("inputFiles")
        tasks.append(
            _Task(
                key=key,
                category=_category(each, key),
                run=ran.pop(key, None),
                plan=each,
                input_bytes=sum(sizes.get(file, 0) for file in files) if files else None,
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


def _whole_tasks(workflow: Record) -> list[_Task]:
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
        inputs = [file for file in each.records("files") if file.text("link").lower() == "input"]
        sizes = [file.size("sizeInBytes", "size") or 0 for file in inputs]
        tasks.append(
            _Task(
                key=key,
                category=_category(each, key),
                run=each,
                plan=each,
                input_bytes=sum(sizes) if sizes else None,
            )
        )
    return tasks


def _category(task: Record, key: str) -> str:
    name = task.text("category") or task.text("name") or key
    return _NUMBER_OF_TASK.sub("", name) or name


def _edges(tasks: Sequence[_Task], problems: Problems) -> tuple[tuple[int, int], ...]:
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


def _named(tasks: Sequence[_Task], places: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    for place, task in enumerate(tasks):
        for field in ("parents", "children"):
            for name in task.plan.texts(field):
                other = places.get(name)
                if other is None:
                    task.plan.complain(field, f"names a task that is not there: `{shown(name)}`")
                else:
                    yield (other, place) if field == "parents" else (place, other)


def _scales(document: Record) -> tuple[int, int]:
    """Return how many bytes the old units for memory and for what was read and written have."""
    system = document.record("runtimeSystem", "wms")
    by_pegasus = system is not None and "pegasus" in system.text("name").lower()
    return _KILOBYTE, 1 if by_pegasus else _KILOBYTE


def _attempts(tasks: Sequence[_Task], shape: Shape, scales: tuple[int, int]) -> tuple[PastAttempt, ...]:
    """Return an attempt for each task, in the order in which they ended."""
    found = [_attempt(task, step, scales) for task, step in zip(tasks, shape.steps, strict=True)]
    dag = dag_of(len(tasks), shape.edges)
    starts = [0.0] * len(tasks)
    for place in topological(dag):
        starts[place] = max(
            (starts[before] + (found[before].wall_s or 0.0) for before in dag.before[place]), default=0.0
        )
    timed = [
        each if each.wall_s is None else _started(each, start)
        for each, start in zip(found, starts, strict=True)
    ]
    return tuple(sorted(timed, key=lambda each: (each.started_s or 0.0) + (each.wall_s or 0.0)))


def _attempt(task: _Task, step: StepId, scales: tuple[int, int]) -> PastAttempt:
    if task.run is None:
        reason = "the record does not say that it ran"
        return PastAttempt(step=step, attempt=0, status=StepStatus.SKIPPED, reason=reason)
    run = task.run
    runtime = run.number("runtimeInSeconds", "runtime", most=MOST_SECONDS)
    if not run.has("runtimeInSeconds", "runtime"):
        run.complain("runtimeInSeconds", "is missing")
    cores = run.number("coreCount", "cores", most=MOST_CORES)
    share = run.number("avgCPU", most=_MOST_PERCENT)
    memory_scale, byte_scale = scales
    return PastAttempt(
        step=step,
        attempt=1,
        status=StepStatus.SUCCEEDED,
        reason="imported",
        wall_s=runtime or 0.0,
        cpu_s=None if share is None else share / 100 * (runtime or 0.0),
        peak_memory_bytes=_either(run, "memoryInBytes", "memory", memory_scale),
        read_bytes=_either(run, "readBytes", "bytesRead", byte_scale) or 0,
        written_bytes=_either(run, "writtenBytes", "bytesWritten", byte_scale) or 0,
        input_bytes=task.input_bytes,
        cpu_milli=max(1, round((cores or 1.0) * 1000)),
    )


def _started(attempt: PastAttempt, start: float) -> PastAttempt:
    return attempt._replace(started_s=start)


def _either(record: Record, name: str, old: str, scale: int) -> int | None:
    """Return a size that is in bytes now and had another unit and name before."""
    found = record.size(name)
    return record.size(old, scale=scale) if found is None else found


def _host(execution: Record, tasks: Sequence[_Task], scales: tuple[int, int]) -> Host:
    """Return one host for all machines that were used: their cpus and memory together."""
    machines = execution.records("machines")
    names = [each.text("nodeName") for each in machines]
    used = {name for task in tasks if task.run for name in _machines_of(task.run)}
    cores = []
    memory = []
    for machine in machines:
        cpu = machine.record("cpu")
        cores.append(cpu.number("coreCount", "count", most=MOST_CORES) if cpu else None)
        memory.append(_either(machine, "memoryInBytes", "memory", scales[0]))
    known = [size for size in memory if size is not None]
    return host_of(
        names or used,
        cpus=round(sum(count or 0.0 for count in cores)),
        memory_bytes=sum(known) if known and len(known) == len(memory) else None,
    )


def _machines_of(run: Record) -> list[str]:
    return run.texts("machines") if "machines" in run.fields else [run.text("machine")]
