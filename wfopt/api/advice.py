"""What to write into a workflow instead of what its steps ask for, from the history and the run just over."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.api.caching import workflow_name
from wfopt.api.prepare import RunOptions
from wfopt.api.recording import host_name
from wfopt.api.usual import recent_attempts
from wfopt.engine.report import Suggestion
from wfopt.metrics.efficiency import FEWEST_ATTEMPTS, StepResources, resources_of
from wfopt.model.history import RunStory
from wfopt.model.quantities import format_size
from wfopt.model.workflow import StepId


def suggestions_for(story: RunStory, asking: Sequence[StepId], options: RunOptions) -> tuple[Suggestion, ...]:
    """Return what to write instead of what steps ask for; nothing for those whose requests fit.

    Args:
        story: the run that is over.
        asking: the steps that ran and asked for something.
        options: tells where the history is; without one, only this run counts.
    """
    past = (
        {}
        if options.keep is None
        else recent_attempts(options.state_folder, workflow_name(options), host_name(options))
    )
    found: list[Suggestion] = []
    for step in asking:
        attempts = past.get(step, [])
        if all(run.run_id != story.run.run_id for run, _ in attempts):
            # It could not be written, or is not to be.
            attempts = [*attempts, *((story.run, each) for each in story.attempts if each.step == step)]
        used = resources_of(step, attempts, fewest=1)
        runs = len({run.run_id for run, each in attempts if each.wall_s is not None})
        found += [
            Suggestion(step=step, write=write, because=_because(used, write, runs))
            for write in used.suggestions
        ]
    return tuple(found)


def _because(used: StepResources, write: str, runs: int) -> str:
    """Return what a suggestion rests on; the fewer runs, the less sure it sounds."""
    over = (
        f"over {runs} runs"
        if runs >= FEWEST_ATTEMPTS
        else "in 2 runs so far"
        if runs > 1
        else "in 1 run so far"
    )
    if write.startswith("cpu"):
        return f"{used.cpu_used or 0.0:.2g} cpus busy {over}"
    told = f"peak {format_size(used.peak_bytes or 0)} {over}"
    return f"{told}, not enough {used.killed} time{'s' * (used.killed != 1)}" if used.killed else told
