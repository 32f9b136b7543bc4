"""What importers read is what the tools themselves say: same tasks, same stages, same order.

The tools are compared with where they are on the PATH: `task` (https://taskfile.dev) and `dvc`
(https://dvc.org). Neither is asked to run anything of a file.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from wfopt.formats.dvc.format import DvcFormat
from wfopt.formats.imported import Format, Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.outside import Outside
from wfopt.formats.reading import read_source
from wfopt.formats.taskfile.format import TaskfileFormat
from wfopt.model.workflow import EdgeKind, Script, Step

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[1] / "fixtures" / "importers"
TASK, DVC = shutil.which("task"), shutil.which("dvc")

needs_task = pytest.mark.skipif(TASK is None, reason="`task` is not on the PATH")
needs_dvc = pytest.mark.skipif(DVC is None, reason="`dvc` is not on the PATH")

ENVIRON = {"HOME": "/home/me", "PATH": os.defpath}

TASKFILES = (
    "simple.yml",
    "calls.yml",
    "files.yml",
    "loops.yml",
    "conditions.yml",
    "shells.yml",
    "options.yml",
)
DVC_FILES = ("simple.yaml", "commands.yaml", "matrix.yaml", "foreach.yaml")


def read(reader: Format, path: Path) -> Imported:
    options = LoadOptions(
        workspace=str(path.parent), path=str(path), environ=ENVIRON, outside=Outside(ENVIRON)
    )
    return reader.read(read_source(str(path), name=path.name), options)


def output_of(*command: str | None, folder: Path) -> str:
    words = [each for each in command if each is not None]
    found = subprocess.run(words, cwd=folder, env=ENVIRON, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout


def told_by_task(path: Path, name: str) -> tuple[list[str], list[str]]:
    """Return the needs and the commands of a task, as Task tells them."""
    sections: dict[str, list[str]] = {"dependencies:": [], "commands:": []}
    current: list[str] = []
    for line in output_of(TASK, "-t", str(path), "--summary", name, folder=path.parent).splitlines():
        current = sections.get(line, current if line.startswith(" - ") else [])
        if line.startswith(" - "):
            current.append(line.removeprefix(" - ").strip())
    return sections["dependencies:"], sections["commands:"]


def commands_of(steps: list[Step], name: str) -> list[str]:
    """Return the commands that a task itself runs here."""
    own = re.compile(re.escape(name) + r"(#\d+)?")
    runs = [step.run for step in steps if step.definition == name and own.fullmatch(step.id)]
    return [(run.text.static or "").strip() for run in runs if isinstance(run, Script)]


def task_of(step: str) -> str:
    """Return the task that a step belongs to: `pack` for `release#3/pack(KIND=zip)#1`."""
    return re.split(r"[(#]", step.rpartition("/")[2])[0]


def compare_with_task(path: Path) -> int:
    """Compare all tasks of a file; return how many there are whose commands are the same."""
    found = read(TaskfileFormat(), path)
    told = json.loads(output_of(TASK, "-t", str(path), "--list-all", "--json", folder=path.parent))
    names = {each["name"] for each in told["tasks"]}
    steps = list(found.workflow.steps)
    assert names <= {step.definition for step in steps}
    same = 0
    for name in names:
        needs, commands = told_by_task(path, name)
        before = {task_of(edge.before) for edge in found.workflow.edges if edge.after.split("#")[0] == name}
        assert before.issuperset(needs)
        same += [each for each in commands if not each.startswith("Task: ")] == commands_of(steps, name)
    return same


@needs_task
@pytest.mark.parametrize("name", TASKFILES)
def test_fixtures_have_the_tasks_that_task_finds(name: str, tmp_path: Path) -> None:
    lines = (FIXTURES / "taskfile" / name).read_text().splitlines()
    # Task refuses loops and times that it cannot read; what is not for this machine needs nothing here.
    kept = [line for line in lines if not re.match(r"  (open|slow|windows):", line)]
    path = tmp_path / "Taskfile.yml"
    path.write_text("\n".join(kept))
    assert compare_with_task(path) > 0


def generated_taskfile(rounds: random.Random) -> str:
    names = [f"t{number}" for number in range(rounds.randint(2, 8))]
    tasks: dict[str, object] = {}
    for place, name in enumerate(names):
        below = names[place + 1 :]
        cmds: list[object] = []
        for number in range(rounds.randint(0, 4)):
            kind = rounds.random()
            if kind < 0.3 and below:
                cmds.append({"task": rounds.choice(below)})
            elif kind < 0.5:
                cmds.append({"for": ["a", "b"], "cmd": f"echo {{{{.ITEM}}}} {number}"})
            else:
                cmds.append(f'echo {{{{.NAME | default "none" | upper}}}} {{{{.TASK}}}} {number}')
        deps = rounds.sample(below, min(len(below), rounds.randint(0, 2)))
        tasks[name] = {"cmds": cmds or ["echo"], "deps": deps, "vars": {"NAME": rounds.choice(["x", ""])}}
    return json.dumps({"version": "3", "tasks": tasks})


@needs_task
@pytest.mark.parametrize("seed", range(8))
def test_generated_files_have_the_commands_that_task_finds(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "Taskfile.yml"
    path.write_text(generated_taskfile(random.Random(seed)))  # noqa: S311 - the same file every time
    tasks = json.loads(path.read_text())["tasks"]
    assert compare_with_task(path) == len(tasks)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    output_of(DVC, "init", "--no-scm", "-q", folder=tmp_path)
    return tmp_path


def compare_with_dvc(path: Path) -> None:
    workflow = read(DvcFormat(), path).workflow
    names = output_of(DVC, "stage", "list", "--name-only", folder=path.parent).split()
    assert sorted(names) == sorted(step.id for step in workflow.steps)
    told = set(edges_in(output_of(DVC, "dag", "--dot", folder=path.parent)))
    assert told == {(edge.before, edge.after) for edge in workflow.edges if edge.kind is EdgeKind.DATA}


def edges_in(graph: str) -> Iterator[tuple[str, str]]:
    for line in graph.splitlines():
        before, arrow, after = line.strip().strip(";").partition("->")
        if arrow:
            yield before.strip().strip('"'), after.strip().strip('"')


@needs_dvc
@pytest.mark.parametrize("name", DVC_FILES)
def test_fixtures_have_the_stages_that_dvc_finds(name: str, repository: Path) -> None:
    folder = FIXTURES / "dvc"
    text = (folder / name).read_text()
    # DVC refuses a command that is empty and stages that cannot be unrolled.
    kept = [line for line in text.splitlines() if not re.match(r"  (open|wrong):", line)]
    (repository / "dvc.yaml").write_text("\n".join(kept).replace("  empty:\n    cmd: ''", "") + "\n")
    shutil.copy(folder / "params.yaml", repository)
    compare_with_dvc(repository / "dvc.yaml")


def generated_pipeline(rounds: random.Random) -> str:
    stages: dict[str, object] = {}
    made: list[str] = []
    for number in range(rounds.randint(3, 12)):
        own = f"d{number}/out{rounds.choice(['', '/a', '.txt'])}"
        deps = [
            each + rounds.choice(["", "/part"])
            for each in rounds.sample(made, min(len(made), rounds.randint(0, 3)))
        ]
        stages[f"s{number}"] = {"cmd": f"./make {number}", "deps": [*deps, "make"], "outs": [own]}
        made.append(own)
    items: list[str] = rounds.sample(["x", "y", "z"], 2)
    stages["each"] = {
        "foreach": items,
        "do": {"cmd": "./f ${item}", "deps": [made[0]], "outs": ["e/${item}"]},
    }
    stages["grid"] = {
        "matrix": {"a": items, "b": [1, {"c": 2}]},
        "cmd": "./g ${key}",
        "deps": ["e/${item.a}"],
        "outs": ["g/${key}"],
    }
    return json.dumps({"stages": stages})


@needs_dvc
@pytest.mark.parametrize("seed", range(4))
def test_generated_pipelines_have_the_edges_that_dvc_finds(seed: int, repository: Path) -> None:
    path = repository / "dvc.yaml"
    path.write_text(generated_pipeline(random.Random(seed)))  # noqa: S311 - the same file every time
    compare_with_dvc(path)
