"""What all imported runs have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.history import not_started, past_attempt
from wfopt.dataclass import replace
from wfopt.formats.history.telling import Account, ending_of, host_of, numbered, story_of
from wfopt.model.history import Ending, Host, PastAttempt, Shape
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId


def account(*attempts: PastAttempt, edges: tuple[tuple[int, int], ...] = (), **fields: object) -> Account:
    shape = Shape(tuple(dict.fromkeys(each.step for each in attempts)), edges)
    given_fields = {"identity": ["x"], "started_at": 5.0, **fields}
    return Account(origin="test", workflow="w", shape=shape, attempts=attempts, **given_fields)  # type: ignore[arg-type]


def test_totals_follow_from_the_attempts() -> None:
    story = story_of(
        account(
            past_attempt("a", 2.0, cpu_s=1.0, peak_memory_bytes=10),
            past_attempt("b", 3.0, started_s=2.0, cpu_s=4.0, cpu_milli=2000, peak_memory_bytes=30),
            past_attempt("c", 4.0, started_s=2.0, cpu_s=0.0),
            not_started("d", StepStatus.SKIPPED),
            edges=((0, 1), (0, 2), (2, 3)),
        )
    )
    run = story.run
    assert (run.wall_s, run.cpu_s, run.peak_memory_bytes) == (6.0, 5.0, 30)
    assert (run.reserved_cpu_s, run.critical_path_s, run.lower_bound_s) == (12.0, 6.0, 6.0)
    assert (run.slots, run.cpus, run.host.cpus) == (2, 2.0, 2)
    assert [each.step for each in story.attempts if each.critical] == ["a", "c"]
    assert run.exit_code is None


def test_a_run_without_times_has_no_critical_path() -> None:
    story = story_of(account(not_started("a", StepStatus.SKIPPED)))
    assert (story.run.wall_s, story.run.critical_path_s, story.run.slots) == (0.0, 0.0, 1)
    assert story.run.peak_memory_bytes is None
    assert not any(each.critical for each in story.attempts)


def test_work_that_the_cpus_could_not_do_bounds_nothing() -> None:
    attempts = [past_attempt(name, 4.0) for name in "abc"]
    one_cpu = replace(account(*attempts), host=Host(name="h", cpus=1), wall_s=5.0)
    assert story_of(one_cpu).run.lower_bound_s == 5.0
    assert story_of(one_cpu).run.slots == 1


def test_only_what_is_counted_counts() -> None:
    attempts = [past_attempt("job", 4.0), past_attempt("job: step", 3.0, started_s=0.5)]
    story = story_of(account(*attempts, counted=frozenset([StepId("job")])))
    assert (story.run.reserved_cpu_s, story.run.slots) == (4.0, 1)
    assert [each.step for each in story.attempts if each.critical] == ["job"]


def test_ids_follow_from_the_identity() -> None:
    first, same, other = (story_of(account(identity=[each])).run.run_id for each in ("x", "x", "y"))
    assert first == same != other
    assert first.startswith("import-test-")
    assert len(first) == len("import-test-") + 12


def test_the_content_is_that_of_the_graph() -> None:
    steps = [past_attempt("a"), past_attempt("b")]
    plain, joined = (story_of(account(*steps, edges=edges)).run.content for edges in ((), ((0, 1),)))
    slower = story_of(account(*[each._replace(wall_s=9.0) for each in steps], identity=["y"])).run.content
    assert plain == slower != joined


@pytest.mark.parametrize(
    ("names", "name"),
    [([], "unknown"), (["", ""], "unknown"), (["b", "b"], "b"), (["b", "", "a", "c"], "a and 2 more")],
)
def test_machines_have_one_name(names: list[str], name: str) -> None:
    assert host_of(names, cpus=3, memory_bytes=7) == Host(name=name, cpus=3, memory_bytes=7)


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "b", "a"], ["a[1]", "b", "a[2]"]),
        (["a", "a", "a[1]"], ["a[2]", "a[3]", "a[1]"]),
        (["a[1]", "a[1]", "a", "a"], ["a[1][1]", "a[1][2]", "a[1]", "a[2]"]),
    ],
)
def test_names_become_ids(names: list[str], ids: list[str]) -> None:
    assert numbered(names) == ids


@given(st.lists(st.sampled_from(["a", "a[1]", "a[2]", "a[1][1]", "b"]), max_size=12))
def test_ids_are_unique(names: list[str]) -> None:
    assert len(set(numbered(names))) == len(names)


@pytest.mark.parametrize(
    ("attempts", "ending"),
    [
        ([], Ending.SUCCEEDED),
        ([past_attempt("a"), not_started("b", StepStatus.SKIPPED)], Ending.SUCCEEDED),
        ([past_attempt("a", status=StepStatus.FAILED, allowed=True)], Ending.SUCCEEDED),
        ([past_attempt("a", status=StepStatus.CANCELLED)], Ending.CANCELLED),
        (
            [not_started("b", StepStatus.CANCELLED), past_attempt("a", status=StepStatus.FAILED)],
            Ending.FAILED,
        ),
    ],
)
def test_a_run_ends_as_its_steps_do(attempts: list[PastAttempt], ending: Ending) -> None:
    assert ending_of(attempts) is ending
