"""The use case behind `wfopt optimize`: a workflow file in, what it could become and why out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from wfopt.analyzer.case import case_of
from wfopt.analyzer.registry import check_named
from wfopt.api.knowledge import knowledge_of
from wfopt.api.optimize_played import Makespans, weight_of
from wfopt.api.prepare import dag_of_workflow
from wfopt.api.sightings import sightings_of
from wfopt.api.trust import trust_of
from wfopt.codes import BAD_OPTION, UNKNOWN_STEP
from wfopt.dataclass import dataclass, field, replace
from wfopt.errors import Diagnostic, UserError
from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.rewriting import NotWritableError, rewritten
from wfopt.formats.outside import Outside
from wfopt.formats.registry import read_any
from wfopt.graph.timing import Timing
from wfopt.model.effects import Sighting
from wfopt.model.estimates import Knowledge
from wfopt.model.selectors import directory_of
from wfopt.model.workflow import StepId, Workflow
from wfopt.optimizer.base import Facts, Goal, Level, Pass, Refusal
from wfopt.optimizer.pipeline import Optimized, optimize
from wfopt.optimizer.registry import PASSES, pass_like
from wfopt.optimizer.report import Figures, OptimizeReport
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy
from wfopt.source import SourceFile, closest_match

_FOR_OTHER_GOALS = {
    Goal.TIME: frozenset[str](),
    Goal.CPU: frozenset({"drop-order-only-needs", "right-size-resources"}),
    Goal.MEMORY: frozenset({"drop-order-only-needs", "fail-fast-order"}),
}
"""Passes that bring nothing for a goal: they stay off unless they are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizeOptions:
    """What is to be optimized, and how.

    Attributes:
        file: the workflow file, as the user wrote it.
        format: the name of its format, or "" to detect it.
        workspace: the absolute path of the folder that the workflow works in.
        state_folder: the absolute path of the folder with the history.
        params: values given on the command line.
        environ: the process environment.
        param_twins: whether `WFOPT_PARAM_<NAME>` variables give params.
        host: the name of this machine in the history.
        capacity: the machine that is meant.
        strategy: who starts first there.
        level: what a rewrite may rest on.
        passes: the names of those that may run; empty for all that the level and the goal allow.
        skip: the names of those that may not.
        consents: the names of those that may go by assumptions.
        targets: steps whose results are wanted beside the targets of the file.
        goal: what is to become less.
        lenient: whether the workflow is only looked at: params may lack values.
    """

    file: str
    format: str = ""
    workspace: str
    state_folder: str
    params: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    param_twins: bool = True
    host: str = ""
    capacity: Capacity
    strategy: Strategy
    level: Level = Level.DECLARED
    passes: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    goal: Goal = Goal.TIME
    lenient: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was made of a file, and what is needed to try it.

    Attributes:
        report: what there is to tell.
        imported: the file as it was read.
        loading: what it was read with.
        facts: what the passes knew.
    """

    report: OptimizeReport
    imported: Imported
    loading: LoadOptions
    facts: Facts


def optimize_file(options: OptimizeOptions, timer: Callable[[], float]) -> Outcome:
    """Return what becomes of a workflow file; nothing is run or written.

    Args:
        options: what is asked for.
        timer: tells seconds.

    Raises:
        UserError: the file, a pass or a step is wrong.
        FaultError: a pass broke what it must keep.
    """
    passes = _chosen(options)
    path = os.path.abspath(options.file)
    outside = Outside(options.environ)
    source = outside.read(options.file, options.file)
    loading = LoadOptions(
        workspace=options.workspace,
        path=options.file,
        params=options.params,
        environ=outside.environ,
        param_twins=options.param_twins,
        lenient=options.lenient,
        outside=outside,
    )
    imported = read_any(source, loading, options.format)
    place = os.path.relpath(path, options.workspace).replace(os.sep, "/")
    knowledge = knowledge_of(options.state_folder, place, options.host, options.capacity)
    facts = facts_for(imported, knowledge, options, seen_for(options, place, imported.workflow))
    optimized, text = _rewritten(source, imported, passes, facts, loading, timer)
    report = report_of(options, imported, source, optimized, facts)
    trust = trust_of(options.state_folder, place, options.host)
    report = replace(report, text=text, remarks=imported.remarks, trust=trust)
    return Outcome(report=report, imported=imported, loading=loading, facts=facts)


def report_of(
    options: OptimizeOptions, imported: Imported, source: SourceFile, optimized: Optimized, facts: Facts
) -> OptimizeReport:
    """Return what there is to tell of an optimization, but for its new text, remarks and trust."""
    return OptimizeReport(
        file=options.file,
        path=os.path.abspath(options.file),
        format=imported.format,
        source=source,
        level=options.level,
        optimized=optimized,
        text=None,
        timed=facts.timed,
        basis=facts.basis,
        slots=options.capacity.slots,
        strategy=options.strategy.name,
        before=_figures(optimized.before, facts),
        after=_figures(optimized.after, facts),
    )


def seen_for(options: OptimizeOptions, place: str, workflow: Workflow) -> Mapping[StepId, Sighting] | None:
    """Return what traces tell of a workflow, or None if the level does not allow to go by them."""
    if not options.level.allows(Level.OBSERVED):
        return None
    return sightings_of(options.state_folder, place, workflow, options.environ, options.workspace)


def facts_for(
    imported: Imported,
    knowledge: Knowledge,
    options: OptimizeOptions,
    sightings: Mapping[StepId, Sighting] | None = None,
) -> Facts:
    """Return what passes may know of a workflow.

    Raises:
        UserError: a target does not exist.
    """
    workflow = imported.workflow
    case = case_of(imported.format, workflow, imported.pipeline, knowledge, imported.durations)
    check = check_named("WF401")
    undeclared: dict[StepId, str] = {}
    for finding in check.run(case) if check is not None else ():
        for step in finding.steps[:1]:
            undeclared.setdefault(step, finding.primary.text or "a file")
    weights = {step.id: case.seconds(step.id) for step in workflow.steps}
    return Facts(
        knowledge=knowledge,
        weights=weights,
        timed=case.timed,
        basis=case.basis,
        undeclared=undeclared,
        wanted=_wanted(workflow, options.targets) if options.targets else None,
        goal=options.goal,
        consents=frozenset(options.consents),
        sightings=sightings,
        makespan=Makespans(weights, options.capacity, options.strategy, knowledge if case.timed else None),
    )


def _figures(workflow: Workflow, facts: Facts) -> Figures:
    weights = [weight_of(step.id, facts.weights) for step in workflow.steps]
    timing = Timing(dag_of_workflow(workflow), weights)
    return Figures(
        steps=len(workflow.steps),
        edges=len(workflow.edges),
        critical=timing.critical,
        critical_path=tuple(workflow.steps[place].id for place in timing.path),
        work=timing.work,
        makespan=facts.makespan(workflow),
    )


def _rewritten(
    source: SourceFile,
    imported: Imported,
    passes: Sequence[Pass],
    facts: Facts,
    loading: LoadOptions,
    timer: Callable[[], float],
) -> tuple[Optimized, str | None]:
    """Return what passes make of a workflow, and its new text; those that cannot be written are left out."""
    workflow, refused = imported.workflow, list[Refusal]()
    enabled = list(passes)
    while True:
        optimized = optimize(workflow, enabled, facts, timer)
        if imported.format != "native":
            return optimized, None
        try:
            text = rewritten(source, workflow, optimized.after, loading) if optimized.changes else source.text
        except NotWritableError as error:
            culprit = _culprit(source, workflow, enabled, facts, loading, timer)
            enabled.remove(culprit)
            refused.append(
                Refusal(
                    made_by=culprit.name,
                    steps=tuple(step.id for step in workflow.steps),
                    what=f"what `{culprit.name}` would change is not written",
                    why=str(error),
                )
            )
            continue
        return replace(optimized, refusals=(*optimized.refusals, *refused)), text


def _culprit(
    source: SourceFile,
    workflow: Workflow,
    passes: Sequence[Pass],
    facts: Facts,
    loading: LoadOptions,
    timer: Callable[[], float],
) -> Pass:
    """Return a pass whose changes cannot be written alone, else the last one that changed something."""
    changed = []
    for each in passes:
        alone = optimize(workflow, (each,), facts, timer)
        if not alone.changes:
            continue
        changed.append(each)
        try:
            rewritten(source, workflow, alone.after, loading)
        except NotWritableError:
            return each
    return changed[-1] if changed else passes[-1]


def _chosen(options: OptimizeOptions) -> list[Pass]:
    """Return the passes that may run, in their order.

    Raises:
        UserError: a name is unknown, or a pass that is named may not run.
    """
    known = {each.name: each for each in PASSES}
    named = (*options.passes, *options.skip, *options.consents)
    problems = [_unknown_pass(name) for name in dict.fromkeys(named) if name not in known]
    idle = (_idle_pass(known[name], options) for name in options.passes if name in known)
    problems += [problem for problem in idle if problem is not None]
    if problems:
        raise UserError(tuple(problems))
    off = _FOR_OTHER_GOALS[options.goal]
    return [
        each
        for each in PASSES
        if options.level.allows(each.level)
        and each.name not in options.skip
        and (each.name in options.passes if options.passes else each.name not in off)
    ]


def _unknown_pass(name: str) -> Diagnostic:
    near = pass_like(name)
    listed = ", ".join(f"`{each.name}`" for each in PASSES)
    hint = f"did you mean `{near}`?" if near else f"there are: {listed}"
    return Diagnostic(code=BAD_OPTION, message=f"there is no pass `{name}`", hints=(hint,))


def _idle_pass(named: Pass, options: OptimizeOptions) -> Diagnostic | None:
    """Return why a pass that is named cannot do anything, or None if it can."""
    level = named.level.value
    if not options.level.allows(named.level):
        here = options.level.value
        message = f"the pass `{named.name}` rests on what is {level}, and the level is `{here}`"
        return Diagnostic(code=BAD_OPTION, message=message, hints=(f"add `--level {level}`",))
    if named.name in options.skip:
        message = f"`--passes` names `{named.name}`, and so does `--skip`"
        return Diagnostic(code=BAD_OPTION, message=message, hints=("leave one out",))
    return None


def _wanted(workflow: Workflow, names: Sequence[str]) -> tuple[StepId, ...]:
    """Return the steps that names stand for, and the targets of the file, which must exist in any case.

    Raises:
        UserError: one stands for none.
    """
    directory, found, problems = directory_of(workflow.steps), list[StepId](), list[Diagnostic]()
    for name in names:
        places = directory.select(name)
        found += [workflow.steps[place].id for place in places]
        if not places:
            near = closest_match(name, directory.by_definition)
            hints = (f"did you mean `{near}`?",) if near else ()
            problems.append(
                Diagnostic(
                    code=UNKNOWN_STEP,
                    message=f"`--targets` names `{name}`, which does not exist",
                    hints=hints,
                )
            )
    if problems:
        raise UserError(tuple(problems))
    return tuple(dict.fromkeys((*found, *workflow.targets)))
