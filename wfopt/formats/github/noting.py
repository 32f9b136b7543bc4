"""Notes about what a file asks for that wfopt does not do, and about keys that nobody knows."""

from __future__ import annotations

from collections.abc import Collection

from wfopt.codes import (
    CALLED_WORKFLOW,
    IGNORED_KEY,
    IN_CONTAINER,
    NEEDS_SECRETS,
    NOT_MAPPED,
    WITH_SERVICES,
)
from wfopt.formats.github.jobs import DeclaredJob, image_of, services_of
from wfopt.formats.github.remarks import Remarks
from wfopt.formats.github.shapes import get, text_of
from wfopt.formats.positions import MappingNode
from wfopt.formats.problems import did_you_mean
from wfopt.source import closest_match

_WORKFLOW_KEYS = frozenset(
    ("name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs", "true")
)
_JOB_KEYS = frozenset(
    (
        *("name", "permissions", "needs", "if", "runs-on", "environment", "concurrency", "outputs", "env"),
        *("defaults", "steps", "timeout-minutes", "strategy", "continue-on-error", "container", "services"),
        *("uses", "with", "secrets", "snapshot"),
    )
)
_STEP_KEYS = frozenset(
    (
        *("id", "if", "name", "uses", "run", "working-directory", "shell", "with", "env"),
        *("continue-on-error", "timeout-minutes", "background", "parallel", "wait", "wait-all", "cancel"),
    )
)


def note_workflow(root: MappingNode, remarks: Remarks) -> None:
    """Warn of keys at the top that GitHub does not know."""
    _warn_of_unknown(root, _WORKFLOW_KEYS, "a workflow", remarks)


def note_job(job: DeclaredJob, remarks: Remarks) -> None:
    """Note what a job asks for."""
    node, problems = job.node, remarks.problems
    _warn_of_unknown(node, _JOB_KEYS, "a job", remarks)
    if not job.called:
        for step in job.flow.steps:
            _warn_of_unknown(step.node, _STEP_KEYS, "a step", remarks)
    image, services = image_of(job), services_of(job)
    if image:
        message = f"the steps of job `{job.id}` run in the container `{image}`, and not here"
        problems.note(IN_CONTAINER, message, node.get("container") or job.key)
    if services:
        names = ", ".join(f"`{each}`" for each in services)
        message = f"containers run beside job `{job.id}`, which wfopt does not start: {names}"
        problems.note(WITH_SERVICES, message, node.get("services") or job.key)
    if job.called:
        what = text_of(node.get("uses"))
        remarks.add(
            CALLED_WORKFLOW,
            f"`{what}` is another workflow, of which nothing is read",
            node.get("uses") or job.key,
        )
    if text_of(node.get("continue-on-error")) not in ("", "false"):
        message = "`continue-on-error` of a job has no counterpart: if it fails, the run does"
        remarks.add(NOT_MAPPED, message, node.get("continue-on-error") or job.key)
    if node.get("environment") is not None:
        message = "nobody is asked before a job with an `environment`, and none of its secrets are here"
        remarks.add(NOT_MAPPED, message, node.get("environment") or job.key)
    if text_of(get(node, "permissions", "id-token")) == "write":
        message = "there is no `id-token` of the service here"
        remarks.add(NEEDS_SECRETS, message, get(node, "permissions", "id-token") or job.key)


def _warn_of_unknown(node: MappingNode, known: Collection[str], what: str, remarks: Remarks) -> None:
    for key, _ in node.pairs:
        if key.text not in known and remarks.is_new(f"{what} {key.text}"):
            near = closest_match(key.text, known)
            message = f"{what} has no key `{key.text}`: it is ignored"
            remarks.problems.warn(IGNORED_KEY, message, key, hints=(did_you_mean(near),))
