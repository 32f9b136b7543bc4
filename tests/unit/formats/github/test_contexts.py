"""The table of values that a run here can have."""

import re

from wfopt.formats.github.contexts import SERVICE, VARIABLES
from wfopt.model.expressions import CONTEXTS


def test_names_are_those_of_variables() -> None:
    assert VARIABLES["github", "ref_name"] == "GITHUB_REF_NAME"
    assert VARIABLES["runner", "os"] == "RUNNER_OS"
    assert [name for name in VARIABLES.values() if not re.fullmatch(r"[A-Z_]+", name)] == []


def test_secrets_and_payloads_are_not_among_them() -> None:
    assert {("github", "token"), ("github", "event"), ("secrets", "x")}.isdisjoint(VARIABLES)
    assert SERVICE not in CONTEXTS
