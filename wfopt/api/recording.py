"""What history remembers of a run: put together from its events, its report and what is around it."""

from __future__ import annotations

import os
import sys
from typing import Any

from wfopt.api.caching import workflow_name
from wfopt.api.content import content_of
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.cache.policy import Mode
from wfopt.dataclass import dataclass
from wfopt.engine.logs import LogSink
from wfopt.engine.masking import Masker
from wfopt.engine.report import RunReport
from wfopt.graph.order import Dag
from wfopt.metrics.collect import Collector
from wfopt.model.history import Ending, Host, PastAttempt, PastRun, Revision, RunStory, Shape
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId
from wfopt.resources.machine import total_memory, usable_cpus
from wfopt.version import __version__

PRINTED_BYTES = 8192
"""So much of the end of what a failed step printed is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storyteller:
    """Puts together what is remembered of one run.

    Attributes:
        prepared: what is run.
        options: what was asked for.
        dag: the graph of the steps.
        collector: what is heard of them; it holds no secrets.
        masker: hides secrets.
        logs: where the steps' output is; it holds no secrets.
        run_id: the run's name.
        started_at: seconds since the epoch.
        revision: what was checked out then; steps may check out something else.
    """

    prepared: Prepared
    options: RunOptions
    dag: Dag
    collector: Collector
    masker: Masker
    logs: LogSink
    run_id: str
    started_at: float
    revision: Revision

    def finished(self, report: RunReport) -> RunStory:
        """Return the story of a run that has ended."""
        workflow, cache = self.prepared.workflow, report.cache
        attempts = self.collector.attempts((*workflow.steps, *workflow.hooks), report.critical_path)
        run = self._run(
            attempts,
            ending=Ending(report.status.value),
            exit_code=report.exit_code,
            wall_s=report.wall_s,
            critical_path_s=report.critical_path_s,
            lower_bound_s=report.lower_bound_s,
            hits=cache.hits,
            misses=cache.misses,
            saved_s=cache.saved_s,
            restored_bytes=cache.restored_bytes,
            alerts=report.alerts,
        )
        printed = {step: text for step in _failed(attempts) if (text := _tail(self.logs.path(step)))}
        return RunStory(
            run=run,
            shape=self._shape(),
            attempts=attempts,
            samples=self.collector.samples(),
            printed=printed,
        )

    def unfinished(self, wall_s: float) -> RunStory:
        """Return the story of a run that has gone on for so many seconds."""
        workflow = self.prepared.workflow
        attempts = self.collector.attempts((*workflow.steps, *workflow.hooks), ())
        run = self._run(attempts, ending=Ending.UNFINISHED, exit_code=None, wall_s=wall_s)
        samples = self.collector.samples()
        return RunStory(run=run, shape=self._shape(), attempts=attempts, samples=samples)

    def _run(self, attempts: tuple[PastAttempt, ...], **ended: Any) -> PastRun:
        options, capacity = self.options, self.prepared.capacity
        return PastRun(
            run_id=self.run_id,
            workflow=workflow_name(options).replace(os.sep, "/"),
            content=content_of(self.prepared, options, self.masker),
            revision=self.revision,
            host=host_of(options),
            cpus=capacity.cpu_milli / 1000,
            memory_bytes=capacity.memory_bytes,
            slots=capacity.slots,
            strategy=options.strategy.name,
            options=_options(options, self.masker),
            versions={"wfopt": __version__, "python": ".".join(map(str, sys.version_info[:3]))},
            started_at=self.started_at,
            **_used(attempts, capacity.cpu_milli / 1000),
            **ended,
        )

    def _shape(self) -> Shape:
        edges = ((before, after) for after, needed in enumerate(self.dag.before) for before in needed)
        return Shape(tuple(step.id for step in self.prepared.workflow.steps), tuple(edges))


def host_of(options: RunOptions) -> Host:
    """Return this machine, under the name that it was given: those of a CI service come and go."""
    return Host(name=host_name(options), cpus=usable_cpus(), memory_bytes=total_memory())


def host_name(options: RunOptions) -> str:
    """Return what history calls this machine."""
    return options.host or os.uname().nodename


def _used(attempts: tuple[PastAttempt, ...], cpus: float) -> dict[str, Any]:
    """Return what the steps used of what they asked for, as fields of a run."""
    ran = [(each, each.wall_s) for each in attempts if each.wall_s is not None]
    held = [(wall, each.memory_bytes, each.peak_memory_bytes or 0) for each, wall in ran if each.memory_bytes]
    return {
        "cpu_s": sum(each.cpu_s or 0.0 for each, _ in ran),
        "peak_memory_bytes": max((each.peak_memory_bytes or 0 for each, _ in ran), default=None),
        "reserved_cpu_s": sum(wall * min(each.cpu_milli / 1000, cpus) for each, wall in ran),
        "reserved_memory_byte_s": sum(wall * asked for wall, asked, _ in held),
        "used_memory_byte_s": sum(wall * peak for wall, _, peak in held),
    }


def _options(options: RunOptions, masker: Masker) -> dict[str, str]:
    """Return what was asked for beyond the usual; steps and params without secrets."""
    found = {
        "steps": " ".join(options.steps),
        "params": " ".join(f"{name}={value}" for name, value in sorted(options.params.items())),
        "keep-going": "true" if options.keep_going else "",
        "cache": "" if options.cache.mode is Mode.RW else options.cache.mode.value,
        "force": "true" if options.cache.force else " ".join(options.cache.forced),
        "optimize": options.optimized,
        "trace": "true" if options.trace else "",
    }
    return {name: masker.text(text) for name, text in found.items() if text}


def _failed(attempts: tuple[PastAttempt, ...]) -> set[StepId]:
    return {each.step for each in attempts if each.status is StepStatus.FAILED and each.attempt}


def _tail(path: str | None) -> str:
    if path is None:
        return ""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - PRINTED_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
