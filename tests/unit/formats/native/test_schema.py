"""The JSON Schema says what the loader's tables say, and accepts what the loader accepts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from wfopt.api.schema import schema
from wfopt.codes import (
    BAD_EFFECTS,
    BAD_ENV,
    BAD_ROLLBACK,
    BAD_SIZE,
    HOOK_NEEDS_STEP,
    MISSING_RUN,
    NO_STEPS,
    UNKNOWN_KEY,
    UNSUPPORTED_VERSION,
    WRONG_TYPE,
)
from wfopt.errors import LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native import keys, values
from wfopt.formats.native.loader import load
from wfopt.formats.native.records import Fields
from wfopt.formats.positions import Node, ScalarNode, SequenceNode, parse_yaml
from wfopt.formats.scalars import value_of
from wfopt.source import SourceFile

ROOT = Path(__file__).parents[4]
SAMPLES = sorted((ROOT / "sample_workflows").glob("*/wfopt.yml"))
FOLDER = ROOT / "tests" / "fixtures" / "formats"
FIXTURES = sorted((FOLDER / "ok").rglob("*.yml"))
BROKEN = sorted((FOLDER / "err").glob("*.yml"))
AT_FIRST_SIGHT = {
    code.number
    for code in (
        UNSUPPORTED_VERSION,
        UNKNOWN_KEY,
        NO_STEPS,
        MISSING_RUN,
        WRONG_TYPE,
        BAD_ENV,
        BAD_SIZE,
        BAD_EFFECTS,
        BAD_ROLLBACK,
        HOOK_NEEDS_STEP,
    )
}
"""Problems that need no look at other steps, params or files."""

TABLES = {name: table for name, table in {**vars(values), **vars(keys)}.items() if isinstance(table, Fields)}


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


def plain(node: Node) -> Any:
    """Return what a node stands for, as YAML 1.2 has it."""
    if isinstance(node, ScalarNode):
        return value_of(node.text, plain=node.plain)
    if isinstance(node, SequenceNode):
        return [plain(each) for each in node.items]
    return {key.text: plain(value) for key, value in node.pairs}


def complaints(text: str) -> list[str]:
    """Return what the schema says against a file."""
    root, _ = parse_yaml(SourceFile("a.yml", text))
    return [error.message for error in Draft202012Validator(schema()).iter_errors(plain(root))]


def load_errors(path: Path) -> set[str]:
    """Return the codes of what the loader says against a file, as the file beside it has them."""
    said = path.with_suffix(".out").read_text(encoding="utf-8")
    return set(re.findall(r"^error\[(\w+)\]", said, re.MULTILINE))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", [*SAMPLES, *FIXTURES], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_good_files_validate(path: Path) -> None:
    assert complaints(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_what_is_wrong_at_first_sight_does_not_validate(path: Path) -> None:
    try:
        said = complaints(path.read_text(encoding="utf-8"))
    except LoadError:
        return
    assert said or not load_errors(path) & AT_FIRST_SIGHT


@pytest.mark.parametrize("name", TABLES)
def test_every_table_stands_in_the_schema(name: str) -> None:
    assert frozenset(TABLES[name].keys) in key_sets(schema())


def test_every_known_mapping_of_the_schema_has_keys_of_a_table() -> None:
    nested = {
        "retries": keys.RETRIES,
        "cache": keys.CACHE_KEYS,
        "rollback": keys.ROLLBACK,
        "x-size": values.SIZES,
    }
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
        "wfopt: 1\nsteps: {}",
        "wfopt: 1\nsteps: {a b: {run: x}}",
        "wfopt: 1\nsteps: [{id: a b, run: x}]",
        "wfopt: 1\nsteps: {a: {run: }}",
        "wfopt: 1\nsteps: {a: {run: ' '}}",
        "wfopt: 1\nsteps: {a: {run: x, timeout: 1s1h}}",
        "wfopt: 1\nsteps: {a: {run: x, timeout: ''}}",
        "wfopt: 1\nsteps: {a: {run: x, resources: {cpu: two}}}",
        "wfopt: 1\nsteps: {a: {run: x, matrix: {v: 1}}}",
        "wfopt: 1\nsteps: {a: {run: x, cache: {key: [{file: a, env: B}]}}}",
        "wfopt: 1\nsteps: {a: {run: x, retries: {max: 1, when: []}}}",
        "wfopt: 1\nsteps: {a: {run: x, capture: {}}}",
        "wfopt: 1\nsteps: {a: {run: x, secrets: 1A}}",
        "wfopt: 1\nsteps: {a: {run: x, env: {a-b: c}}}",
        "wfopt: 1\nsteps: {a: {run: x, x-duration: 5}}",
        "wfopt: 1\nsteps: {a: {run: x, x-size: {liens: a}}}",
        "wfopt: 1\nsteps: {a: {run: x, x-size: []}}",
        "wfopt: 1\nsteps: {a: {run: x, inputs: ['']}}",
        "wfopt: 1\nsteps: {a: {run: x, keep_on-failur: true}}",
        "wfopt: 1\nfinally: {a: {run: x, needs: b}}\nsteps: {a: {run: x}}",
        "wfopt: 1\ninclude: [{path: a.yml, as: a/b}]\nsteps: {a: {run: x}}",
        "wfopt: 1\nparams: {a b: x}\nsteps: {a: {run: x}}",
    ],
)
def test_bad_files_do_not_validate(text: str) -> None:
    assert complaints(text)


@pytest.mark.parametrize("name", sorted(set(keys.STEP.keys) - {"run"}))
def test_null_is_as_good_as_absent(name: str) -> None:
    assert_fine(f"wfopt: 1\nsteps: {{a: {{run: x, {name}: }}}}")


@pytest.mark.parametrize(
    "step",
    [
        "keep_on_failure: true",
        "keep-on_failure: true",
        "resources: {cpu: '0.5', memory: 1.5 GB}",
        "resources: {cpu: 2}",
        "timeout: 2m 05s",
        "timeout: ' 1d1h1m1s1ms '",
        "timeout: 0.5m",
        "timeout: '${{ params.t }}'",
        "matrix: {v: [1, null, a], include: [{v: ~, w: 2.5}]}",
        "foreach: {a: ~, b: {c: ~}}",
        "env: {A: ~, B: true, C: 1.50}",
        "allow-failure: [1, 255]",
        "rollback: {run: [a, 1, true]}",
        "capture: {stdout: a-b}",
        "x_duration: 5s",
        "x-own: {any: [thing]}",
    ],
)
def test_unusual_values_that_load_also_validate(step: str) -> None:
    assert_fine(f"wfopt: 1\nparams: {{t: 5s, none: }}\nsteps: {{a: {{run: x, {step}}}}}")


def assert_fine(text: str) -> None:
    load(SourceFile("a.yml", text), LoadOptions(workspace="/nowhere"))
    assert complaints(text) == []
