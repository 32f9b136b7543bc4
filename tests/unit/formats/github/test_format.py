"""How files of GitHub Actions are told from others."""

import pytest

from wfopt.formats.github.format import GithubFormat
from wfopt.formats.load_options import LoadOptions
from wfopt.source import SourceFile


@pytest.mark.parametrize(
    ("path", "keys", "expected"),
    [
        (".github/workflows/ci.yml", ["name"], True),
        ("/repo/.github/workflows/ci.yaml", [], True),
        ("repo__.github__workflows__ci.yml", ["name", "on", "jobs"], True),
        ("ci.yml", ["jobs", "stages"], False),
        (".github/dependabot.yml", ["version", "updates"], False),
    ],
)
def test_claims(path: str, keys: list[str], expected: bool) -> None:
    assert GithubFormat().claims(path, keys) is expected


def test_reading() -> None:
    source = SourceFile("ci.yml", "on: push\njobs: {a: {steps: [{run: a}]}}")
    found = GithubFormat().read(source, LoadOptions(workspace="/work"))
    assert (found.format, len(found.workflow.steps), found.runnable) == ("github", 1, 1)
