"""Opens what the steps of jobs of GitHub Actions tell each other during a run."""

from __future__ import annotations

from wfopt.api.prepare import RunOptions
from wfopt.engine.emulated.around import Around, variables_of
from wfopt.engine.emulated.jobs import Jobs
from wfopt.engine.masking import Masker
from wfopt.engine.plan import Plan

SOMEBODY = "wfopt"
"""Who runs a workflow where the environment does not say it."""


def jobs_of(plan: Plan, options: RunOptions, folder: str, masker: Masker, started_at: float) -> Jobs:
    """Return what steps know of their jobs.

    Args:
        plan: the plan of the run.
        options: what the run is asked to do.
        folder: the absolute path of the folder of the run.
        masker: hides secrets.
        started_at: when the run started, in seconds since the epoch.
    """
    around = Around(
        workspace=options.workspace,
        workflow=plan.workflow.name,
        actor=options.environ.get("USER") or SOMEBODY,
        started_at=started_at,
    )
    return Jobs(
        plan.workflow.steps,
        folder,
        environ=options.environ,
        usual=variables_of(around),
        told_of=plan.told_of,
        masker=masker,
    )
