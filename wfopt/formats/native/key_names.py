"""What other tools call the keys of a workflow file, for hints."""

from __future__ import annotations

from collections.abc import Container

_HERE = {
    "ahead-of": ("before",),
    "allow-failure": ("continue-on-error", "ignore-error", "ignore-errors", "ignore-failure"),
    "cpu": ("cores", "threads"),
    "cwd": ("dir", "directory", "wdir", "workdir", "working-dir", "working-directory"),
    "defaults": ("cwd", "retries", "shell", "timeout"),
    "description": ("desc", "label", "name", "title"),
    "dotenv": ("env-file", "env-files"),
    "env": ("environment", "variables"),
    "foreach": ("for", "loop", "with-items"),
    "id": ("key", "name"),
    "if": ("condition", "only-if", "rules", "when"),
    "include": ("imports",),
    "inputs": ("sources", "srcs"),
    "matrix": ("strategy",),
    "max-parallel": ("concurrency", "parallelism"),
    "memory": ("mem", "ram"),
    "needs": ("after", "dependencies", "depends", "depends-on", "deps", "requires"),
    "on-failure": ("on-error",),
    "outputs": ("artifacts", "generates", "outs", "produces"),
    "params": ("parameters", "vars"),
    "quiet": ("silent",),
    "resources": ("cores", "cpu", "cpus", "memory", "threads"),
    "retries": ("attempts", "retry"),
    "rollback": ("undo",),
    "run": ("cmd", "cmds", "command", "commands", "exec", "script"),
    "shell": ("interpreter",),
    "steps": ("jobs", "pipeline", "rules", "stages", "tasks"),
    "timeout": ("timeout-minutes", "timeout-seconds"),
    "wfopt": ("version",),
}
"""For each of our keys the names that other tools have for it; where several fit, the last one is meant."""


def usual_name(name: str, known: Container[str]) -> str | None:
    """Return what a key of another tool is called here, or None if nothing in `known` is meant.

    >>> usual_name("depends_on", ["run", "needs"])
    'needs'
    >>> usual_name("depends_on", ["run"]) is None
    True
    """
    plain = name.replace("_", "-").lower()
    found = [key for key, names in _HERE.items() if plain in names and key in known]
    return found[-1] if found else None
