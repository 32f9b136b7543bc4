"""Whatever is odd in the text of a loaded workflow ends its reading, quietly."""

import json
from base64 import b64encode
from struct import pack
from typing import Any

import pytest

from tests.support.builders import step, workflow
from wfopt.codes import CPU_CLAMPED
from wfopt.errors import Diagnostic, Label
from wfopt.formats.parsed.decoding import decode
from wfopt.formats.parsed.encoding import encode
from wfopt.model.expressions import Template
from wfopt.model.patterns import PathPattern
from wfopt.source import SourceFile, Span

SOURCE = SourceFile("w.yml", "outside")
SPAN = Span(SOURCE, 1, 2, 3, 4)
WORKFLOW = workflow(
    [
        step("a", env={"A": Template.plain("1", SPAN), "B": None}, allow_failure=frozenset({1, 2})),
        step("b", inputs=(PathPattern("x"), PathPattern("y", span=SPAN)), timeout_s=1.5),
    ],
    [("a", "b")],
)
REMARKS = (Diagnostic(code=CPU_CLAMPED, message="m", primary=Label(SPAN)),)
TEXT = encode(WORKFLOW, REMARKS, [SOURCE.text]).text
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    10**6,
    10**30,
    "",
    "x",
    "AAAA",
    "BAA==",
    "HAAA=",
    "IAAAAAA==",
    "I/////w==",
    "QAAAAAAAAAAA=",
    [],
    {},
    [None],
    [True],
    [[]],
    ["none"],
)


def packed(*numbers: int) -> str:
    return "I" + b64encode(pack(f"={len(numbers)}I", *numbers)).decode()


def test_the_text_is_fine_as_it_is() -> None:
    assert decode(TEXT, [SOURCE.text]) == (WORKFLOW, REMARKS)


@pytest.mark.slow
@pytest.mark.untraced
def test_no_part_of_the_text_is_enough() -> None:
    assert [end for end in range(len(TEXT)) if decode(TEXT[:end], [SOURCE.text]) is not None] == []


@pytest.mark.slow
@pytest.mark.untraced
def test_odd_cells_never_raise() -> None:
    groups = json.loads(TEXT)
    refused = tried = 0
    for place, group in enumerate(groups):
        for cell in range(len(group)):
            for odd in ODD:
                changed = [*groups[:place], [*group[:cell], odd, *group[cell + 1 :]], *groups[place + 1 :]]
                tried += 1
                refused += decode(json.dumps(changed), [SOURCE.text]) is None
    # The others are well formed: another position of the same kind, or another text.
    assert refused > tried * 0.8


@pytest.mark.parametrize("change", ["missing", "twice", "longer", "shorter"])
def test_groups_are_complete(change: str) -> None:
    groups = json.loads(TEXT)
    for place, group in enumerate(groups):
        changed = {
            "missing": groups[:place] + groups[place + 1 :],
            "twice": [*groups, group],
            "longer": [*groups[:place], [*group, 0], *groups[place + 1 :]],
            "shorter": [*groups[:place], group[:-1], *groups[place + 1 :]],
        }[change]
        if changed != [*groups, groups[-1]]:
            assert decode(json.dumps(changed), [SOURCE.text]) is None, group


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "0",
        "{}",
        "[]",
        "[[]]",
        "[0]",
        "[[0]]",
        '[["str", ["a"]]]',
        '[["str", []]]',
        '[["str", ["a", 1]]]',
        '[["int", [true]]]',
        '[["bool", [1]]]',
        '[["float", [1]]]',
        '[["NoneType", [0]]]',
        '[["object", 1]]',
        '[["os.system", ["true"]]]',
        '[["EdgeKind", ["dat"]]]',
        '[["EdgeKind", [["data"]]]]',
        '[["Origin", [true]]]',
        '[["Origin", [4096]]]',
        '[["Code", ["WF999"]]]',
        '[["Code", [0]]]',
        '[["Shell", 1, 0, 0]]',
        '[["str", ["a"]], ["Shell", 1, 0, 0]]',
        '[["str", ["a"]], ["SourceFile", 0, 0, 0]]',
        '[["str", ["a"]], ["SourceFile", 10000, 0, 0]]',
        '[["str", ["a"]], ["SourceFile", true, 0, 0]]',
        '[["str", ["a"]], ["SourceFile", 1, -1, 0]]',
        '[["str", ["a"]], ["SourceFile", 1, 0, 1]]',
        '[["str", ["a"]], ["Span", 1, 0, 1, 1, 1, 1]]',
        '[["str", ["a"]], ["tuple", 1, 5, "BAAAAAAA="]]',
        '[["str", ["a"]], ["tuple", 1, 0, ""]]',
        '[["str", ["a"]], ["tuples", 1, -1, ""]]',
        '[["str", ["a"]], ["tuples", 1, 100000, 0]]',
        "[" * 100_000,
        "\ud800",
    ],
)
def test_texts_of_something_else_are_refused(text: str) -> None:
    assert decode(text, []) is None


def first(name: str) -> int:
    """Return the position of the first value of a kind; the text outside has the position 0."""
    position = 1
    for group in json.loads(TEXT):
        if group[0] == name:
            return position
        position += len(group[1]) if isinstance(group[1], list) else group[1]
    raise AssertionError(name)


def with_group(group: list[Any]) -> str:
    """Return the text with one more group, to which nothing refers."""
    groups = json.loads(TEXT)
    return json.dumps([*groups[:-1], group, groups[-1]])


STR, INT, FLOAT, FILE, SPAN_AT = map(first, ("str", "int", "float", "SourceFile", "Span"))


@pytest.mark.parametrize(
    "group",
    [
        ["Span", 1, FILE, 1, 2, 3, 4],
        ["SourceFile", 1, STR, 0],
        ["SourceFile", 2, STR, packed(0, STR)],
        ["Label", 1, SPAN_AT, STR],
        ["tuple", 1, 2, packed(STR, INT)],
        ["tuple", 2, 1, packed(STR, INT)],
        ["tuples", 2, packed(0, 1), packed(STR)],
        ["tuples", 1, 2, STR],
        ["frozenset", 1, 2, packed(STR, INT)],
        ["dict", 1, 2, packed(STR, 0), packed(STR, STR)],
        ["int", [1, 2]],
    ],
)
def test_more_groups_do_no_harm(group: list[Any]) -> None:
    assert decode(with_group(group), [SOURCE.text]) == (WORKFLOW, REMARKS)


@pytest.mark.parametrize(
    "group",
    [
        ["Span", 1, STR, 1, 2, 3, 4],
        ["Span", 1, FILE, 1, 2, 3],
        ["Span", 1, FILE, 1, 2, 3, 4, 5],
        ["Span", 2, FILE, 1, 2, 3, packed(4)],
        ["SourceFile", 1, STR, INT],
        ["SourceFile", 2, STR, packed(STR, INT)],
        ["SourceFile", 1, STR],
        ["SourceFile", 1, STR, STR, STR],
        ["SourceFile", 1, STR, -1],
        ["SourceFile", 1, STR, 10_000],
        ["SourceFile", 2, STR, packed(STR, 10_000)],
        ["SourceFile", 2, STR, packed(STR)],
        ["SourceFile", 2, STR, [STR, STR]],
        ["Label", 1, STR, STR],
        ["tuple", 1, 2, packed(STR)],
        ["tuple", 1, 5, packed(STR, STR, STR, STR, STR)],
        ["tuples", 2, packed(1), packed(STR, STR)],
        ["tuples", 1, 5, -1],
        ["frozenset", 1, 2, packed(STR, STR)],
        ["dict", 1, 2, packed(STR, STR), packed(STR, STR)],
        ["dict", 1, 1, packed(first("dict")), packed(STR)],
    ],
)
def test_odd_groups_are_refused_even_if_nothing_refers_to_them(group: list[Any]) -> None:
    assert decode(with_group(group), [SOURCE.text]) is None


def test_a_text_outside_that_is_missing_is_noticed() -> None:
    assert decode(TEXT, []) is None
