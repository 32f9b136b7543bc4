"""Runs a workflow and its optimized version in copies of the workspace, and compares what they leave."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from wfopt.api.optimize import OptimizeOptions, Outcome
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.run import StoppedError, World, run
from wfopt.api.scratch import remove_tree, scratch_folder, with_room
from wfopt.api.verify_comparing import Tried, compared
from wfopt.api.verify_folders import copy_workspace, tree_of
from wfopt.cache.policy import CachePolicy, Mode
from wfopt.codes import BAD_OPTION, UNREADABLE_FILE
from wfopt.dataclass import dataclass, replace
from wfopt.engine.report import RunReport
from wfopt.errors import Diagnostic, Label, UserError
from wfopt.model.outcome import RunStatus, StepStatus
from wfopt.model.quantiles import median
from wfopt.model.values import Value
from wfopt.model.workflow import Opaque, StepId, Workflow
from wfopt.optimizer.report import OptimizeReport, Verification
from wfopt.scheduler.base import Facts, Strategy, View, first_fit

INSIDE = frozenset({"time", "random"})
"""Effects that stay inside: they may make results differ from run to run, which is found out."""

_MOST_TOLD = 50
_MOST_FOREIGN = 3

_FAILED = StepStatus.FAILED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """How both versions are tried.

    Attributes:
        runs: in how many orders the optimized version runs.
        allowed: effects and steps that may act on the outside meanwhile.
        temporary: the folder for temporary files; "" for the usual one.
        held: the workspaces that the runs around this one hold, separated as in `PATH`.
    """

    runs: int = 3
    allowed: frozenset[str] = frozenset()
    temporary: str = ""
    held: str = ""


class Shuffled:
    """Starts ready steps in an order that the seed decides, so that other steps end first than usual."""

    name = "shuffled"

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def ranks(self, facts: Facts) -> Sequence[float]:
        """Return a rank for each node: backwards for seed 0, else as if drawn by lot."""
        size = len(facts.dag)
        if self._seed == 0:
            return [float(size - node) for node in range(size)]
        # A generator of Lehmer's kind (Park and Miller 1988): the same for a seed wherever it runs.
        state, found = self._seed * 48_271 % 2_147_483_647 or 1, []
        for _ in range(size):
            state = state * 48_271 % 2_147_483_647
            found.append(float(state))
        return found

    def pick(self, view: View) -> Sequence[int]:
        """Return the nodes that fit, in the order of their ranks."""
        return first_fit(view)


def verify(
    outcome: Outcome, options: OptimizeOptions, how: VerifyOptions, make_world: Callable[[], World]
) -> Verification:
    """Return what came of running both versions; the workspace itself, cache and history stay untouched.

    The versions run in turns, so that what slows the machine down for a while slows both. The original runs
    first and last: what then differs between its runs, such as a date in a file, proves nothing. Of the
    optimized version, every second run starts steps backwards or in an order drawn by lot. A failure does not
    stop what does not depend on it: else it would be chance how far the other steps come.

    Args:
        outcome: what was optimized.
        options: what was asked for; the same machine is used.
        how: how often, and what may act on the outside.
        make_world: makes what a run needs from outside, anew for each run.

    Raises:
        UserError: steps act on the outside, or the workspace cannot be copied.
        StoppedError: a signal came.
        FaultError: something in wfopt is wrong.
    """
    before, after = outcome.report.optimized.before, outcome.report.optimized.after
    _refuse_effects(before, how.allowed)
    originals, usual, others = list[Tried](), list[Tried](), list[Tried]()
    with scratch_folder(options.state_folder, how.temporary) as scratch:
        trial = _Trial(scratch, options, how, make_world)
        for number in range(max(1, how.runs - 1)):
            originals.append(trial.run(before, options.strategy))
            usual.append(trial.run(after, options.strategy))
            if number < how.runs - 1:
                others.append(trial.run(after, Shuffled(number)))
        originals.append(trial.run(before, options.strategy))
    found = compared(originals, (*usual, *others), outcome.report.optimized)
    return Verification(
        files=found.files,
        unequal_files=len(found.unequal_files),
        statuses=found.statuses,
        unequal_statuses=len(found.unequal_statuses),
        values=found.values,
        unequal_values=len(found.unequal_values),
        differences=found.differences[:_MOST_TOLD],
        noise=found.noise,
        unmade=found.unmade,
        originals=len(originals),
        runs=len(usual) + len(others),
        before_s=median([each.wall_s for each in originals]),
        # Other orders than the usual one are for the proof, not for the clock.
        after_s=median([each.wall_s for each in usual]),
        predicted=_predicted(outcome.report),
        failed=tuple(step for step, (status, _) in originals[0].ends.items() if status == _FAILED),
    )


def _predicted(report: OptimizeReport) -> float | None:
    left = report.before.makespan - report.saving
    return report.before.makespan / left if report.timed and left > 0 else None


@dataclass(frozen=True, slots=True)
class _Trial:
    """Runs workflows in copies of a workspace.

    Attributes:
        scratch: the absolute path of a folder for the copies.
        options: what was asked for.
        how: how both versions are tried.
        make_world: makes what a run needs from outside.
    """

    scratch: str
    options: OptimizeOptions
    how: VerifyOptions
    make_world: Callable[[], World]

    def run(self, workflow: Workflow, strategy: Strategy) -> Tried:
        """Run a workflow in a fresh copy, always of the same path, and return what it left.

        Raises:
            UserError: the workspace cannot be copied, or the disk is full.
            StoppedError: a signal came.
        """
        # Paths that steps write into files are then the same in every run.
        work, state = os.path.join(self.scratch, "work"), os.path.join(self.scratch, "state")
        options, known = self.options, dict[str, Value]()
        file = os.path.join(work, os.path.relpath(os.path.abspath(options.file), options.workspace))
        try:
            with with_room(self.scratch):
                copy_workspace(options.workspace, work)
                capacity = replace(options.capacity, tokens=workflow.tokens)
                report = run(
                    Prepared(workflow, (), capacity),
                    RunOptions(
                        file=file,
                        workspace=work,
                        state_folder=state,
                        params=options.params,
                        environ=options.environ,
                        capacity=capacity,
                        strategy=strategy,
                        keep_going=True,
                        held=self.how.held,
                        command="wfopt optimize --verify",
                        cache=CachePolicy(mode=Mode.OFF),
                        keep=None,
                    ),
                    replace(self.make_world(), witness=known.update),
                )
                _refuse_stopped(report)
                tree = tree_of(work)
            return Tried(tree=tree, ends=_ends(report), values=_values(known), wall_s=report.wall_s)
        except OSError as error:
            message = f"what a run left cannot be read: {(error.strerror or str(error)).lower()}"
            where = (f"it is about `{error.filename}`",) if error.filename else ()
            raise UserError((Diagnostic(code=UNREADABLE_FILE, message=message, causes=where),)) from error
        finally:
            remove_tree(work)
            remove_tree(state)


def _refuse_stopped(report: RunReport) -> None:
    if report.status is RunStatus.CANCELLED:
        raise StoppedError(report.signal or 2)


def _ends(report: RunReport) -> dict[StepId, tuple[str, int | None]]:
    return {step.id: (step.status.value, step.exit_code) for step in report.steps}


def _values(known: Mapping[str, Value]) -> dict[tuple[StepId, str], str]:
    """Return what steps handed on, from what expressions know."""
    needs, found = known.get("needs"), dict[tuple[StepId, str], str]()
    for step, facts in needs.items() if isinstance(needs, Mapping) else ():
        handed_on = facts.get("out") if isinstance(facts, Mapping) else None
        if isinstance(handed_on, Mapping):
            found |= {(StepId(step), name): str(value) for name, value in handed_on.items()}
    return found


def _refuse_effects(workflow: Workflow, allowed: frozenset[str]) -> None:
    """Refuse a workflow with steps that act on the outside, or that are not run here.

    Raises:
        UserError: with each step that acts on the outside.
    """
    problems, foreign = [], list[tuple[StepId, str]]()
    for step in (*workflow.steps, *workflow.hooks):
        outside = (step.effects or frozenset()) - INSIDE - allowed
        names = {str(step.id), step.definition}
        if outside and not names & allowed:
            listed = ", ".join(f"`{each}`" for each in sorted(outside))
            span = step.places.get("effects") or step.span
            problems.append(
                Diagnostic(
                    code=BAD_OPTION,
                    message=f"step `{step.id}` has effects outside of the workspace: {listed}",
                    primary=Label(span, "would happen for real, several times") if span else None,
                    hints=(f"if that does no harm, add `--allow-effects {min(outside)}`",),
                )
            )
        elif isinstance(step.run, Opaque) and step.run.stand_in is None:
            foreign.append((step.id, step.run.why))
    if foreign:
        problems.append(
            Diagnostic(
                code=BAD_OPTION,
                message=f"both versions cannot be run: {len(foreign)} of its steps can only run elsewhere",
                causes=tuple(f"`{step}`: {why}" for step, why in foreign[:_MOST_FOREIGN]),
            )
        )
    if problems:
        raise UserError(tuple(problems))
