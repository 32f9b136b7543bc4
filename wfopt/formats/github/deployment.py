"""Which jobs change something outside: a release, a page, a package, a machine.

A job does if it names an `environment`, asks for a permission that only publishing needs, uses one of these
actions, runs one of these commands, or calls a workflow whose name says so.
"""

from __future__ import annotations

import re

from wfopt.formats.github.actions import name_of
from wfopt.formats.github.jobs import DeclaredJob
from wfopt.formats.github.shapes import get, text_of

PERMISSIONS = ("pages", "packages", "deployments", "attestations")
"""What a job may write only in order to publish."""

ACTIONS = re.compile(
    r"""
    actions/(?:deploy-pages|create-release|upload-release-asset)
    | softprops/action-gh-release | ncipollo/release-action | goreleaser/goreleaser-action
    | googleapis/release-please-action | google-github-actions/release-please-action
    | release-drafter/release-drafter | changesets/action | cycjimmy/semantic-release-action
    | pypa/gh-action-pypi-publish | js-devtools/npm-publish | rust-lang/crates-io-auth-action
    | peaceiris/actions-gh-pages | jamesives/github-pages-deploy-action
    | cloudflare/(?:pages-action|wrangler-action) | netlify/actions/.* | amondnet/vercel-action
    | azure/(?:webapps-deploy|functions-action|static-web-apps-deploy|k8s-deploy|aci-deploy)
    | google-github-actions/deploy-.* | aws-actions/amazon-ecs-deploy-task-definition
    | aws-actions/aws-cloudformation-github-deploy | appleboy/(?:ssh|scp)-action
    | (?:[\w.-]+/)?[\w.-]*deploy[\w.-]* | \./.*(?:deploy|publish|release)[\w.-]*/?
    """,
    re.VERBOSE,
)

COMMANDS = re.compile(
    r"""
    \b(?:
        gh\s+release\s+(?:create|upload|edit) | npm\s+publish | pnpm\s+publish | yarn\s+(?:npm\s+)?publish
        | twine\s+upload | (?:poetry|uv|flit|hatch|cargo|gem)\s+(?:publish|push\b) | docker\s+push
        | helm\s+(?:push|upgrade) | kubectl\s+apply | terraform\s+apply | mkdocs\s+gh-deploy | mike\s+deploy
        | (?:az|gcloud|aws)\s+\S+\s+(?:deploy|publish) | aws\s+s3\s+(?:sync|cp)
    )""",
    re.VERBOSE,
)

_CALLED = re.compile(r"(?:deploy|publish|release)", re.IGNORECASE)


def is_deployment(job: DeclaredJob) -> bool:
    """Return whether a job changes something outside."""
    if get(job.node, "environment") is not None:
        return True
    if any(text_of(get(job.node, "permissions", each)) == "write" for each in PERMISSIONS):
        return True
    if job.called:
        return bool(_CALLED.search(text_of(job.node.get("uses")).partition("@")[0]))
    return any(
        ACTIONS.fullmatch(name_of(text_of(step.uses))) or COMMANDS.search(text_of(step.run))
        for step in job.flow.steps
    )
