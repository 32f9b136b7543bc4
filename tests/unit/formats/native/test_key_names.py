"""Hints for keys that other tools have another name for."""

import pytest

from wfopt.errors import LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.key_names import _HERE, usual_name
from wfopt.formats.native.keys import HOOK, LISTED_STEP, STEP, WORKFLOW
from wfopt.formats.native.loader import load
from wfopt.formats.native.values import RESOURCES
from wfopt.source import SourceFile

TABLES = {"step": STEP, "item": LISTED_STEP, "hook": HOOK, "workflow": WORKFLOW}


def hints(text: str) -> list[str]:
    with pytest.raises(LoadError) as told:
        load(SourceFile("wfopt.yml", text), LoadOptions(workspace="/work"))
    return [each.hints[0] for each in told.value.diagnostics if each.message.startswith("unknown key")]


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("name", "id"),
        ("command", "run"),
        ("cmd", "run"),
        ("script", "run"),
        ("depends_on", "needs"),
        ("depends-on", "needs"),
        ("dependencies", "needs"),
        ("deps", "needs"),
        ("environment", "env"),
        ("timeout-minutes", "timeout"),
        ("working-directory", "cwd"),
        ("dir", "cwd"),
        ("sources", "inputs"),
        ("generates", "outputs"),
        ("Rules", "if"),
        ("memory", "resources"),
        ("neds", "needs"),
    ],
)
def test_in_a_step(name: str, ours: str) -> None:
    assert hints(f"wfopt: 1\nsteps:\n  - {{id: a, run: x, {name}: y}}\n") == [f"did you mean `{ours}`?"]


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("tasks", "steps"),
        ("jobs", "steps"),
        ("stages", "steps"),
        ("version", "wfopt"),
        ("variables", "env"),
        ("vars", "params"),
        ("shell", "defaults"),
        ("rules", "steps"),
    ],
)
def test_at_the_top(name: str, ours: str) -> None:
    text = f"wfopt: 1\nsteps: {{a: {{run: x}}}}\n{name}: {{b: c}}\n"
    assert hints(text) == [f"did you mean `{ours}`?"]


def test_a_step_of_a_mapping_has_no_id() -> None:
    assert hints("wfopt: 1\nsteps: {a: {run: x, name: y}}\n") == ["did you mean `description`?"]


def test_only_what_exists_is_named_and_nothing_that_is_there() -> None:
    known = {key for table in (*TABLES.values(), RESOURCES) for key in getattr(table, "keys", {})}
    known |= {"cpu", "memory"}
    assert set(_HERE) <= known
    for key, names in _HERE.items():
        assert key not in names
    assert usual_name("colour", known) is None
    assert usual_name("cmd", {"needs"}) is None


@pytest.mark.parametrize("name", ["command", "cmd", "rum"])
def test_what_is_called_otherwise_is_not_missing_as_well(name: str) -> None:
    with pytest.raises(LoadError) as told:
        load(
            SourceFile("wfopt.yml", f"wfopt: 1\nsteps:\n  a: {{{name}: x}}\n"), LoadOptions(workspace="/work")
        )
    assert [each.message for each in told.value.diagnostics] == [f"unknown key `{name}` in step `a`"]
