"""Installs of what a project depends on are found; those of a tool or two are not."""

from __future__ import annotations

import pytest

from wfopt.analyzer.installs import install_of
from wfopt.model.scripts import commands_of


@pytest.mark.parametrize(
    ("text", "manager", "locked"),
    [
        ("npm ci", "npm", True),
        ("npm install", "npm", False),
        ("npm i --no-audit", "npm", False),
        ("yarn", "yarn", False),
        ("yarn --frozen-lockfile", "yarn", True),
        ("yarn install --immutable", "yarn", True),
        ("pnpm install --frozen-lockfile", "pnpm", True),
        ("pip install -r requirements.txt", "pip", True),
        ("pip install -rrequirements.txt", "pip", True),
        ("pip install --requirement dev/requirements.txt", "pip", True),
        ("pip install -r requirements-dev.txt", "pip", False),
        ("pip install -e .[test]", "pip", False),
        ("pip install a b c", "pip", False),
        ("uv pip install -e .", "uv", False),
        ("uv sync --locked", "uv", True),
        ("poetry install", "poetry", False),
        ("pipenv sync", "pipenv", True),
        ("cargo clippy", "cargo", False),
        ("go mod download", "go", False),
        ("./mvnw -B verify", "maven", False),
        ("./gradlew build", "gradle", False),
        ("bundle install", "bundler", False),
        ("composer install", "composer", False),
        ("conda env create -f env.yml", "conda", False),
    ],
)
def test_installs(text: str, manager: str, locked: bool) -> None:
    found = install_of(commands_of(text)[0])
    assert found is not None
    assert (found.manager.name, found.locked) == (manager, locked)


@pytest.mark.parametrize(
    "text",
    [
        "npm install -g typescript",
        "npm install typescript",
        "npm test",
        "yarn build",
        "pip install --upgrade pip",
        "pip install --upgrade pip setuptools wheel",
        "pip install build twine",
        "pip list",
        "uv pip list",
        "uv build",
        "mvn --version",
        "./gradlew",
        "gradle wrapper",
        "apt-get install -y gcc",
        "pipenv install ruff",
        "make",
        "X=1",
    ],
)
def test_no_installs(text: str) -> None:
    assert install_of(commands_of(text)[0]) is None
