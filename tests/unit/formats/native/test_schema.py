"""The JSON Schema says what the loader's tables say, and accepts what the loader accepts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from wfopt.api.schema import schema
from wfopt.formats.native import keys
from wfopt.formats.native.records import Fields

ROOT = Path(__file__).parents[4]
SAMPLES = sorted((ROOT / "sample_workflows").glob("*/wfopt.yml"))
FIXTURES = sorted((ROOT / "tests" / "fixtures" / "formats" / "ok").glob("*.yml"))
TABLES = {name: table for name, table in vars(keys).items() if isinstance(table, Fields)}


def key_sets(node: Any) -> set[frozenset[str]]:
    """Return the key sets of all mappings with known keys in a schema."""
    found: set[frozenset[str]] = set()
    if isinstance(node, dict):
        if "properties" in node and "patternProperties" in node:
            found.add(frozenset(node["properties"]))
        for value in node.values():
            found |= key_sets(value)
    elif isinstance(node, list):
        for value in node:
            found |= key_sets(value)
    return found


def complaints(text: str) -> list[str]:
    # The safe loader reads YAML 1.1; the files avoid what 1.2 reads otherwise.
    return [error.message for error in Draft202012Validator(schema()).iter_errors(yaml.safe_load(text))]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", [*SAMPLES, *FIXTURES], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_good_files_validate(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("max_parallel", "max-parallel")
    assert complaints(text) == []


@pytest.mark.parametrize("name", TABLES)
def test_every_table_stands_in_the_schema(name: str) -> None:
    assert frozenset(TABLES[name].keys) in key_sets(schema())


def test_every_known_mapping_of_the_schema_has_keys_of_a_table() -> None:
    nested = {"retries": keys.RETRIES, "cache": keys.CACHE_KEYS, "rollback": keys.ROLLBACK}
    inner = set().union(*(key_sets(shape.schema()) for shape in nested.values()))
    capture = frozenset({"stdout"})
    tables = {frozenset(table.keys) for table in TABLES.values()}
    assert key_sets(schema()) == tables | inner | {capture}


@pytest.mark.parametrize(
    "text",
    [
        "steps: {a: {run: x}}",
        "wfopt: 2\nsteps: {a: {run: x}}",
        "wfopt: 1",
        "wfopt: 1\nsteps: {a: {}}",
        "wfopt: 1\nsteps: {a: {run: x, neds: b}}",
        "wfopt: 1\nsteps: {a: {run: x, timeout: 10}}",
        "wfopt: 1\nsteps: {a: {run: x, quiet: 'maybe'}}",
        "wfopt: 1\nsteps: {a: {id: a, run: x}}",
    ],
)
def test_bad_files_do_not_validate(text: str) -> None:
    assert complaints(text)
