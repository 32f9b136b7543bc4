"""Whatever is optimized: it leaves the same files and statuses, in whatever order its steps end."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from tests.campaign.base import chance
from tests.support.equivalence import differences, optimized_of, reloaded
from tests.support.random_workflows import Case, ancestors_of, random_case
from tests.support.seen_cases import sightings_of
from tests.support.short_times import times_of
from wfopt.dataclass import replace
from wfopt.engine.following import candidates
from wfopt.engine.plan import Plan
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.model.workflow import Edge, EdgeKind, StepId, Workflow
from wfopt.optimizer.base import Facts
from wfopt.optimizer.pipeline import optimize
from wfopt.optimizer.registry import PASSES
from wfopt.source import SourceFile

CASES, RUNS = 15, 6
"""So many workflows a test, and runs of each."""


def cases(chunk: int, salt: str = "") -> Iterator[tuple[Case, Random]]:
    for number in range(chunk * CASES, (chunk + 1) * CASES):
        rnd = chance(salt, 1, number)
        yield random_case(rnd), rnd


@pytest.mark.untraced
@pytest.mark.parametrize("chunk", range(25))
def test_leaves_the_same_files_and_statuses(chunk: int) -> None:
    for case, rnd in cases(chunk):
        made = optimized_of(case)
        again = reloaded(case, made) or made.after
        for number in range(RUNS):
            after = (made.after, again)[number % 2]
            assert list(differences(case, made, after, rnd)) == [], case.text


@pytest.mark.untraced
@pytest.mark.parametrize("chunk", range(25))
def test_leaves_the_same_by_what_was_seen(chunk: int) -> None:
    for case, rnd in cases(chunk, "seen"):
        made = optimized_of(case, facts=Facts(sightings=sightings_of(case, rnd)))
        again = reloaded(case, made) or made.after
        for number in range(RUNS):
            after = (made.after, again)[number % 2]
            assert list(differences(case, made, after, rnd)) == [], case.text


@pytest.mark.untraced
@pytest.mark.parametrize("chunk", range(25))
def test_leaves_the_same_where_steps_start_right_after_others(chunk: int) -> None:
    for case, rnd in cases(chunk, "short"):
        made = optimized_of(case, facts=Facts(knowledge=times_of(case.workflow, rnd)))
        again = reloaded(case, made) or made.after
        for number in range(RUNS):
            after = (made.after, again)[number % 2]
            assert list(differences(case, made, after, rnd)) == [], case.text


@pytest.mark.untraced
def test_short_steps_start_right_after_others() -> None:
    told = Counter[str]()
    for chunk in range(25):
        for case, rnd in cases(chunk, "short"):
            made = optimized_of(case, facts=Facts(knowledge=times_of(case.workflow, rnd)))
            told["before"] += bool(candidates(Plan(case.workflow)))
            told["after"] += any(change.made_by == "fuse-short-steps" for change in made.changes)
    assert min(told["before"], told["after"]) >= 15, told


@pytest.mark.untraced
def test_what_was_seen_frees_steps() -> None:
    freed = 0
    for chunk in range(10):
        for case, rnd in cases(chunk, "seen"):
            made = optimized_of(case, facts=Facts(sightings=sightings_of(case, rnd)))
            freed += any(change.evidence.startswith("observed") for change in made.changes)
    assert freed >= 20


@pytest.mark.untraced
@pytest.mark.parametrize("chunk", range(10))
def test_the_order_of_the_passes_does_not_matter_for_files(chunk: int) -> None:
    for case, rnd in cases(chunk, "shuffled"):
        facts = Facts(knowledge=times_of(case.workflow, rnd))
        made = optimized_of(case, rnd.sample(PASSES, k=len(PASSES)), facts)
        for _ in range(3):
            assert list(differences(case, made, made.after, rnd)) == [], case.text


@pytest.mark.untraced
@pytest.mark.parametrize("chunk", range(5))
def test_is_deterministic_and_idempotent_and_leaves_its_input_alone(chunk: int) -> None:
    for case, rnd in cases(chunk, "again"):
        shown, facts = repr(case.workflow), Facts(knowledge=times_of(case.workflow, rnd))
        made, same = optimized_of(case, facts=facts), optimized_of(case, facts=facts)
        assert repr(case.workflow) == shown
        assert repr(made.after) == repr(same.after)
        assert made.changes == same.changes
        then = Case(case.text, {}, {}, made.after, case.source, case.options)
        assert optimized_of(then, facts=facts).changes == ()


def seeded(rnd: Random) -> tuple[str, set[tuple[str, str]]]:
    """Return a sequence of steps, and the pairs of a writer and a reader."""
    size = rnd.randint(6, 14)
    lines, true = ["wfopt: 1", "steps:"], set[tuple[str, str]]()
    for number in range(size):
        reads = rnd.sample(range(number), k=min(number, rnd.choice([0, 1, 1, 2])))
        true |= {(f"s{each}", f"s{number}") for each in reads}
        named = ", ".join(rnd.choice([f"out/{each}", f"out/{each}", f"./out/{each}"]) for each in reads)
        lines += [f"  - id: s{number}", f"    run: make {number}", f"    inputs: [{named}]"]
        lines += [f"    outputs: [out/{number}]", "    effects: []"]
    return "\n".join(lines) + "\n", true


def test_keeps_all_orders_that_matter_and_drops_the_others() -> None:
    kept = lost = dropped = left = 0
    for number in range(60):
        text, true = seeded(chance("edges", 1, number))
        workflow, _ = load(SourceFile("w.yml", text), LoadOptions(workspace="/work"))
        after = optimize(workflow, PASSES, Facts(), lambda: 0.0).after
        needed, now = closed(workflow, true), waits(after)
        kept += len(needed & now)
        lost += len(needed - now)
        false = waits(workflow) - needed
        dropped += len(false - now)
        left += len(false & now)
    assert kept >= 500
    assert lost == 0
    assert dropped >= 0.95 * (dropped + left)


def waits(workflow: Workflow) -> set[tuple[str, str]]:
    """Return all pairs of which the second waits for the first, directly or not."""
    steps = workflow.steps
    return {
        (steps[place].id, step.id)
        for step, bits in zip(steps, ancestors_of(workflow), strict=True)
        for place in range(len(steps))
        if bits >> place & 1
    }


def closed(workflow: Workflow, pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    edges = tuple(Edge(StepId(one), StepId(then), EdgeKind.DATA) for one, then in sorted(pairs))
    return waits(replace(workflow, edges=edges))
