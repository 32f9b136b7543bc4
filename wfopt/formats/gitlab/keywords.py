"""The keywords of GitLab CI: https://docs.gitlab.com/ci/yaml/."""

from __future__ import annotations

STAGES = ("build", "test", "deploy")
"""The stages of a pipeline that names none."""

FIRST, LAST = ".pre", ".post"
"""The stages that every pipeline has."""

DEFAULTS = (
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "hooks",
    "id_tokens",
    "identity",
    "image",
    "interruptible",
    "retry",
    "services",
    "tags",
    "timeout",
)
"""What a job has from `default` if it does not say it itself."""

OLD_DEFAULTS = ("image", "services", "cache", "before_script", "after_script")
"""What may stand at the top instead of in `default`."""

TOP = frozenset({"default", "include", "spec", "stages", "types", "variables", "workflow", *OLD_DEFAULTS})
"""Keys at the top that are no jobs."""

JOB = frozenset(
    {
        *DEFAULTS,
        *("allow_failure", "coverage", "dast_configuration", "dependencies", "environment", "except"),
        *("extends", "inherit", "inputs", "manual_confirmation", "needs", "only", "pages", "parallel"),
        *("publish", "release", "resource_group", "rules", "run", "script", "secrets", "stage"),
        *("start_in", "trigger", "variables", "when"),
    }
)
"""The keys of a job."""
