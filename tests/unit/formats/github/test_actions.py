"""The table of known actions."""

import subprocess

import pytest

from wfopt.formats.github.actions import HANDING, KNOWN, name_of, stand_in
from wfopt.model.expressions import Template
from wfopt.model.workflow import Argv, Script


@pytest.mark.parametrize(
    ("uses", "name"),
    [
        ("actions/checkout@v4", "actions/checkout"),
        ("Swatinem/Rust-Cache@v2", "swatinem/rust-cache"),
        ("actions/cache/restore@v4", "actions/cache/restore"),
        (" docker://alpine:3 ", "docker://alpine:3"),
    ],
)
def test_names(uses: str, name: str) -> None:
    assert name_of(uses) == name


def test_tables_are_in_lower_case() -> None:
    assert [name for name in (*KNOWN, *HANDING) if name != name.lower()] == []


def test_nothing_is_done_for_a_checkout() -> None:
    assert stand_in("actions/checkout") == Argv((Template.plain("true"),))
    assert stand_in("owner/unknown") is None


@pytest.mark.parametrize(("path", "status"), [("/usr/bin:/bin", 0), ("/nowhere", 1)])
def test_a_tool_is_looked_for(path: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        KNOWN, "x/setup", KNOWN["actions/setup-node"].__class__(why="", tools=("nope-1", "env"))
    )
    found = stand_in("x/setup")
    stand_in.cache_clear()
    assert isinstance(found, Script)
    command = ["/bin/sh", *found.shell.argv[1:], found.text.static or ""]
    done = subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stderr == "x/setup: nope-1 or env is not on PATH; install it\n" * status
