"""Options from the environment and from config files, seen from outside."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.support.commands import run

pytestmark = pytest.mark.slow

WORKFLOW = """wfopt: 1
params:
  who: world
steps:
  hello:
    run: echo "hello $WFOPT_PARAM_WHO, ${WFOPT_JOBS:-no jobs}"
  bad:
    run: exit 1
  late:
    needs: [hello]
    run: touch late
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "wfopt.yml").write_text(WORKFLOW)
    return tmp_path


def test_a_config_file_sets_options_and_params(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        '[tool.wfopt]\nkeep-going = true\nformat = "json"\nstate-dir = "state"\nparam.who = "moon"\n'
    )
    below = folder / "below"
    below.mkdir()
    done = run(["run", "../wfopt.yml"], below)
    assert json.loads(done.stdout)["counts"]["succeeded"] == 2
    assert "hello moon" in done.stderr
    assert (folder / "late").exists()
    assert (folder / "state" / "runs").is_dir()
    assert not (folder / ".wfopt").exists()


def test_the_environment_goes_before_the_config_and_the_command_line_before_both(folder: Path) -> None:
    (folder / ".wfopt.toml").write_text('format = "json"\n[param]\nwho = "config"\n')
    environ = {"WFOPT_FORMAT": "table", "WFOPT_PARAM_WHO": "environment"}
    assert "hello environment" in run(["run", "hello"], folder, env=environ).stdout
    assert "hello typed" in run(["run", "hello", "-p", "who=typed"], folder, env=environ).stdout


def test_a_wrong_config_is_2_and_runs_nothing(folder: Path) -> None:
    (folder / ".wfopt.toml").write_text("jobs = 2\nkeepgoing = true\n")
    done = run(["run"], folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert " --> .wfopt.toml:2:1" in done.stderr
    assert "did you mean `keep-going`?" in done.stderr
    assert not (folder / ".wfopt").exists()


def test_inside_a_step_the_config_counts_but_not_the_variables(folder: Path) -> None:
    (folder / ".wfopt.toml").write_text("jobs = 7\n")
    command = shlex.join([sys.executable, "-m", "wfopt", "run", "--show-config"])
    (folder / "outer.yml").write_text(f"wfopt: 1\nsteps:\n  outer:\n    run: {command}\n")
    done = run(["run", "outer.yml"], folder, env={"WFOPT_CPUS": "3"})
    words = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("[outer] ")]
    assert ["jobs", "7", ".wfopt.toml"] in words
    assert ["cpus", "-", "default"] in words
