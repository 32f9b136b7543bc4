"""Loaded workflows come back from text exactly as they were, and nothing is written twice."""

import json
import math
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import step, workflow
from tests.support.kept import any_value, differences
from wfopt.codes import CPU_CLAMPED
from wfopt.errors import Diagnostic, LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.formats.parsed.decoding import decode
from wfopt.formats.parsed.encoding import NotStorableError, encode
from wfopt.formats.parsed.kinds import ROOT
from wfopt.formats.reading import read_source
from wfopt.model.expressions import Literal, Not, Template, Value
from wfopt.model.workflow import Argv, Workflow
from wfopt.source import SourceFile, Span

ROOT_FOLDER = Path(__file__).parents[4]
FOLDERS = (
    "tests/fixtures/formats/ok",
    "tests/fixtures/keys",
    "tests/fixtures/semantics",
    "sample_workflows",
)


def loaded(folder: str) -> dict[str, tuple[Workflow, tuple[Diagnostic, ...]]]:
    """Return what the workflow files below a folder come to, as far as they can be loaded."""
    found = {}
    for path in sorted((ROOT_FOLDER / folder).rglob("*.yml")):
        options = LoadOptions(workspace=str(path.parent), path=str(path), environ={"FROM_ENV": "outside"})
        try:
            found[str(path)] = load(read_source(str(path)), options)
        except LoadError:
            continue
    return found


def with_literal(value: Value) -> Workflow:
    return workflow([step("a", condition=Literal(value))])


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS)
def test_loaded_workflows_come_back_as_they_were(folder: str) -> None:
    found = loaded(folder)
    assert len(found) > 5
    for path, (before, remarks) in found.items():
        assert before.source is not None
        outside = [before.source.text, *(each.text for each in before.included)]
        text = encode(before, remarks, outside).text
        after = decode(text, outside)
        assert after is not None, path
        assert after[0] == before
        assert differences(after, (before, remarks)) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_the_types_allow_comes_back(seed: int) -> None:
    root = any_value(ROOT, Random(seed))  # noqa: S311 - it need not be hard to guess
    text = encode(*root, []).text
    assert text.isascii()
    assert differences(decode(text, []), root) == []


@pytest.mark.parametrize(
    "value",
    [
        (1, 1.0, True, "1"),
        (0.0, -0.0, False, 0),
        (math.inf, -math.inf, 1e300, 5e-324),
        (10**300, -1),
        ("\ud800", "\udcff", "\0", "é", "\u2028"),
        ((), ((),), ((), (), (), (), ())),
        {"a": {"b": (None,)}, "": {}},
    ],
)
def test_values_keep_their_types(value: Value) -> None:
    before = with_literal(value)
    after = decode(encode(before, (), []).text, [])
    assert after is not None
    assert differences(after[0], before) == []


def test_what_is_shared_stays_shared() -> None:
    source = SourceFile("w.yml", "text")
    spans = [Span(source, number, 1, number, 2) for number in (1, 1, 2)]
    before = workflow([step(f"s{place}", span=span) for place, span in enumerate(spans)])
    after = decode(encode(before, (), []).text, [])
    assert after is not None
    first, second, third = after[0].steps
    assert first.span is second.span is not third.span
    assert first.span is not None
    assert third.span is not None
    assert first.span.source is third.span.source
    assert first.request is second.request


def test_codes_are_the_ones_of_the_program() -> None:
    remark = Diagnostic(code=CPU_CLAMPED, message="m")
    after = decode(encode(workflow(["a"]), (remark,), []).text, [])
    assert after is not None
    assert after[1][0].code is CPU_CLAMPED


@pytest.mark.parametrize("line", [1, 255, 256, 65_535, 65_536, 2**32 - 1])
def test_places_far_down_come_back(line: int) -> None:
    spans = [Span(SourceFile("w.yml", ""), each, 1, each, 2) for each in (0, line)]
    before = workflow([step(f"s{place}", span=span) for place, span in enumerate(spans)])
    after = decode(encode(before, (), []).text, [])
    assert after is not None
    assert [each.span for each in after[0].steps] == spans


def test_places_beyond_all_files_are_refused() -> None:
    spans = [Span(SourceFile("w.yml", ""), each, 1, each, 2) for each in (0, 2**32)]
    before = workflow([step(f"s{place}", span=span) for place, span in enumerate(spans)])
    with pytest.raises(NotStorableError, match="large"):
        encode(before, (), [])


def test_texts_outside_are_not_written() -> None:
    source = SourceFile("w.yml", "the text of the file")
    before = workflow([step("a", span=Span(source, 1, 1, 1, 2))])
    encoded = encode(before, (), ["another", source.text])
    assert source.text not in encoded.text
    assert source.text not in encoded.atoms
    after = decode(encoded.text, ["another", "changed"])
    assert after is not None
    assert after[0].steps[0].span is not None
    assert after[0].steps[0].span.source.text == "changed"


def test_all_texts_and_numbers_are_told() -> None:
    before = workflow([step("a", run=Argv((Template.plain("run it"),)), condition=Literal((4711, 1.5)))])
    assert {"a", "run it", "4711", "1.5"} <= set(encode(before, (), []).atoms)


def test_a_large_workflow_stays_small() -> None:
    steps = [step(f"s{number}") for number in range(1000)]
    text = encode(workflow(steps), (), []).text
    assert len(text) < 1000 * 60
    names = [group[0] for group in json.loads(text)]
    assert names.count("Step") == 1


class Strange(str):
    __slots__ = ()


@pytest.mark.parametrize("value", [[1], {1}, b"1", Strange("a"), object(), Path("a")])
def test_what_is_not_known_is_refused(value: Any) -> None:
    with pytest.raises(NotStorableError, match=type(value).__name__):
        encode(with_literal(value), (), [])


def test_what_is_nested_too_deeply_is_refused() -> None:
    condition: Any = Literal(value=True)
    for _ in range(5000):
        condition = Not(condition)
    with pytest.raises(NotStorableError, match="deeply"):
        encode(workflow([step("a", condition=condition)]), (), [])
