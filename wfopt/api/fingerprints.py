"""What a trace of a step is evidence for: its script, what runs it, and its own variables."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from wfopt.engine.spawning.launching import StartError, find_program
from wfopt.model.workflow import Opaque, Script, Step, Workflow

_FORMAT = 1


def fingerprint_of(
    step: Step, workflow: Workflow, environ: Mapping[str, str], workspace: str
) -> tuple[str, str]:
    """Return the fingerprint of a step, or "" and why it has none.

    The same before a run and at any later time, as long as nothing of it changes. Values of secrets are left
    out, and of the variables that every step has only `PATH` counts, since it decides what runs.

    Args:
        step: the step.
        workflow: the one that it belongs to.
        environ: the environment that steps start from.
        workspace: the absolute path of the workspace.
    """
    if isinstance(step.run, Opaque):
        return "", "it is not run by wfopt itself"
    if step.session:
        return "", "it hands variables to others in ways of its own"
    is_script = isinstance(step.run, Script)
    texts = [step.run.text.static] if isinstance(step.run, Script) else [x.static for x in step.run.args]
    if any(text is None for text in texts):
        return "", "only a run knows its script"
    secret = {*workflow.secrets, *step.secrets}
    env: dict[str, str | None] = {}
    for name, value in step.env.items():
        known = None if value is None else value.static
        if known is None and value is not None and name not in secret:
            return "", f"only a run knows its variable `{name}`"
        env[name] = "" if name in secret else known
    argv = (*step.run.shell.argv, *texts) if isinstance(step.run, Script) else tuple(texts)
    cwd = os.path.join(workspace, step.cwd)
    path = env.get("PATH") if "PATH" in env else environ.get("PATH")
    facts: list[Any] = [
        _FORMAT,
        step.id,
        is_script,
        argv,
        step.cwd,
        sorted(env.items(), key=lambda item: item[0]),
        path,
        _program(argv[0] or "" if argv else "", path or os.defpath, cwd),
    ]
    return sha256(json.dumps(facts).encode()).hexdigest(), ""


def _program(name: str, path: str, cwd: str) -> list[Any]:
    """Return the program that a name means, and which version of it is there."""
    try:
        found = os.path.join(cwd, os.fsdecode(find_program(os.fsencode(name), os.fsencode(path))))
        status = os.stat(found)
    except (StartError, OSError, ValueError):
        return [name]
    return [found, status.st_size, status.st_mtime_ns]
