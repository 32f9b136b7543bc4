"""Runs a workflow and its optimized version in copies of the workspace, and compares what they leave."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from wfopt.api.optimize import OptimizeOptions, Outcome
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.run import StoppedError, World, run
from wfopt.api.scratch import remove_tree, scratch_folder
from wfopt.api.verify_folders import Tree, copy_workspace, differences, tree_of
from wfopt.cache.policy import CachePolicy, Mode
from wfopt.codes import BAD_OPTION, UNREADABLE_FILE
from wfopt.dataclass import dataclass, replace
from wfopt.engine.report import RunReport
from wfopt.errors import Diagnostic, Label, UserError
from wfopt.metrics.quantiles import median
from wfopt.model.outcome import RunStatus, StepStatus
from wfopt.model.workflow import Opaque, StepId, Workflow
from wfopt.optimizer.report import Verification
from wfopt.scheduler.base import Facts, Strategy, View, first_fit

INSIDE = frozenset({"time", "random"})
"""Effects that stay inside: they may make results differ from run to run, which is found out."""

_MOST_TOLD = 50

_FAILED = StepStatus.FAILED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """How both versions are tried.

    Attributes:
        runs: how often the optimized version runs, each time in another order.
        allowed: effects and steps that may act on the outside meanwhile.
        temporary: the folder for temporary files; "" for the usual one.
        held: the workspaces that the runs around this one hold, separated as in `PATH`.
    """

    runs: int = 3
    allowed: frozenset[str] = frozenset()
    temporary: str = ""
    held: str = ""


@dataclass(frozen=True, slots=True)
class _Tried:
    """One run: the files that it left, how its steps ended, and the seconds that it took."""

    tree: Tree
    ends: Mapping[StepId, tuple[str, int | None]]
    wall_s: float


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

    The original runs twice: what differs between these two runs proves nothing. The optimized version runs
    with the usual order of starts first, then backwards, then in orders drawn by lot.

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
    with scratch_folder(options.state_folder, how.temporary) as scratch:
        trial = _Trial(scratch, options, how, make_world)
        original = trial.run(before, options.strategy)
        optimized = [trial.run(after, options.strategy)]
        again = trial.run(before, options.strategy)
        optimized += [trial.run(after, Shuffled(seed)) for seed in range(how.runs - 1)]
    noise = set(differences(original.tree, again.tree))
    flaky = {step for step, end in original.ends.items() if again.ends.get(step) != end}
    found: dict[str, None] = {}
    for each in optimized:
        found.update(dict.fromkeys(_file_differences(original, each, noise)))
        found.update(dict.fromkeys(_end_differences(original, each, outcome, flaky)))
    report = outcome.report
    predicted = None
    if report.timed and report.after.makespan > 0:
        predicted = report.before.makespan / report.after.makespan
    return Verification(
        equal=not found,
        files=len({path for each in (original, *optimized) for path in each.tree} - noise),
        statuses=len(original.ends) - len(flaky),
        differences=tuple(found)[:_MOST_TOLD],
        noise=len(noise),
        runs=len(optimized),
        before_s=median([original.wall_s, again.wall_s]),
        # Other orders than the usual one are for the proof, not for the clock.
        after_s=optimized[0].wall_s,
        predicted=predicted,
        failed=tuple(
            step for step, (status, _) in original.ends.items() if status == StepStatus.FAILED.value
        ),
    )


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

    def run(self, workflow: Workflow, strategy: Strategy) -> _Tried:
        """Run a workflow in a fresh copy, always of the same path, and return what it left.

        Raises:
            UserError: the workspace cannot be copied.
            StoppedError: a signal came.
        """
        # Paths that steps write into files are then the same in every run.
        work, state = os.path.join(self.scratch, "work"), os.path.join(self.scratch, "state")
        options = self.options
        copy_workspace(options.workspace, work)
        try:
            capacity = replace(options.capacity, tokens=workflow.tokens)
            report = run(
                Prepared(workflow, (), capacity),
                RunOptions(
                    file=os.path.join(
                        work, os.path.relpath(os.path.abspath(options.file), options.workspace)
                    ),
                    workspace=work,
                    state_folder=state,
                    params=options.params,
                    environ=options.environ,
                    capacity=capacity,
                    strategy=strategy,
                    held=self.how.held,
                    command="wfopt optimize --verify",
                    cache=CachePolicy(mode=Mode.OFF),
                    keep=None,
                ),
                self.make_world(),
            )
            _refuse_stopped(report)
            return _Tried(tree_of(work), _ends(report), report.wall_s)
        except OSError as error:
            message = f"what a run left cannot be read: {(error.strerror or str(error)).lower()}"
            raise UserError((Diagnostic(code=UNREADABLE_FILE, message=message),)) from error
        finally:
            remove_tree(work)
            remove_tree(state)


def _refuse_stopped(report: RunReport) -> None:
    if report.status is RunStatus.CANCELLED:
        raise StoppedError(report.signal or 2)


def _ends(report: RunReport) -> dict[StepId, tuple[str, int | None]]:
    return {step.id: (step.status.value, step.exit_code) for step in report.steps}


def _refuse_effects(workflow: Workflow, allowed: frozenset[str]) -> None:
    """Refuse a workflow with steps that act on the outside.

    Raises:
        UserError: with each such step.
    """
    problems = []
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
            problems.append(
                Diagnostic(code=BAD_OPTION, message=f"step `{step.id}` is not run here: {step.run.why}")
            )
    if problems:
        raise UserError(tuple(problems))


def _file_differences(original: _Tried, other: _Tried, noise: set[str]) -> Iterator[str]:
    for path, what in differences(original.tree, other.tree).items():
        if path not in noise and not _is_within(path, noise):
            yield f"`{path}` {what}"


def _is_within(path: str, noise: set[str]) -> bool:
    """Return whether a folder above a path differs from run to run: then so may all that is in it."""
    folder = os.path.dirname(path)
    while folder:
        if folder in noise:
            return True
        folder = os.path.dirname(folder)
    return False


def _end_differences(original: _Tried, other: _Tried, outcome: Outcome, flaky: set[StepId]) -> Iterator[str]:
    """Yield how steps ended otherwise; one that was left out ends as the one that does its work."""
    instead = outcome.report.optimized.stands_for
    for step, (status, code) in original.ends.items():
        now: StepId | None = step
        while now is not None and now in instead:
            now = instead[now]
        if now is None or step in flaky:
            continue
        end = other.ends.get(now)
        if end is None:
            yield f"`{step}` did not run"
        elif _word(end[0]) != _word(status) or (status == _FAILED and end[1] != code):
            yield f"`{step}` ended with `{end[0]}` instead of `{status}`"


def _word(status: str) -> str:
    """Return a status as far as it counts: after a failure, what never ran was skipped or cancelled."""
    return "not run" if status in (StepStatus.SKIPPED.value, StepStatus.CANCELLED.value) else status
