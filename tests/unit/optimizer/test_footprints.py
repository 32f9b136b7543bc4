"""Steps meet where one of them touches what the other one depends on, and nowhere else."""

from __future__ import annotations

import pytest

from tests.support.builders import step
from wfopt.model.effects import Effects
from wfopt.model.patterns import parse_pattern
from wfopt.optimizer.footprints import seen_meetings


def did(**sets: str) -> Effects:
    return Effects(**{name: frozenset(text.split()) for name, text in sets.items()})


def wrote(text: str) -> Effects:
    """Return the effects of a step that makes files."""
    return did(writes=text, names=text, absent=text)


def made(text: str) -> Effects:
    """Return the effects of a step that makes folders."""
    return did(writes=text, names=text, trees=text, absent=text)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (did(reads="a"), did(reads="a", lists="d", absent="b"), False),
        (wrote("a"), did(reads="a"), True),
        (wrote("a"), did(absent="a"), True),
        (wrote("a"), did(writes="a"), True),
        (wrote("a"), did(reads="b"), False),
        (wrote("a"), did(reads="ab"), False),
        (wrote("d/a"), did(lists="d"), True),
        (wrote("d/a"), did(lists="d/e"), False),
        (wrote("d/e/a"), did(lists="d"), False),
        (wrote("a"), Effects(lists=frozenset({""})), True),
        (did(writes="d/a"), did(lists="d"), False),
        (did(writes="a"), Effects(reads=frozenset({""})), False),
        (wrote("d/a"), did(reads="d"), False),
        (made("d"), did(reads="d/a"), True),
        (made("d"), did(absent="d/a/b"), True),
        (made("d"), did(lists="d"), True),
        (made("d"), wrote("d/a"), True),
        (made("d"), made("d"), True),
        (made("d"), made("d/e"), True),
        (made("d"), made("e"), False),
        (made("d"), wrote("da"), False),
        (did(writes="d e", names="d e", trees="d e"), did(reads="e/a"), True),
        (wrote("/tmp/a"), wrote("/tmp/a"), True),
        (wrote("/tmp/a"), wrote("/tmp/b"), False),
        (wrote("/tmp/a"), did(lists="/tmp"), True),
        (wrote("/tmp/a"), Effects(lists=frozenset({""})), False),
        (wrote("/a"), did(lists="/"), True),
    ],
)
def test_what_was_seen(one: Effects, other: Effects, meet: bool) -> None:
    steps = (step("a"), step("b"))
    assert seen_meetings(steps, {0: one, 1: other}) == ([2, 1] if meet else [0, 0])
    assert seen_meetings(steps, {0: other, 1: one}) == ([2, 1] if meet else [0, 0])


@pytest.mark.parametrize(
    ("inputs", "outputs", "other", "meet"),
    [
        ("a", "", did(reads="a"), False),
        ("a", "", wrote("a"), True),
        ("d", "", wrote("d/a"), True),
        ("d/", "", wrote("d/e/a"), True),
        ("*.c", "", wrote("a.c"), True),
        ("*.c", "", wrote("a.h"), False),
        ("*.c", "", wrote("d/a.c"), False),
        ("!a", "", wrote("a"), False),
        ("d/e", "", did(writes="d x", names="d x", trees="d x"), True),
        ("d/e", "", wrote("d/f"), False),
        ("", "a", did(reads="a"), True),
        ("", "a", did(absent="a"), True),
        ("", "a", wrote("a"), True),
        ("", "a", did(reads="b"), False),
        ("", "!a", did(reads="a"), False),
        ("", "d/a", did(lists="d"), True),
        ("", "d/a", did(absent="d"), True),
        ("", "d/a", made("d"), True),
        ("", "d/a", did(reads="d"), False),
        ("", "d/a", Effects(lists=frozenset({""})), True),
        ("", "d/a", did(lists="e"), False),
        ("", "d/", did(lists="d/e"), True),
        ("", "*.o", did(reads="a.o"), True),
        ("", "*.o", did(reads="a.c"), False),
        ("", "*.o", Effects(lists=frozenset({""})), True),
        ("", "d/*.o", did(lists="e"), False),
        ("", "**/*.o", did(lists="e"), True),
        ("", "**/*.o", did(lists="/tmp"), False),
    ],
)
def test_what_is_declared_beside_what_was_seen(inputs: str, outputs: str, other: Effects, meet: bool) -> None:
    declared = step(
        "a",
        inputs=tuple(parse_pattern(each) for each in inputs.split()),
        outputs=tuple(parse_pattern(each) for each in outputs.split()),
    )
    assert seen_meetings((declared, step("b")), {1: other}) == ([2, 1] if meet else [0, 0])
