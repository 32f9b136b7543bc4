"""Tools are told by name behind whatever launches them, and what they check by their options."""

from __future__ import annotations

import pytest

from wfopt.analyzer.tools import Verdict, lock_of, tool_of, verdict_of
from wfopt.model.scripts import Command, commands_of


def command(text: str) -> Command:
    (only,) = commands_of(text)
    return only


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("python -m pytest -q", "pytest"),
        ("python3.12 -X dev -m mypy", "mypy"),
        ("python x.py", "python"),
        ("uv run --python 3.12 --all-extras ruff check", "ruff"),
        ("uv run -- ruff check", "ruff"),
        ("npx --yes eslint .", "eslint"),
        ("coverage run -m pytest", "pytest"),
        ("coverage run --branch manage.py", "manage.py"),
        ("sudo uvx ruff check", "ruff"),
        ("uv run", ""),
        ("./bin/tool", "tool"),
    ],
)
def test_the_tool_is_found(text: str, name: str) -> None:
    assert tool_of(command(text)).name == name


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("flake8 src", Verdict.STYLE),
        ("ruff check", Verdict.STYLE),
        ("ruff check --fix", None),
        ("ruff format", None),
        ("ruff format --check", Verdict.STYLE),
        ("black .", None),
        ("black --check .", Verdict.STYLE),
        ("prettier --write .", None),
        ("eslint src", Verdict.STYLE),
        ("rubocop -a", None),
        ("cargo fmt --check", Verdict.STYLE),
        ("cargo fmt", None),
        ("cargo clippy", Verdict.STYLE),
        ("cargo build", None),
        ("mypy src", Verdict.TYPES),
        ("tsc", None),
        ("tsc --noEmit", Verdict.TYPES),
        ("pytest", Verdict.TESTS),
        ("go test ./...", Verdict.TESTS),
        ("npm test", Verdict.TESTS),
        ("npm run lint:css", Verdict.STYLE),
        ("yarn typecheck", Verdict.TYPES),
        ("npm run lint -- --fix", None),
        ("npm run build", None),
        ("npm ci", None),
        ("make lint", Verdict.STYLE),
        ("make lint CI=1", Verdict.STYLE),
        ("make lint build", None),
        ("make -C src lint", None),
        ("tox run", None),
        ("make", None),
        ("A=1", None),
    ],
)
def test_a_verdict_is_given_only_by_what_only_checks(text: str, verdict: Verdict | None) -> None:
    assert verdict_of(command(text)) is verdict


def test_the_verb_is_the_first_word_that_is_no_option() -> None:
    assert (tool_of(command("cargo +nightly -q test")).verb, tool_of(command("pytest -q")).verb) == (
        "test",
        "",
    )


@pytest.mark.parametrize(
    ("text", "is_locked"),
    [("cargo test", True), ("cargo fmt", False), ("terraform validate", True), ("pytest", False)],
)
def test_some_tools_lock_what_they_share(text: str, is_locked: bool) -> None:
    assert bool(lock_of(command(text))) == is_locked
