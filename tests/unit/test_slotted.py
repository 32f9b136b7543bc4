"""Classes that are defined the quick way behave as those of the standard library."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfopt.slotted import define, field, names_of, replace

ROOT = Path(__file__).parents[2]


def _classes(dataclass: Callable[..., Any], field: Callable[..., Any]) -> tuple[Any, ...]:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Value:
        """A value."""

        name: str
        size: int = 0
        parts: list[int] = field(default_factory=list, compare=False)
        note: str = field(default="", repr=False, compare=False)

        @property
        def double(self) -> int:
            """Twice the size."""
            return 2 * self.size

    @dataclass(frozen=True, slots=True)
    class Place:
        x: int
        y: int = 0
        z: int = field(default=7, kw_only=True)

    @dataclass(slots=True)
    class Box:
        held: int
        doubled: int = field(init=False)
        seen: list[int] = field(default_factory=list, init=False)
        left: int = field(default=3, init=False)

        def __post_init__(self) -> None:
            self.doubled = 2 * self.held

        def __repr__(self) -> str:
            return f"a box of {self.held}"

    @dataclass(slots=True)
    class Nothing:
        pass

    @dataclass(frozen=True, slots=True)
    class One:
        only: object

    return Value, Place, Box, Nothing, One


STANDARD = _classes(dataclasses.dataclass, dataclasses.field)
QUICK = _classes(define, field)


def _outcome(run: Callable[..., Any], classes: tuple[Any, ...]) -> object:
    """Return what comes of it: a value in words, or the error."""
    try:
        found = run(*classes)
    except dataclasses.FrozenInstanceError:
        return AttributeError
    except (TypeError, AttributeError) as error:
        return type(error)
    return repr(found)


SAME: tuple[Callable[..., Any], ...] = (
    lambda value, *_: value(name="a"),
    lambda value, *_: value(name="a", size=2, parts=[1], note="n"),
    lambda value, *_: (value(name="a").parts, value(name="a").note, value(name="a", size=4).double),
    lambda value, *_: value(name="a").parts is value(name="a").parts,
    lambda value, *_: value("a"),
    lambda value, *_: value(),
    lambda value, *_: value(size=1, parts=[], note=""),
    lambda value, *_: value(name="a", nam="b"),
    lambda value, *_: value(name="a", size=2, parts=[1], nota="n"),
    lambda value, *_: value(name="a", double=2),
    lambda value, *_: setattr(value(name="a"), "name", "b"),
    lambda value, *_: delattr(value(name="a"), "name"),
    lambda value, *_: value(name="a") == value(name="a", parts=[1], note="n"),
    lambda value, *_: value(name="a") != value(name="a", size=1),
    lambda value, *_: hash(value(name="a", size=1)) == hash(("a", 1)),
    lambda value, place, *_: value(name="a") == place(1),
    lambda value, *_: (value.__doc__, value.__name__, value.__qualname__, value.__module__),
    lambda value, *_: (value.__slots__, value.__match_args__, hasattr(value(name="a"), "__dict__")),
    lambda value, *_: dataclasses.replace(value(name="a", size=1), name="b"),
    lambda value, *_: dataclasses.asdict(value(name="a", parts=[1, 2])),
    lambda value, *_: dataclasses.is_dataclass(value),
    lambda value, *_: [
        (each.name, each.type, each.init, each.repr, each.compare) for each in dataclasses.fields(value)
    ],
    lambda _, place, *__: (place(1), place(1, 2), place(1, y=3), place(x=1, y=2, z=3)),
    lambda _, place, *__: place(1, 2, 3),
    lambda _, place, *__: place(1, x=2),
    lambda _, place, *__: place(y=2),
    lambda _, place, *__: place.__match_args__,
    lambda _, place, *__: {place(1), place(1), place(2)},
    lambda _, __, box, *___: (box(2), box(2).doubled, box(2).seen, box(2).left),
    lambda _, __, box, *___: box(2, doubled=3),
    lambda _, __, box, *___: box(2, left=3),
    lambda _, __, box, *___: box(2) == box(2),
    lambda _, __, box, *___: hash(box(2)),
    lambda _, __, box, *___: setattr(box(2), "held", 3),
    lambda _, __, box, *___: setattr(box(2), "other", 3),
    lambda _, __, box, *___: dataclasses.replace(box(2), held=4).doubled,
    lambda *classes: (classes[3](), classes[3]() == classes[3](), classes[3]() is classes[3]()),
    lambda *classes: classes[3](1),
    lambda *classes: (classes[4](1) == classes[4](1), classes[4](1) == classes[4](2)),
    lambda *classes: classes[4]("a", only="b"),
    lambda *classes: classes[4]("a", other="b"),
    lambda *classes: hash(classes[4]("a")) == hash(("a",)),
)


@pytest.mark.parametrize("run", SAME)
def test_it_is_as_in_the_standard_library(run: Callable[..., Any]) -> None:
    assert _outcome(run, QUICK) == _outcome(run, STANDARD)


def test_the_functions_of_the_standard_library_are_imitated() -> None:
    value, place, box, *_ = QUICK
    assert replace(value(name="a", size=1), name="b") == value(name="b", size=1)
    assert replace(place(1, z=2), y=5) == place(1, 5, z=2)
    assert replace(box(1), held=4).doubled == 8
    assert names_of(value) == ("name", "size", "parts", "note")
    with pytest.raises(TypeError, match="takes no argument `wrong`"):
        replace(value(name="a"), wrong=1)


def test_errors_say_what_is_wrong() -> None:
    value, place, *_ = QUICK
    with pytest.raises(TypeError, match=r"^Value\(\) misses argument `name`$"):
        value(size=1)
    with pytest.raises(TypeError, match=r"^Place\(\) takes 2 arguments, not 3$"):
        place(1, 2, 3)
    with pytest.raises(TypeError, match=r"^Place\(\) has several argument `x`$"):
        place(1, x=2)
    with pytest.raises(AttributeError, match="a Value cannot be changed: `name`"):
        value(name="a").name = "b"


def test_what_all_values_would_share_is_refused() -> None:
    class Bare:
        held: list[int] = []  # noqa: RUF012 - what is refused

    with pytest.raises(ValueError, match=r"all values would share this default: \[\]"):
        define(slots=True)(Bare)


def test_a_class_without_slots_is_refused() -> None:
    with pytest.raises(TypeError, match="only classes with slots"):
        define(frozen=True)


def test_the_standard_library_is_not_imported() -> None:
    program = "import sys, wfopt.dataclass, wfopt.codes; sys.exit('dataclasses' in sys.modules)"
    # A clean environment keeps a coverage measurement out of the process.
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env={"PATH": os.defpath}, check=False)
    assert ended.returncode == 0
