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

from collections.abc import Sequence

from wfopt.formats.history.instances import KILOBYTE, Task, either_size, read_graph
from wfopt.formats.history.records import MOST_CORES, MOST_SECONDS, Record
from wfopt.formats.history.telling import Account, ending_of, host_of, numbered, story_of
from wfopt.graph.order import dag_of, topological
from wfopt.model.history import Host, PastAttempt, RunStory, Shape
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

ORIGIN = "wfformat"
_MOST_PERCENT = 100_000_000.0


def read_wfformat(document: Record) -> tuple[RunStory, ...]:
    """Return the one run that a WfFormat document tells of; problems are noted in the document's."""
    problems = document.problems
    graph = read_graph(document)
    execution, tasks = graph.execution, graph.tasks
    if execution is None:
        message = "the file says what should run, not what ran: `workflow.execution` is missing"
        raise problems.refusal(message)
    started_at = execution.moment("executedAt")
    makespan = execution.number("makespanInSeconds", "makespan", most=MOST_SECONDS)
    scales = _scales(document)
    shape = Shape(tuple(numbered(task.category for task in tasks)), graph.edges)
    attempts = _attempts(tasks, shape, scales)
    host = _host(execution, tasks, scales)
    name = document.text("name")
    problems.raise_any()
    account = Account(
        origin=ORIGIN,
        identity=[name, started_at, makespan, [[each.step, each.wall_s] for each in attempts]],
        workflow=graph.name or ORIGIN,
        shape=shape,
        attempts=attempts,
        started_at=started_at or 0.0,
        wall_s=makespan,
        ending=ending_of(attempts),
        host=host,
    )
    return (story_of(account),)


def _scales(document: Record) -> tuple[int, int]:
    """Return how many bytes the old units for memory and for what was read and written have."""
    system = document.record("runtimeSystem", "wms")
    by_pegasus = system is not None and "pegasus" in system.text("name").lower()
    return KILOBYTE, 1 if by_pegasus else KILOBYTE


def _attempts(tasks: Sequence[Task], shape: Shape, scales: tuple[int, int]) -> tuple[PastAttempt, ...]:
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


def _attempt(task: Task, step: StepId, scales: tuple[int, int]) -> PastAttempt:
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
        peak_memory_bytes=either_size(run, "memoryInBytes", "memory", memory_scale),
        read_bytes=either_size(run, "readBytes", "bytesRead", byte_scale) or 0,
        written_bytes=either_size(run, "writtenBytes", "bytesWritten", byte_scale) or 0,
        input_bytes=task.input_bytes,
        cpu_milli=max(1, round((cores or 1.0) * 1000)),
    )


def _started(attempt: PastAttempt, start: float) -> PastAttempt:
    return attempt._replace(started_s=start)


def _host(execution: Record, tasks: Sequence[Task], scales: tuple[int, int]) -> Host:
    """Return one host for all machines that were used: their cpus and memory together."""
    machines = execution.records("machines")
    names = [each.text("nodeName") for each in machines]
    used = {name for task in tasks if task.run for name in _machines_of(task.run)}
    cores = []
    memory = []
    for machine in machines:
        cpu = machine.record("cpu")
        cores.append(cpu.number("coreCount", "count", most=MOST_CORES) if cpu else None)
        memory.append(either_size(machine, "memoryInBytes", "memory", scales[0]))
    known = [size for size in memory if size is not None]
    return host_of(
        names or used,
        cpus=round(sum(count or 0.0 for count in cores)),
        memory_bytes=sum(known) if known and len(known) == len(memory) else None,
    )


def _machines_of(run: Record) -> list[str]:
    return run.texts("machines") if "machines" in run.fields else [run.text("machine")]
