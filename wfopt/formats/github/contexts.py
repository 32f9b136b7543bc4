"""Contexts of GitHub Actions whose values a run on this machine can have, and where it finds them."""

from __future__ import annotations

from collections.abc import Mapping

_GITHUB = (
    *("action", "actor", "actor_id", "api_url", "base_ref", "event_name", "event_path", "graphql_url"),
    *("head_ref", "job", "ref", "ref_name", "ref_protected", "ref_type", "repository", "repository_id"),
    *("repository_owner", "retention_days", "run_attempt", "run_id", "run_number", "server_url", "sha"),
    *("triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace"),
)

_RUNNER = ("arch", "environment", "name", "os", "temp", "tool_cache", "debug")

VARIABLES: Mapping[tuple[str, str], str] = {
    **{("github", name): f"GITHUB_{name.upper()}" for name in _GITHUB},
    **{("runner", name): f"RUNNER_{name.upper()}" for name in _RUNNER},
    ("runner", "workspace"): "RUNNER_WORKSPACE",
    ("github", "repositoryurl"): "GITHUB_REPOSITORY_URL",
    ("job", "status"): "JOB_STATUS",
}
"""For each value, the environment variable that has it: `github.sha` is `env.GITHUB_SHA`.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables lists them, but for `job.status`,
which has none there.
"""

SERVICE = "service"
"""The root of references to what only the service knows; their path is the text of the expression."""
