"""Optimizes a workflow for a run of it, in memory; what came of it is kept for later runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from wfopt.api.caching import workflow_name
from wfopt.api.content import content_of
from wfopt.api.importing import EVERYTHING
from wfopt.api.knowledge import knowledge_of
from wfopt.api.optimize import OptimizeOptions, facts_for, report_of, seen_for
from wfopt.api.optimize_kept import Kept, find, keep
from wfopt.api.optimize_writing import content_hash
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.recorder import HISTORY
from wfopt.api.recording import host_name
from wfopt.api.secrets import masker_of
from wfopt.api.trust import trust_of
from wfopt.dataclass import dataclass, replace
from wfopt.errors import UserError
from wfopt.formats.imported import Imported
from wfopt.metrics.effect_encoding import pack_effects
from wfopt.metrics.store import open_history, read_history
from wfopt.model.effects import Sighting
from wfopt.model.estimates import Knowledge
from wfopt.model.history import Rewrite
from wfopt.model.selectors import directory_of
from wfopt.model.workflow import StepId, Workflow
from wfopt.optimizer.base import Level
from wfopt.optimizer.pipeline import optimize
from wfopt.optimizer.registry import PASSES
from wfopt.optimizer.report import OptimizeReport
from wfopt.source import SourceFile

NOT_IN_RUNS = frozenset({"right-size-resources", "set-timeouts", "enable-cache"})
"""Passes that change how much a step may take, or whether it runs: nobody sees it before the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRewrite:
    """What was done to a workflow before its run.

    Attributes:
        prepared: the workflow that is run, the same object if nothing changed.
        kept: what is told and noted of it.
        is_fresh: whether it was worked out now.
    """

    prepared: Prepared
    kept: Kept
    is_fresh: bool


def optimize_prepared(
    prepared: Prepared, options: RunOptions, level: Level, timer: Callable[[], float]
) -> RunRewrite:
    """Return what becomes of a workflow that is about to run; nothing is written.

    Only passes that change which steps run and in which order have a part in it.

    Args:
        prepared: the workflow.
        options: those of the run.
        level: what rewrites may rest on.
        timer: tells seconds.

    Raises:
        UserError: something about it cannot be optimized.
        FaultError: a pass broke what it must keep.
    """
    workflow = prepared.workflow
    knowledge = knowledge_of(
        options.state_folder,
        workflow_name(options).replace(os.sep, "/"),
        host_name(options),
        prepared.capacity,
    )
    request = _request(prepared, options, level)
    trust = trust_of(options.state_folder, workflow_name(options).replace(os.sep, "/"), host_name(options))
    wanted = _wanted(workflow, options.steps)
    seen = seen_for(request, workflow_name(options).replace(os.sep, "/"), workflow)
    key = _key(prepared, request, wanted, (*_evidence(knowledge), *_sightings(seen)), trust)
    found = find(options.state_folder, key, workflow)
    if found is not None:
        kept, after = found
        return RunRewrite(prepared=_with(prepared, after, kept), kept=kept, is_fresh=False)
    durations = {step.id: step.expected_s for step in workflow.steps if step.expected_s is not None}
    imported = Imported(format="native", workflow=workflow, durations=durations)
    facts = replace(facts_for(imported, knowledge, request, seen), wanted=wanted)
    passes = [each for each in PASSES if level.allows(each.level) and each.name not in NOT_IN_RUNS]
    optimized = optimize(workflow, passes, facts, timer)
    source = workflow.source or SourceFile(options.file, "")
    report = replace(report_of(request, imported, source, optimized, facts), trust=trust)
    kept = _kept(report, options)
    keep(options.state_folder, key, kept, optimized.after, masker_of(workflow, options.environ))
    return RunRewrite(prepared=_with(prepared, optimized.after, kept), kept=kept, is_fresh=True)


def note_run_rewrite(rewrite: RunRewrite, original: Prepared, options: RunOptions, at: float) -> None:
    """Note in the history that a workflow is run optimized, once; trouble with it is no error.

    Args:
        rewrite: what was done to it.
        original: the workflow as it was.
        options: those of the run, which is over.
        at: when, in seconds since the epoch.
    """
    kept = rewrite.kept
    if options.keep is None or options.steps or not kept.is_changed:
        return
    database = os.path.join(options.state_folder, HISTORY)
    workflow = workflow_name(options).replace(os.sep, "/")
    before = content_of(original, options, masker_of(original.workflow, options.environ))
    with suppress(UserError), read_history(database) as history:
        for known in history.rewrites(workflow):
            told = known.predicted_saving_s is not None or kept.predicted_s is None
            if (known.before, known.after) == (before, kept.content) and told:
                return
    with open_history(
        database, wall=lambda: at, monotonic=lambda: 0.0, warn=lambda _: None, keep=EVERYTHING
    ) as writer:
        writer.add_rewrite(
            Rewrite(
                at=at,
                workflow=workflow,
                before=before,
                after=kept.content,
                passes=kept.passes,
                predicted_saving_s=kept.predicted_s,
            )
        )


def _request(prepared: Prepared, options: RunOptions, level: Level) -> OptimizeOptions:
    return OptimizeOptions(
        file=options.file,
        workspace=options.workspace,
        state_folder=options.state_folder,
        environ=options.environ,
        host=host_name(options),
        capacity=prepared.capacity,
        strategy=options.strategy,
        level=level,
    )


def _wanted(workflow: Workflow, names: Sequence[str]) -> tuple[StepId, ...] | None:
    """Return the steps that names stand for, and the targets; None if there are no names."""
    if not names:
        return None
    directory = directory_of(workflow.steps)
    found = (workflow.steps[place].id for name in names for place in directory.select(name))
    return tuple(dict.fromkeys((*found, *workflow.targets)))


def _with(prepared: Prepared, after: Workflow, kept: Kept) -> Prepared:
    if not kept.is_changed:
        return prepared
    ids = {step.id for step in after.steps}
    stand_ins = {StepId(kept.stands_for.get(step, step)) for step in prepared.forced}
    return replace(prepared, workflow=after, forced=frozenset(stand_ins & ids), content=kept.content)


def _kept(report: OptimizeReport, options: RunOptions) -> Kept:
    optimized = report.optimized
    return Kept(
        is_changed=report.is_changed,
        steps=report.after.steps,
        timed=report.timed,
        saving=report.saving,
        share=report.share,
        predicted_s=report.promised if report.timed else None,
        passes=tuple(dict.fromkeys(each.name for each in optimized.passed)),
        changes=tuple(f"{each.what}: {each.why} ({each.evidence})" for each in optimized.changes),
        stands_for={step: now for step, now in optimized.stands_for.items() if now is not None},
        content=content_hash(optimized.after, options.environ) if report.is_changed else "",
    )


def _key(
    prepared: Prepared,
    request: OptimizeOptions,
    wanted: tuple[StepId, ...] | None,
    evidence: Sequence[Any],
    trust: Mapping[str, float],
) -> str:
    """Return what tells this case from others; "" if it cannot be told."""
    identity = prepared.loaded.identity if prepared.loaded is not None else ""
    if not identity:
        return ""
    capacity = request.capacity
    facts: list[Any] = [
        identity,
        [step.id for step in prepared.workflow.steps],
        wanted,
        request.level.value,
        request.strategy.name,
        [capacity.slots, capacity.cpu_milli, capacity.memory_bytes],
        evidence,
        sorted((name, round(share, 2)) for name, share in trust.items()),
    ]
    return sha256(json.dumps(facts).encode()).hexdigest()


def _evidence(knowledge: Knowledge) -> list[Any]:
    """Return the history as far as it makes a difference: durations that waver a little are the same."""
    return sorted(
        [step, _magnitude(known.wall.expected if known.wall else 0.0), _magnitude(known.failures)]
        for step, known in knowledge.steps.items()
    )


def _sightings(seen: Mapping[StepId, Sighting] | None) -> list[Any]:
    """Return what traces tell, as a few hashes."""
    return sorted(
        [step, each.runs, each.why_not, sha256(pack_effects(each.effects)).hexdigest()]
        for step, each in (seen or {}).items()
    )


def _magnitude(amount: float) -> int:
    """Return a number that is the same for amounts that differ by a third or so."""
    number = 0
    while amount > 1e-3 and number < 200:
        amount, number = amount / 1.5, number + 1
    return number
