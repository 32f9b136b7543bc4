"""The variables that GitHub sets for every step of a run, as far as they mean something here.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables lists them. `GITHUB_ACTIONS` is
not among those here: programs that see it write messages for GitHub's log, or change a machine that is thrown
away after the job.
"""

from __future__ import annotations

import os
import sys

from wfopt.dataclass import dataclass
from wfopt.metrics.revision import repository_of, revision_of

SERVER = "https://github.com"
API = "https://api.github.com"

_SYSTEMS = {"linux": "Linux", "darwin": "macOS"}
_MACHINES = {"x86_64": "X64", "amd64": "X64", "aarch64": "ARM64", "arm64": "ARM64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known of a run.

    Attributes:
        workspace: the absolute path of the workspace.
        workflow: the name of the workflow.
        actor: who runs it.
        started_at: when, in seconds since the epoch.
    """

    workspace: str
    workflow: str
    actor: str
    started_at: float


def variables_of(around: Around) -> dict[str, str]:
    """Return the variables that are the same for all steps of a run.

    Commit and branch are those that are checked out; the event is always `workflow_dispatch`.
    """
    revision = revision_of(around.workspace)
    repository = repository_of(around.workspace) or os.path.basename(around.workspace)
    machine = os.uname().machine.lower()
    ref = f"refs/heads/{revision.branch}" if revision.branch else revision.commit
    return {
        "CI": "true",
        "GITHUB_ACTOR": around.actor,
        "GITHUB_API_URL": API,
        "GITHUB_BASE_REF": "",
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_GRAPHQL_URL": f"{API}/graphql",
        "GITHUB_HEAD_REF": "",
        "GITHUB_REF": ref,
        "GITHUB_REF_NAME": revision.branch or revision.commit,
        "GITHUB_REF_PROTECTED": "false",
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_REPOSITORY": repository,
        "GITHUB_REPOSITORY_OWNER": repository.partition("/")[0] if "/" in repository else "",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": str(int(around.started_at)),
        "GITHUB_RUN_NUMBER": "1",
        "GITHUB_SERVER_URL": SERVER,
        "GITHUB_SHA": revision.commit,
        "GITHUB_TRIGGERING_ACTOR": around.actor,
        "GITHUB_WORKFLOW": around.workflow,
        "GITHUB_WORKFLOW_SHA": revision.commit,
        "GITHUB_WORKSPACE": around.workspace,
        "RUNNER_ARCH": _MACHINES.get(machine, machine.upper()),
        "RUNNER_ENVIRONMENT": "self-hosted",
        "RUNNER_NAME": "wfopt",
        "RUNNER_WORKSPACE": os.path.dirname(around.workspace),
        "RUNNER_OS": _SYSTEMS.get(sys.platform, sys.platform),
    }
