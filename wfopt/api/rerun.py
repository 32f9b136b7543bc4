"""The use case behind `wfopt cache verify --rerun`: do cached steps make the same result again?

Nothing in the workspace, the state folder or the cache changes: the cache is opened read-only, and each step
runs in a folder of its own that holds what it declares to read, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from wfopt.api.alone import Setting
from wfopt.api.cache_place import trouble_with
from wfopt.api.caching import Outside, cache_folder, open_lookup
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.rerun_survey import Survey
from wfopt.api.scratch import scratch_folder
from wfopt.api.secrets import masker_of
from wfopt.cache.extras import Ask
from wfopt.cache.lookup import Lookup
from wfopt.cache.policy import Mode
from wfopt.cache.record_store import StoreError
from wfopt.cache.trust import StoreRefusedError
from wfopt.cache.why import why_not_cached
from wfopt.dataclass import dataclass, replace
from wfopt.engine.clock import Clock
from wfopt.engine.failures import trouble_reason
from wfopt.engine.rerun_report import Rerun, RerunReport, Verdict
from wfopt.engine.runner import Runner
from wfopt.engine.stopping import Interrupts, Stop
from wfopt.model.selectors import directory_of
from wfopt.model.workflow import Step, StepId

NO_CACHE = "there is no cache"
"""Why no step has a result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunWorld:
    """What is needed from outside.

    Attributes:
        runner: starts the processes.
        clock: tells the time.
        interrupts: hands out signals that arrived.
        pause: waits for so many seconds, or until a signal arrives.
        ask: runs a shell command that `cache.key` names.
        show: shows what came of a step as soon as that is known.
    """

    runner: Runner
    clock: Clock
    interrupts: Interrupts
    pause: Callable[[float], None]
    ask: Ask
    show: Callable[[Rerun], None]


def chosen_steps(prepared: Prepared, options: RunOptions) -> tuple[Step, ...]:
    """Return the steps that the options name, or all; what these need is not among them, unlike in a run."""
    steps = prepared.workflow.steps
    if not options.steps:
        return steps
    directory = directory_of(steps)
    places = {place for name in options.steps for place in directory.select(name)}
    return tuple(steps[place] for place in sorted(places))


def rerun(prepared: Prepared, options: RunOptions, world: RerunWorld) -> RerunReport:
    """Run the cached steps that the options name again, one after the other, and report.

    Whatever the options say, the cache is only read.

    Raises:
        UserError: the cache cannot be used, or no folder be made for the steps.
        StoppedError: a signal came.
        FaultError: something in wfopt is wrong.
    """
    options = replace(options, cache=replace(options.cache, mode=Mode.RO))
    masker = masker_of(prepared.workflow, options.environ)
    outside = Outside(wall=world.clock.wall, ask=world.ask, tell=lambda _step, _diagnostic: None)
    chosen = chosen_steps(prepared, options)
    setting = Setting(
        workflow=prepared.workflow,
        capacity=prepared.capacity,
        runner=world.runner,
        clock=world.clock,
        stop=Stop(world.interrupts),
        masker=masker,
        held=options.held,
        run_id=f"rerun-{os.urandom(3).hex()}",
    )
    try:
        lookup = open_lookup(prepared, options, masker, outside)
        if lookup is None:
            return RerunReport(options.file, tuple(_without_cache(step, world) for step in chosen))
        with lookup.store:
            names = frozenset(step.id for step in chosen)
            return RerunReport(options.file, _surveyed(setting, lookup, names, options, world))
    except (StoreError, StoreRefusedError, OSError) as error:
        raise trouble_with(cache_folder(options), trouble_reason(error)) from error


def _surveyed(
    setting: Setting, lookup: Lookup, chosen: frozenset[StepId], options: RunOptions, world: RerunWorld
) -> tuple[Rerun, ...]:
    with scratch_folder(options.state_folder, options.environ.get("TMPDIR", "")) as folder:
        try:
            return Survey(
                setting=setting,
                lookup=lookup,
                chosen=chosen,
                folder=folder,
                pause=world.pause,
                show=world.show,
            ).run()
        finally:
            # Whatever still runs must be gone before the folder is.
            world.runner.close()


def _without_cache(step: Step, world: RerunWorld) -> Rerun:
    reason = why_not_cached(step)
    verdict = Verdict.NOT_CACHED if reason else Verdict.NO_RESULT
    rerun = Rerun(step=step.id, verdict=verdict, reason=reason or NO_CACHE)
    world.show(rerun)
    return rerun
