"""The workflows in the README are right, and its options exist."""

import re
from pathlib import Path

import pytest
from typer.main import get_group

from wfopt.cli.app import app
from wfopt.formats.native.loader import LoadOptions, load
from wfopt.source import SourceFile

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
WORKFLOWS = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("text", WORKFLOWS)
def test_a_workflow_loads_without_any_remark(text: str, tmp_path: Path) -> None:
    whole = text if text.startswith("wfopt: 1") else f"wfopt: 1\n{text}"
    workflow, remarks = load(SourceFile("wfopt.yml", whole), LoadOptions(workspace=str(tmp_path)))
    assert workflow.steps
    assert remarks == ()


def test_the_readme_shows_workflows() -> None:
    assert len(WORKFLOWS) == 2


def test_options_exist() -> None:
    command = get_group(app).commands["run"]
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    used = README.partition("## Work on it")[0]
    mentioned = set(re.findall(r"(?<=[` ])--[a-z-]+(?=[` =:])|(?<=`)-[a-zA-Z](?=`)", used))
    assert mentioned - known == {"--help", "--install-completion"}
