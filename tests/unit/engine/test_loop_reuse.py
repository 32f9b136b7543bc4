"""The loop with results of earlier runs: hits take no place, misses run, good ends are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.runners import Plan as Script
from tests.support.runs import Recorded, run
from tests.support.step_fields import fields
from wfopt.cache.lookup import Ticket
from wfopt.cache.publish import Done
from wfopt.codes import EMPTY_OUTPUT_GLOB, LEFT_BEHIND, NOT_STORED
from wfopt.engine.reuse import Hit, Miss
from wfopt.events import Noticed, StepFinished, StepOutput, StepStarted
from wfopt.formats.expressions import parse_template
from wfopt.model.outcome import CacheUse, RunStatus, StepOutcome, StepStatus
from wfopt.model.patterns import PathPattern
from wfopt.model.resolved import Resolved
from wfopt.model.workflow import Argv, Retries, Step, Workflow
from wfopt.resources.pool import Capacity

TICKET = Ticket(key="k", fields=fields())
CACHED = StepOutcome(status=StepStatus.CACHED, reason="up to date", exit_code=0, cache=CacheUse(key="k"))


@dataclass
class FakeReuse:
    """Results by step; notes what it is asked.

    Attributes:
        hits: the steps that need not run.
        quick: those of them that are found at a glance.
        ours: what the steps made before.
        refusal: why nothing can be stored.
        asked: step and `alone` of every search.
        resolved: the values of the last search.
        kept: what was stored.
        forgotten: what was forgotten.
        closed: how often it was closed.
    """

    hits: Mapping[str, Hit] = field(default_factory=dict)
    quick: bool = False
    ours: frozenset[str] = frozenset()
    refusal: str = ""
    asked: list[tuple[str, bool]] = field(default_factory=list)
    resolved: list[Resolved] = field(default_factory=list)
    kept: dict[str, Done] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    closed: int = 0

    def find_quickly(self, step: Step) -> Hit | None:
        return self.hits.get(step.id) if self.quick else None

    def find(self, step: Step, resolved: Resolved, *, alone: bool) -> Hit | Miss:
        self.asked.append((step.id, alone))
        self.resolved.append(resolved)
        return self.hits.get(step.id) or Miss(reason="input changed", ticket=TICKET, ours=self.ours)

    def keep(self, step: Step, ticket: Ticket, done: Done) -> str:
        assert ticket is TICKET
        self.kept[step.id] = done
        return self.refusal

    def forget(self, step: Step) -> None:
        self.forgotten.append(step.id)

    def close(self) -> None:
        self.closed += 1


def ran(
    of: Workflow,
    reuse: FakeReuse,
    scripts: Mapping[str, Script | Sequence[Script]] | None = None,
    *,
    folder: str = "/nowhere",
    slots: int = 1,
) -> Recorded:
    capacity = Capacity(slots=slots, cpu_milli=1000 * slots)
    return run(of, scripts, reuse=reuse, printed=lambda _: b"said", folder=folder, capacity=capacity)


def notes(told: Recorded) -> list[str]:
    return [
        event.diagnostic.message.rpartition(": ")[2]
        for event in told.events
        if isinstance(event, Noticed) and event.diagnostic.code is NOT_STORED
    ]


@pytest.mark.parametrize("quick", [False, True])
def test_a_hit_starts_nothing_and_hands_on_what_it_has(quick: bool) -> None:
    reader = step(
        "b", run=Argv((parse_template("${{ needs.a.out.v }}"),)), references=frozenset({"needs.a.out"})
    )
    reuse = FakeReuse({"a": Hit(outcome=CACHED, log=iter([b"1", b"2"]), values={"v": "3.10"})}, quick=quick)
    told = ran(workflow(["a", reader], [("a", "b")]), reuse)
    assert told.events[:3] == [
        StepOutput(at=0.0, step="a", data=b"1", replayed=True),
        StepOutput(at=0.0, step="a", data=b"2", replayed=True),
        StepFinished(at=0.0, step="a", outcome=CACHED),
    ]
    assert told.started == ["b"]
    assert told.runner.launches[0].argv == ("3.10",)
    assert told.end.status is RunStatus.SUCCEEDED
    assert [name for name, _ in reuse.asked] == (["b"] if quick else ["a", "b"])


def test_hits_leave_their_slots_to_others() -> None:
    reuse = FakeReuse({name: Hit(outcome=CACHED) for name in "abc"})
    told = ran(workflow("abcd"), reuse)
    assert told.outcomes.keys() == set("abcd")
    assert told.end.at == 1.0
    assert told.all_given_back


def test_a_miss_says_why_it_runs_and_is_kept() -> None:
    reuse = FakeReuse()
    script = Script(duration_s=2.0)
    told = ran(workflow(["a"]), reuse, {"a": script})
    assert told.events[0] == StepStarted(at=0.0, step="a", reason="input changed")
    done = reuse.kept["a"]
    assert (done.wall_s, done.log, done.values) == (2.0, b"said", {})
    assert done.ended_at == 1_700_000_002.0
    assert told.outcomes["a"].cache == CacheUse(key="k")
    assert (told.notices, reuse.closed) == ([], 1)


def test_it_is_known_whether_others_run() -> None:
    reuse = FakeReuse()
    ran(workflow("ab"), reuse, slots=2)
    assert reuse.asked == [("a", True), ("b", False)]


@pytest.mark.parametrize("script", [Script(exit_code=3), Script(signal=9), Script(error="no such program")])
@pytest.mark.parametrize("allowed", [False, True])
def test_failures_are_not_kept(script: Script, allowed: bool) -> None:
    reuse = FakeReuse()
    told = ran(workflow([step("a", allow_failure=allowed)]), reuse, {"a": script})
    assert (reuse.kept, notes(told)) == ({}, [])


def test_a_refusal_is_told_and_changes_nothing_else() -> None:
    told = ran(workflow("ab", [("a", "b")]), FakeReuse(refusal="output `x` is a socket"))
    assert notes(told) == ["output `x` is a socket"] * 2
    assert told.end.status is RunStatus.SUCCEEDED


def test_what_left_processes_behind_is_not_kept() -> None:
    reuse = FakeReuse()
    told = ran(workflow(["a"]), reuse, {"a": Script(left_behind=1)})
    assert told.notices == [LEFT_BEHIND.number, NOT_STORED.number]
    assert (notes(told), reuse.kept) == (["it left processes behind"], {})


def test_an_empty_pattern_is_not_kept(tmp_path: Path) -> None:
    reuse = FakeReuse()
    (tmp_path / "work").mkdir()
    made = step("a", outputs=(PathPattern("*.c"),))
    told = ran(workflow([made]), reuse, folder=str(tmp_path))
    assert told.notices == [EMPTY_OUTPUT_GLOB.number, NOT_STORED.number]
    assert (notes(told), reuse.kept) == (["its output `*.c` matched nothing"], {})


def test_values_are_kept_unless_there_is_a_secret_in_them() -> None:
    reuse = FakeReuse()
    steps = [step("a", capture="v"), step("b", capture="T", secrets=("T",))]
    told = ran(workflow(steps), reuse, {"a": Script(stdout=b"3.10\n"), "b": Script(stdout=b"sesame-12\n")})
    assert {name: done.values for name, done in reuse.kept.items()} == {"a": {"v": "3.10"}}
    assert notes(told) == ["it hands on a secret"]
    assert told.masker.hides("x sesame-12 y")


def test_what_was_printed_and_lost_is_not_kept() -> None:
    reuse = FakeReuse()
    run(workflow(["a"]), reuse=reuse)
    assert reuse.kept == {}


def test_a_retry_asks_no_more_and_is_kept_in_the_end() -> None:
    reuse = FakeReuse()
    scripts = {"a": [Script(exit_code=1), Script()]}
    told = ran(workflow([step("a", retries=Retries(max=1))]), reuse, scripts)
    assert [attempt for _, attempt, _ in told.attempts] == [1, 2]
    assert {event.reason for event in told.events if isinstance(event, StepStarted)} == {"input changed"}
    assert (reuse.asked, list(reuse.kept)) == ([("a", True)], ["a"])


def test_what_is_ours_is_deleted_before_it_runs_and_the_rest_kept(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    for name in ("ours", "other"):
        (work / name).write_text(name)
    made = step("a", outputs=(PathPattern("ours"), PathPattern("other")))
    seen: list[list[str]] = []

    def look() -> None:
        seen.append([path.name for path in work.iterdir()])
        for name in ("ours", "other"):
            (work / name).touch()

    reuse = FakeReuse(ours=frozenset({"ours"}))
    ran(workflow([made]), reuse, {"a": Script(action=look)}, folder=str(tmp_path))
    assert seen == [[]]
    assert [path.name for path in (tmp_path / "trash").iterdir()] == ["other"]


def test_an_expression_without_a_value_is_not_looked_up() -> None:
    reuse = FakeReuse()
    bad = step(
        "a",
        run=Argv((parse_template("${{ needs.ghost.status }}"),)),
        references=frozenset({"needs.ghost.status"}),
    )
    told = ran(workflow([bad]), reuse)
    assert told.outcomes["a"].status is StepStatus.FAILED
    assert reuse.asked == []


def test_what_is_rolled_back_is_forgotten_and_hooks_are_not_looked_up() -> None:
    reuse = FakeReuse({"c": Hit(outcome=CACHED)})
    steps = [
        step("a", rollback=step("rollback:a")),
        step("b"),
        step("c", rollback=step("rollback:c")),
        step("bad"),
    ]
    edges = [("a", "b"), ("b", "c"), ("c", "bad")]
    told = ran(workflow(steps, edges, finally_steps=["finally:z"]), reuse, {"bad": Script(exit_code=1)})
    assert reuse.forgotten == ["a"]
    assert told.started == ["a", "b", "bad", "rollback:a", "finally:z"]
    assert [name for name, _ in reuse.asked] == ["a", "b", "c", "bad"]
    assert reuse.closed == 1
