"""The workflows in the README are right, and its options exist."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_group

from wfopt.cli.app import app
from wfopt.formats.native.loader import LoadOptions, load
from wfopt.optimizer.registry import PASSES
from wfopt.source import SourceFile

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = get_group(app).commands
WORKFLOWS = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("text", WORKFLOWS)
def test_a_workflow_loads_without_any_remark(text: str, tmp_path: Path) -> None:
    whole = text if text.startswith("wfopt: 1") else f"wfopt: 1\n{text}"
    workflow, remarks = load(SourceFile("wfopt.yml", whole), LoadOptions(workspace=str(tmp_path)))
    assert workflow.steps
    assert remarks == ()


def test_the_readme_shows_workflows() -> None:
    assert len(WORKFLOWS) == 4


def test_options_exist() -> None:
    used = README.partition("## Work on it")[0].splitlines()
    others = ("wfopt cache ", "wfopt stats ", "$ wfopt optimize ", "wfopt optimize ", "wfopt predict ")
    rest = "\n".join(line for line in used if not line.startswith(others))
    mentioned = set(re.findall(r"(?<=[` ])--[a-z][a-z-]*(?=[` =:;])|(?<=`)-[a-zA-Z](?=`)", rest))
    known = {
        each
        for name in ("run", "analyze", "optimize", "predict", "stats")
        for each in options(COMMANDS[name])
    }
    assert mentioned - known == {"--help", "--install-completion"}


@pytest.mark.parametrize("line", [line for line in README.splitlines() if line.startswith("wfopt cache ")])
def test_cache_commands_have_their_options(line: str) -> None:
    words = line.partition("#")[0].split()[2:]
    group = COMMANDS["cache"]
    assert isinstance(group, TyperGroup)
    assert {word for word in words if word.startswith("-")} <= options(group.commands[words[0]])


@pytest.mark.parametrize("line", [line for line in README.splitlines() if line.startswith("wfopt stats ")])
def test_stats_have_their_options(line: str) -> None:
    words = line.partition("#")[0].split()[2:]
    assert {word for word in words if word.startswith("--")} <= options(COMMANDS["stats"])


@pytest.mark.parametrize("line", [line for line in README.splitlines() if "wfopt analyze " in line])
def test_analyses_have_their_options(line: str) -> None:
    words = line.partition("wfopt analyze ")[2].partition("#")[0].split()
    assert {word for word in words if word.startswith("-")} <= options(COMMANDS["analyze"])


@pytest.mark.parametrize("line", [line for line in README.splitlines() if "wfopt optimize " in line])
def test_optimizations_have_their_options(line: str) -> None:
    words = line.partition("wfopt optimize ")[2].partition("#")[0].split()
    assert {word for word in words if word.startswith("-")} <= options(COMMANDS["optimize"])


@pytest.mark.parametrize("line", [line for line in README.splitlines() if "wfopt predict " in line])
def test_predictions_have_their_options(line: str) -> None:
    words = line.partition("wfopt predict ")[2].partition("#")[0].split()
    assert {word for word in words if word.startswith("-")} <= options(COMMANDS["predict"])


def test_every_pass_is_in_the_table() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| ([a-z]+) \| (.*) \|$", README, re.MULTILINE)
    assert rows == [(each.name, each.level.value, each.summary) for each in PASSES]


def options(command: Any) -> set[str]:
    return {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
