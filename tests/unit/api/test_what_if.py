"""What the texts of `--what-if` say."""

from __future__ import annotations

import pytest

from wfopt.api.what_if import Duration, Edges, Machine, wishes_of
from wfopt.errors import UserError


def test_all_kinds_of_parts() -> None:
    (wish,) = wishes_of(("cpus=0.5, memory=4GiB,jobs=3,cache=off,build=0.5x,lint=1m30s,-a:b,+c:d",))
    assert wish.name.startswith("cpus=0.5")
    machine = [(each.name, each.value) for each in wish.parts if isinstance(each, Machine)]
    assert machine == [("cpus", 500), ("memory", 4 << 30), ("jobs", 3), ("cache", None)]
    durations = [each for each in wish.parts if isinstance(each, Duration)]
    assert [(each.selector, each.factor, each.seconds) for each in durations] == [
        ("build", 0.5, None),
        ("lint", None, 90.0),
    ]
    edges = [each for each in wish.parts if isinstance(each, Edges)]
    assert [(each.before, each.after, each.adds) for each in edges] == [("a", "b", False), ("c", "d", True)]


def test_a_strategy_is_found_by_its_name() -> None:
    part = wishes_of(("strategy=fifo",))[0].parts[0]
    assert isinstance(part, Machine)
    assert getattr(part.value, "name", "") == "fifo"


def test_what_stands_in_brackets_belongs_to_the_step() -> None:
    text = "test[python=3.10,os=a:b]=2x,-x[i=1]:y[j=2,k=3]"
    duration, edges = wishes_of((text,))[0].parts
    assert isinstance(duration, Duration)
    assert isinstance(edges, Edges)
    assert duration.selector == "test[python=3.10,os=a:b]"
    assert (edges.before, edges.after) == ("x[i=1]", "y[j=2,k=3]")


def test_a_factor_is_for_a_step_whatever_it_is_called() -> None:
    part = wishes_of(("cpus=2x",))[0].parts[0]
    assert isinstance(part, Duration)
    assert part.selector == "cpus"


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("", "has an empty part", 1),
        ("jobs=1,,jobs=2", "has an empty part", 8),
        ("jobs=1, build", "`build` says nothing", 9),
        ("=8", "`=8` says nothing", 1),
        ("build=", "`build=` says nothing", 1),
        ("cpus=0", "a machine without cpus", 1),
        ("cpus=0.000", "a machine without cpus", 1),
        ("cpus=many", "is not a number of cpus", 1),
        ("cpus=-1", "is not a number of cpus", 1),
        ("cpus=nan", "is not a number of cpus", 1),
        ("memory=0B", "a machine without memory", 1),
        ("memory=12", "", 1),
        ("jobs=0", "`0` is not a number of jobs", 1),
        ("jobs=1.5", "`1.5` is not a number of jobs", 1),
        ("strategy=fi", "there is no strategy `fi`", 1),
        ("cache=ro", "`cache=ro` cannot", 1),
        ("build=fast", "neither a factor nor a duration", 1),
        ("build=-1s", "neither a factor nor a duration", 1),
        ("build=999999999x", "is too much", 1),
        ("build=nanx", "neither a factor nor a duration", 1),
        ("-a", "`-a` names no two steps", 1),
        ("-:b", "names no two steps", 1),
        ("+a:", "names no two steps", 1),
        ("-a:b:c", "names no two steps", 1),
        ("cpu=8", "neither a factor nor a duration", 1),
    ],
)
def test_what_is_malformed_is_pointed_at(text: str, message: str, column: int) -> None:
    with pytest.raises(UserError) as caught:
        wishes_of((text,))
    (found,) = caught.value.diagnostics
    assert message in found.message
    assert found.primary is not None
    assert (found.primary.span.source.name, found.primary.span.column) == ("--what-if", column)


def test_the_problems_of_all_texts_are_told() -> None:
    with pytest.raises(UserError) as caught:
        wishes_of(("cpus=0", "jobs=2", "-a"))
    assert len(caught.value.diagnostics) == 2


def test_a_misspelt_figure_of_the_machine_is_guessed() -> None:
    with pytest.raises(UserError) as caught:
        wishes_of(("memry=4GiB",))
    assert caught.value.diagnostics[0].hints == ("did you mean `memory=`?",)
