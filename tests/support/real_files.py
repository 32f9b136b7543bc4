"""Workflows made from a number as real files: scripts that do the same things, and runs of wfopt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.random_workflows import SOURCES, Case, Op, ops_of
from wfopt.formats.native.rewriting import NotWritableError, rewritten
from wfopt.model.patterns import selects
from wfopt.model.workflow import Step
from wfopt.optimizer.pipeline import Optimized

_ROOT = Path(__file__).parents[2]


def real_differences(case: Case, made: Optimized, folder: Path) -> list[str]:
    """Return what differs between real runs of a workflow and of its optimized text, with `-k`."""
    try:
        text = rewritten(case.source, case.workflow, made.after, case.options) if made.changes else case.text
    except NotWritableError:
        return []
    gone = [step for step in case.workflow.steps if made.stands_for.get(step.id, step.id) is None]
    if any(_may_fail(step, case) for step in gone):
        # With a dead step its failure goes as well.
        return []
    if any(_ends_others(step) and _may_fail(step, case) for step in case.workflow.steps):
        # Which cells of a matrix run at all depends on how many run at once, in the original as well.
        return []
    for name, ops in case.scripts.items():
        script = folder / "bin" / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("#!/bin/sh\n" + "\n".join(["s=$0", 's="${s##*/} $1"', *map(_shell, ops)]) + "\n")
        script.chmod(0o755)
    status, files = _run(case.text, folder, "before", slots=1)
    other, after = _run(text, folder, "after", slots=4)
    dead = [step for step in case.workflow.steps if step.id in made.stands_for]
    found = [f"exit status {other} instead of {status}"] if status != other and not dead else []
    paths = [path for path in files | after if not any(selects(one.outputs or (), path) for one in dead)]
    found += [
        f"`{path}` is {after.get(path)} instead of {files.get(path)}"
        for path in sorted(paths)
        if files.get(path) != after.get(path)
    ]
    return found


def _may_fail(step: Step, case: Case) -> bool:
    return any("fail" in op.kind for op in ops_of(step, case.scripts))


def _ends_others(step: Step) -> bool:
    return step.group is not None and step.group.fail_fast


def _shell(op: Op) -> str:
    path = op.path.replace("{x}", "$1")
    parent = os.path.dirname(path) or "."
    lines = {
        "read": f's="$s $(cat "{path}" 2>/dev/null || echo -)"',
        "list": f's="$s $(find "{path or "."}" -type f -not -path "./.wfopt/*" 2>/dev/null | sort)"',
        "names": f's="$s $(find "{path}" -maxdepth 1 -type f 2>/dev/null | sort)"',
        "write": f'mkdir -p "{parent}"; echo "$s" | cksum > "{path}"',
        "append": f'mkdir -p "{parent}"; echo "$s" | cksum >> "{path}"',
        "delete": f'rm -f "{path}"',
        "fail": "exit 3",
        "fail-odd": 'case "$(echo "$s" | cksum)" in [13579]*) exit 3;; esac',
    }
    return lines[op.kind]


def _run(text: str, folder: Path, name: str, *, slots: int) -> tuple[int, dict[str, str]]:
    workspace = folder / name
    for path in SOURCES:
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_text(path)
    (workspace / "wfopt.yml").write_text(text)
    environ = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(_ROOT)}
    words = [sys.executable, "-m", "wfopt", "run", "-k", "-j", str(slots), "--cache", "off"]
    done = subprocess.run(words, cwd=workspace, env=environ, capture_output=True, check=False, timeout=60)
    found = {
        str(path.relative_to(workspace)): path.read_text()
        for path in workspace.rglob("*")
        if path.is_file() and path.name != "wfopt.yml" and ".wfopt" not in path.parts
    }
    return done.returncode, found
